"""A Lightning module around a spiking network (`norse-lite[lightning]`).

`SpikingClassifier` is made when it is first asked for, so that this module can be imported without
Lightning. The state of the network lives for one batch: nothing is to be reset between batches.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.decode import max_membrane
from norse_lite.diagnose._watch import run

__all__ = ["SpikingClassifier"]  # noqa: F822  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name == "SpikingClassifier":
        return _classifier()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _classifier() -> type:
    try:
        base: Any = import_module("lightning").LightningModule
    except ImportError:
        raise NetworkError(
            "SpikingClassifier needs lightning: pip install 'norse-lite[lightning]'"
        ) from None

    class SpikingClassifier(base):
        """Trains a network to classify sequences; logs loss and accuracy.

        Batches are pairs of inputs and classes `(B,)`. Inputs are `(T, B, *shape)`, or
        `(B, T, *shape)` as a data loader gives them with `batch_first`, or what `drive` turns into
        the first.

        Args:
            model: A network over sequences, or of cells.
            readout: Turns the output `(T, B, classes)` into scores `(B, classes)`.
            drive: Turns an input batch into `(T, B, *shape)`; None takes it as it is.
            batch_first: Inputs have the batch before the time.
            lr: Learning rate of Adam.
        """

        def __init__(
            self,
            model: nn.Module,
            *,
            readout: Callable[[Tensor], Tensor] = max_membrane,
            drive: Callable[[Tensor], Tensor] | None = None,
            batch_first: bool = False,
            lr: float = 1e-3,
        ) -> None:
            super().__init__()
            self.model, self.readout, self.drive = model, readout, drive
            self.batch_first, self.lr = batch_first, lr

        def forward(self, x: Tensor) -> Tensor:
            """Return the scores of a batch, `(B, classes)`."""
            if self.drive is not None:
                x = self.drive(x)
            elif self.batch_first:
                x = x.transpose(0, 1)
            return self.readout(run(self.model, x))

        def _step(self, batch: Any, stage: str) -> Tensor:
            x, y = batch
            scores = self(x)
            loss = nn.functional.cross_entropy(scores, y)
            accuracy = (scores.argmax(1) == y).float().mean()
            values = {f"{stage}_loss": loss, f"{stage}_accuracy": accuracy}
            self.log_dict(values, prog_bar=True, batch_size=len(y))
            return loss

        def training_step(self, batch: Any, batch_idx: int) -> Tensor:
            """Return the loss of a batch."""
            return self._step(batch, "train")

        def validation_step(self, batch: Any, batch_idx: int) -> Tensor:
            """Log loss and accuracy of a batch."""
            return self._step(batch, "val")

        def test_step(self, batch: Any, batch_idx: int) -> Tensor:
            """Log loss and accuracy of a batch."""
            return self._step(batch, "test")

        def configure_optimizers(self) -> torch.optim.Optimizer:
            """Return Adam over all parameters."""
            return torch.optim.Adam(self.parameters(), lr=self.lr)

    # Found again by this name when it is unpickled.
    SpikingClassifier.__qualname__ = "SpikingClassifier"
    return SpikingClassifier
