"""Fixtures of the package's tests."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Helpers beside the tests (nk_support.py) are imported by name.
sys.path.insert(0, str(Path(__file__).parent))

# "quick" is for slow builds, such as those with sanitizers: --hypothesis-profile=quick.
settings.register_profile("package", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=15)
settings.load_profile("package")

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recordings and reference numbers beside the project, where there is one."""
    folder = Path(os.environ.get("NEURO_SHARED_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder} (set NEURO_SHARED_DATA)")
    return folder
