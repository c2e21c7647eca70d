"""Training tasks that run anywhere: `python -m norse_lite train digits`.

A task is data, a model and a score; one engine trains them all, with seeds, checkpoints, early
stopping, metrics and a plot, in one process or in several (`torchrun`).
"""

from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._registry import TASKS, make_task
from norse_lite.tasks._supervised import Split, Supervised
from norse_lite.tasks._task import Task
from norse_lite.tasks._train import TrainResult, train

__all__ = [
    "TASKS",
    "Split",
    "Supervised",
    "Task",
    "TrainOptions",
    "TrainResult",
    "make_task",
    "train",
]
