"""Shared data, hypothesis settings and the marker for tests against other packages."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("nir_core", deadline=None)
settings.load_profile("nir_core")

# Helper modules of these tests are imported by name.
sys.path.insert(0, str(Path(__file__).parent))

REPOSITORY = Path(__file__).resolve().parents[3]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "interop: compares with another installed package; skipped without it"
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of test data beside the repository."""
    folder = os.environ.get("NEURO_SHARED_DATA")
    path = Path(folder) if folder else REPOSITORY / ".." / "shared" / "data"
    if not path.is_dir():
        pytest.skip("the shared test data are not here")
    return path


@pytest.fixture(scope="session")
def nir_data(shared_data: Path) -> Path:
    """The folder of NIR graphs with reference traces."""
    return shared_data / "nir"
