"""A note inside an environment that says what was installed into it, and whether that finished."""

import json
from pathlib import Path

_NAME = "dev-stamp.json"


def read_stamp(environment: Path) -> dict[str, str] | None:
    """Read the note; None where there is none or where it cannot be read."""
    try:
        data = json.loads((environment / _NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def begin(environment: Path) -> None:
    """Note that an installation has begun; it stays so noted if it is interrupted."""
    _write(environment, {"state": "begun"})


def finish(environment: Path, entries: dict[str, str]) -> None:
    """Note that the installation has finished.

    Args:
        environment: folder of the virtual environment.
        entries: content keys of what was installed.
    """
    _write(environment, {"state": "finished", **entries})


def forget(environment: Path) -> None:
    """Remove the note: the environment belongs to its user now."""
    (environment / _NAME).unlink(missing_ok=True)


def is_finished(environment: Path, entries: dict[str, str]) -> bool:
    """Whether exactly `entries` were installed, to the end."""
    return read_stamp(environment) == {"state": "finished", **entries}


def _write(environment: Path, data: dict[str, str]) -> None:
    temporary = environment / f"{_NAME}.new"
    temporary.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    temporary.replace(environment / _NAME)
