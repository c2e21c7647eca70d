"""Values and paths of configurations as people type them."""

import json
import re
from typing import Any

from hw_drivers.errors import ConfigError

__all__ = ["list_of", "split_path", "value_of"]

_WORDS = {"none": None, "on": True, "off": False}


def split_path(path: str) -> list[str]:
    """Split a path into its steps.

    Args:
        path: names with dots between them; entries of lists in brackets or as names.

    Raises:
        ConfigError: an empty step, or brackets that do not close.

    Example:
        >>> split_path("roi.windows[0].x"), split_path("roi.pixels[+]")
        (['roi', 'windows', '0', 'x'], ['roi', 'pixels', '+'])
    """
    steps: list[str] = []
    for part in path.split("."):
        match = re.fullmatch(r"([^\[\]]+)((?:\[[^\[\]]+\])*)", part)
        if match is None:
            raise ConfigError(
                f"{path!r} is not the path of a field; write for example bias.diff_on or "
                "roi.pixels[0]"
            )
        steps.append(match[1])
        steps.extend(re.findall(r"\[([^\[\]]+)\]", match[2]))
    return steps


def value_of(text: str) -> Any:
    """Read a value: JSON, a number with a sign, none, on or off, else the text itself.

    Example:
        >>> value_of("+20"), value_of("off"), value_of("[1, 2]"), value_of("keep")
        (20, False, [1, 2], 'keep')
    """
    stripped = text.strip()
    if stripped.startswith("+"):
        stripped = stripped[1:]
    try:
        return json.loads(stripped)
    except (ValueError, RecursionError):
        pass
    try:
        return float(stripped)  # 20e6 is JSON, but .5 and 1_000 are not
    except ValueError:
        pass
    if stripped.lower() in _WORDS:
        return _WORDS[stripped.lower()]
    if re.fullmatch(r"[-+.\deE_\s]+(,[-+.\deE_\s]+)+", stripped):
        return list_of(stripped)
    return stripped


def list_of(text: str) -> list[Any]:
    """Read values with commas between them; nothing is the empty list.

    Example:
        >>> list_of("1, 2, 3"), list_of("")
        ([1, 2, 3], [])
    """
    return [value_of(part) for part in text.split(",")] if text.strip() else []
