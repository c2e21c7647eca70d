"""Fixtures of the tests of the tools."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT / "tools") not in sys.path:
    sys.path.insert(0, str(ROOT / "tools"))


@pytest.fixture
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture
def small_repository(tmp_path: Path) -> Path:
    """Three packages: `top` needs `middle` (and `side` with an extra), `middle` needs `base`."""
    files = {
        "base": 'dependencies = ["numpy>=1.26"]',
        "middle": 'dependencies = ["base>=0.1", "numpy>=2.0", "torch>=2.6"]',
        "side": 'dependencies = ["h5py>=3.10"]',
        "top": 'dependencies = ["middle>=0.1"]\noptional-dependencies = { more = ["side>=0.1"] }',
    }
    for name, lines in files.items():
        folder = tmp_path / "packages" / name
        (folder / "src" / name).mkdir(parents=True)
        (folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n{lines}\n')
        (folder / "src" / name / "__init__.py").write_text('"""Nothing."""\n')
    return tmp_path
