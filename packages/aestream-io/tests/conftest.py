"""Fixtures of the package's tests."""

import os
import sys
from pathlib import Path

import pytest

# Helpers beside the tests (format_support.py) are imported by name.
sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recordings and reference numbers beside the project, where there is one."""
    folder = Path(os.environ.get("NEURO_SHARED_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder} (set NEURO_SHARED_DATA)")
    return folder
