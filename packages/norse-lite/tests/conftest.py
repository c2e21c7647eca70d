import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

# Helpers beside the tests (pipeline_support.py) are imported by name.
sys.path.insert(0, str(Path(__file__).parent))

# The first call of a kernel or a traced function is slow on a busy machine.
settings.register_profile("norse-lite", deadline=None)
settings.load_profile("norse-lite")


@pytest.fixture(autouse=True)
def _same_weights_every_time() -> None:
    """Initial weights come from torch's own generator where a test gives none."""
    torch.manual_seed(1)


SHARED = Path(
    os.environ.get(
        "NEURO_SHARED_DATA", Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
    )
)


class Golden:
    """Numbers computed with Norse at its default parameters, by model."""

    def __init__(self, path: Path) -> None:
        self._arrays = np.load(path)
        self.meta = json.loads(bytes(self._arrays["META_json"]).decode())

    def case(self, model: str, release: str = "") -> dict[str, np.ndarray]:
        prefix, newer = f"{model}/default/", f"v1_1_0/{model}/default/"
        case = {
            k.removeprefix(prefix): self._arrays[k]
            for k in self._arrays.files
            if k.startswith(prefix)
        }
        if release == "1.1.0":
            case |= {
                k.removeprefix(newer): self._arrays[k]
                for k in self._arrays.files
                if k.startswith(newer)
            }
        return case


@pytest.fixture(scope="session")
def golden() -> Golden:
    path = SHARED / "norse" / "golden_default.npz"
    if not path.exists():
        pytest.skip("the golden traces of Norse are not here")
    return Golden(path)


@pytest.fixture(scope="session")
def shared_nir() -> Path:
    """Folder of NIR graphs with the traces that platforms compute from them."""
    if not (SHARED / "nir").exists():
        pytest.skip("the NIR test data are not here")
    return SHARED / "nir"
