import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from devtools.messages import DevError
from devtools.packages import ROOT
from devtools.scaffold import KINDS, scaffold, spellings

# The tests that every part of a kind has to pass, the new one too.
SHARED = {
    "neuron": ("packages/norse-lite/tests/test_package.py", "TiredThing"),
    "format": ("packages/aestream-io/tests/test_formats_reading.py", "any_bytes or own_mark"),
    "device": ("packages/hw-drivers/tests/test_config.py", "tired_thing"),
    "filter": ("packages/faery-cli/tests/test_registry.py", "tired or methods"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and the settings of pytest, to be changed freely."""
    ignored = shutil.ignore_patterns("__pycache__", "build", "*.so", "neuro-kernels")
    shutil.copytree(ROOT / "packages", tmp_path / "packages", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    sources = [str(path) for path in sorted((folder / "packages").glob("*/src"))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sources)}
    command = re.sub(r"\bpytest\b", "python -m pytest -q -p no:cacheprovider", command)
    command = re.sub(r"\bpython\b", sys.executable, command)
    return subprocess.run(
        command, shell=True, cwd=folder, env=environment, text=True, capture_output=True
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_part_passes_its_own_tests_and_those_of_its_kind(kind: str, copy: Path) -> None:
    files, advice = scaffold(kind, "tired-thing", root=copy)
    assert all(path.exists() for path in files)
    own = run(advice.splitlines()[-1], copy)
    assert own.returncode == 0, own.stdout + own.stderr
    path, words = SHARED[kind]
    shared = run(f"pytest {path} -k '{words}'", copy)
    assert shared.returncode == 0, shared.stdout + shared.stderr
    assert re.search(r"\d+ passed", shared.stdout)


def test_a_part_that_exists_is_not_written_over(copy: Path) -> None:
    scaffold("filter", "tired", root=copy)
    with pytest.raises(DevError, match=r"tired\.py exists: choose another name"):
        scaffold("filter", "tired", root=copy)


def test_a_package_that_changed_its_form_is_told_from_one_that_took_the_entry(copy: Path) -> None:
    (copy / "packages/aestream-io/src/aestream_io/formats/__init__.py").write_text("")
    with pytest.raises(DevError, match="has changed its form"):
        scaffold("format", "tired", root=copy)
    assert not (copy / "packages/aestream-io/src/aestream_io/formats/tired.py").exists()


@pytest.mark.parametrize("name", ["Tired", "2fast", "a b", "-x", "../x", ""])
def test_names_that_are_no_module_are_refused(name: str) -> None:
    with pytest.raises(DevError, match="will not do"):
        spellings(name)


def test_an_unknown_kind_is_told_the_others() -> None:
    with pytest.raises(DevError, match="neuron, format, filter, device"):
        scaffold("synapse", "x")
