"""New parts of the packages from templates: files that work, with tests, and their entries.

A template lies in `tools/templates/KIND/`; `$name`, `$module`, `$Class`, `$CONSTANT` and
`$Sentence` stand for the name in its spellings.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from devtools.messages import DevError
from devtools.packages import ROOT

TEMPLATES = ROOT / "tools" / "templates"


@dataclass(frozen=True)
class Kind:
    """A kind of part.

    Attributes:
        files: template -> path of the file that is made of it.
        entries: file -> function that adds the new part to the text of this file.
        check: command that tests the part.
        advice: what to do next.
    """

    files: Mapping[str, str]
    entries: Mapping[str, Callable[[str, Mapping[str, str]], str]]
    check: str
    advice: str


def spellings(name: str) -> dict[str, str]:
    """The spellings of a name that templates use.

    Args:
        name: words of small letters and digits, joined by `-` or `_`.

    Raises:
        DevError: another name.

    Example:
        >>> spellings("tired-lif")["Class"], spellings("tired-lif")["module"]
        ('TiredLif', 'tired_lif')
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name):
        raise DevError(
            f"The name {name!r} will not do: use small letters and digits, with - between words."
        )
    words = re.split("[-_]", name)
    return {
        "name": "-".join(words),
        "module": "_".join(words),
        "Class": "".join(word.capitalize() for word in words),
        "CONSTANT": "_".join(words).upper(),
        "Sentence": " ".join(words).capitalize(),
    }


def _insert_sorted(text: str, line: str, *, like: str) -> str:
    """Put a line where it belongs among those that match `like`, which are in order."""
    lines = text.splitlines(keepends=True)
    places = [number for number, one in enumerate(lines) if re.match(like, one)]
    after = [number for number in places if lines[number] < line]
    lines.insert(after[-1] + 1 if after else places[0], line)
    return "".join(lines)


NEURON_FORMS = (
    "",
    "Cell",
    "ConvRecurrent",
    "ConvRecurrentCell",
    "Parameters",
    "Recurrent",
    "RecurrentCell",
    "RecurrentState",
    "State",
)


def _neuron_entry(text: str, words: Mapping[str, str]) -> str:
    module, cls = words["module"], words["Class"]
    line = f"    from norse_lite.neurons.{module} import *\n"
    text = _insert_sorted(text, line, like=r"    from norse_lite\.neurons\.")
    names = "".join(f'        "{cls}{form}",\n' for form in NEURON_FORMS)
    entry = f'    "neurons.{module}": (\n{names}    ),\n'
    return text.replace('    "nir": (', entry + '    "nir": (', 1)


def _format_entry(text: str, words: Mapping[str, str]) -> str:
    # Text files have no mark of their own, so their format looks at a file last.
    line = "from aestream_io.formats import csv\n"
    return text.replace(line, f"from aestream_io.formats import {words['module']}\n{line}", 1)


def _device_entry(text: str, words: Mapping[str, str]) -> str:
    module, cls = words["module"], words["Class"]
    entry = f'''        Driver(
            key="{module}",
            name="{words["name"]}",
            size=(128, 128),
            device="hw_drivers.devices.{module}:{cls}",
            config="hw_drivers.devices.{module}:{cls}Config",
            model="hw_drivers.emulators.{module}:{cls}Model",
            super_speed=False,
            proof="emulated",
        ),
'''
    before = '        Driver(\n            key="edvs",\n'
    return text.replace(before, entry + before, 1)


def _identity_entry(text: str, words: Mapping[str, str]) -> str:
    # 1209:0001 is kept free for tests: put the vendor's numbers there.
    entry = f'''    Identity(
        "{words["module"]}", "{words["name"]}", 0x1209, (0x0001,), None, None, None,
        (128, 128), "DVS128", "https://pid.codes/1209/0001",
    ),
'''
    return text.replace(")  # fmt: skip", entry + ")  # fmt: skip", 1)


def _scheme_entry(text: str, words: Mapping[str, str]) -> str:
    line = 'dvs128 = "hw_drivers.source:open_source"\n'
    return text.replace(line, line.replace("dvs128", words["module"]) + line, 1)


KINDS: Mapping[str, Kind] = {
    "neuron": Kind(
        files={
            "neuron.py.txt": "packages/norse-lite/src/norse_lite/neurons/$module.py",
            "test.py.txt": "packages/norse-lite/tests/test_neuron_$module.py",
        },
        entries={"packages/norse-lite/src/norse_lite/__init__.py": _neuron_entry},
        check="pytest packages/norse-lite/tests/test_neuron_$module.py",
        advice="Write your equations into its docstring and its step function, then its tests.",
    ),
    "format": Kind(
        files={
            "format.py.txt": "packages/aestream-io/src/aestream_io/formats/$module.py",
            "test.py.txt": "packages/aestream-io/tests/test_format_$module.py",
        },
        entries={"packages/aestream-io/src/aestream_io/formats/__init__.py": _format_entry},
        check="pytest packages/aestream-io/tests/test_format_$module.py",
        advice="Write the layout into its docstring, then header, record and tests.",
    ),
    "filter": Kind(
        files={
            "stage.py.txt": "packages/faery-cli/src/faery_cli/stages/$module.py",
            "test.py.txt": "packages/faery-cli/tests/test_stage_$module.py",
        },
        entries={},
        check="python -m faery_cli._stub && pytest packages/faery-cli/tests/test_stage_$module.py",
        advice="Write what it keeps into the function and the help, then its tests.",
    ),
    "device": Kind(
        files={
            "table.py.txt": "packages/hw-drivers/src/hw_drivers/tables/$module.py",
            "device.py.txt": "packages/hw-drivers/src/hw_drivers/devices/$module.py",
            "model.py.txt": "packages/hw-drivers/src/hw_drivers/emulators/$module.py",
            "test.py.txt": "packages/hw-drivers/tests/test_device_$module.py",
        },
        entries={
            "packages/hw-drivers/src/hw_drivers/devices/__init__.py": _device_entry,
            "packages/hw-drivers/src/hw_drivers/tables/usb_identities.py": _identity_entry,
            "packages/hw-drivers/pyproject.toml": _scheme_entry,
        },
        check="pytest packages/hw-drivers/tests/test_device_$module.py",
        advice="Write its table with sources, then requests, words, model and tests.",
    ),
}


def scaffold(kind: str, name: str, *, root: Path = ROOT) -> tuple[list[Path], str]:
    """Make the files of a new part.

    Args:
        kind: one of `KINDS`.
        name: of the part, in small letters.
        root: the repository.

    Returns:
        The files that were made or changed, and what to do next.

    Raises:
        DevError: an unknown kind, a name that will not do, or a file that exists.
    """
    if kind not in KINDS:
        raise DevError(f"There is no kind {kind!r}; choose from: {', '.join(KINDS)}.")
    words = spellings(name)
    chosen = KINDS[kind]
    made = {
        root / Template(path).substitute(words): TEMPLATES / kind / template
        for template, path in chosen.files.items()
    }
    for path in made:
        if path.exists():
            raise DevError(f"{path.relative_to(root)} exists: choose another name.")
    texts = {
        path: Template(file.read_text("utf-8")).substitute(words) for path, file in made.items()
    }
    for file, entry in chosen.entries.items():
        before = (root / file).read_text("utf-8")
        texts[root / file] = after = entry(before, words)
        if after == before:
            raise DevError(f"{file} has changed its form: the entry of {kind}s has to be mended.")
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    return list(texts), f"{chosen.advice}\n{Template(chosen.check).substitute(words)}"
