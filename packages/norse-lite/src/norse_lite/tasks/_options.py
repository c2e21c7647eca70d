"""Options of a training run."""

from dataclasses import dataclass
from pathlib import Path

from norse_lite._errors import NetworkError

__all__ = ["TrainOptions"]


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """How to train; None takes the task's default.

    Attributes:
        epochs: Passes over the data.
        seed: Decides the split, the weights, the order and the spikes.
        lr: Learning rate.
        batch_size: Samples per step, over all processes together.
        hidden: Neurons of hidden layers.
        steps: Time steps per sample, where the task leaves a choice.
        patience: Stop after so many epochs without a better score.
        target: Stop when this score is reached.
        out: Folder for checkpoint, metrics and plot; None writes nothing.
        resume: Go on from the checkpoint in `out`, if there is one.
        data: Folder of the data, for tasks that read them from disk.
        device: Where to compute.
        dtype: Precision, "float32" or "float64".
    """

    epochs: int | None = None
    seed: int = 0
    lr: float | None = None
    batch_size: int | None = None
    hidden: int | None = None
    steps: int | None = None
    patience: int | None = None
    target: float | None = None
    out: Path | None = None
    resume: bool = False
    data: Path | None = None
    device: str = "cpu"
    dtype: str = "float32"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "hidden", "steps", "patience"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise NetworkError(f"TrainOptions: {name} must be at least 1, not {value}")
        if self.lr is not None and not self.lr > 0:
            raise NetworkError(f"TrainOptions: lr must be positive, not {self.lr}")
        if self.dtype not in ("float32", "float64"):
            raise NetworkError(f"TrainOptions: dtype is float32 or float64, not {self.dtype!r}")
        if self.resume and self.out is None:
            raise NetworkError("TrainOptions: resume needs out, the folder of the checkpoint")
