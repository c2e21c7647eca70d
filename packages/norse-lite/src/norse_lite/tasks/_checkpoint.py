"""Checkpoints: all that a run needs to go on as if it had not been stopped."""

import json
import os
from pathlib import Path
from typing import Any

import torch

from norse_lite._errors import NetworkError

__all__ = ["load_checkpoint", "save_checkpoint", "write_text"]

_FILE = "checkpoint.pt"


def write_text(path: Path, text: str) -> None:
    """Write a file under another name first, so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Save a state of tensors, numbers, texts, lists and dictionaries."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{_FILE}.{os.getpid()}"
    torch.save(state, temporary)
    temporary.replace(folder / _FILE)


def load_checkpoint(folder: Path, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Load what `save_checkpoint` saved, or return None if there is none.

    Args:
        folder: Where it was saved.
        wanted: Settings that must be those of the saved run.

    Raises:
        NetworkError: The file is damaged, or of a run with other settings.
    """
    path = folder / _FILE
    if not path.exists():
        return None
    try:
        # Weights only: a checkpoint from elsewhere runs no code.
        state = torch.load(path, weights_only=True)
        settings = state["settings"]
    except Exception as error:
        raise NetworkError(
            f"{path}: no checkpoint of this program ({error.__class__.__name__}); delete it or "
            "train into another folder"
        ) from error
    for name, value in wanted.items():
        if settings.get(name) != value:
            raise NetworkError(
                f"{path}: was trained with {name}={json.dumps(settings.get(name))}, not "
                f"{json.dumps(value)}; use the same options or another folder"
            )
    return state
