"""What the data sets share: looking for files, and reading samples by numbers."""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import Dataset

from norse_lite._errors import NetworkError

__all__ = ["Samples", "check_classes", "find"]


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
    if not isinstance(root, (str, PathLike)):
        raise NetworkError(f"{name}: root must be the path of a folder, not {root!r}")
    for candidate in tried:
        path = Path(root) / candidate
        if path.exists():
            return path
    raise NetworkError(f"{name}: none of {', '.join(tried)} is in {root}; is it the right folder?")


def check_classes(where: object, targets: Tensor, classes: int) -> None:
    """Refuse labels outside of the classes of a data set.

    Args:
        where: The file or folder, for the message.
        targets: Labels, int64, `(n,)`.
        classes: Number of classes.

    Raises:
        NetworkError: One lies outside.
    """
    wrong = targets[(targets < 0) | (targets >= classes)]
    if len(wrong):
        raise NetworkError(
            f"{where}: the label {int(wrong[0])} is none of the {classes} classes "
            f"({len(wrong)} such of {len(targets)}); the file is damaged, or of another data set"
        )
