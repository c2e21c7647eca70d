"""What the data sets share: looking for files, and reading samples by numbers."""

from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import Dataset

from norse_lite._errors import NetworkError

__all__ = ["Samples", "find"]


class Samples(Dataset[tuple[Tensor, int]]):
    """A data set that gives one sample by its number, and batches by several."""

    def __len__(self) -> int:
        raise NetworkError(f"{type(self).__name__} must define __len__()")

    def __getitem__(self, number: int) -> tuple[Tensor, int]:
        raise NetworkError(f"{type(self).__name__} must define __getitem__()")

    def read(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return inputs, batch first, and classes of several samples."""
        samples = [self[int(number)] for number in numbers]
        return torch.stack([x for x, _ in samples]), torch.tensor([y for _, y in samples])


def find(name: str, root: str | Path, candidates: Iterable[str]) -> Path:
    """Return the first of some paths under a folder that exists.

    Raises:
        NetworkError: None of them does.
    """
    tried = list(candidates)
    for candidate in tried:
        path = Path(root) / candidate
        if path.exists():
            return path
    raise NetworkError(f"{name}: none of {', '.join(tried)} is in {root}; is it the right folder?")
