"""Tasks by name; a task's module is imported when it is asked for."""

from importlib import import_module

from norse_lite._errors import NetworkError
from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._task import Task

__all__ = ["TASKS", "make_task"]

# What each is, in the words of `python -m norse_lite tasks`. The module has the name of the task
# and one function, `task(options)`.
TASKS = {
    "digits": "handwritten digits, 8x8, as constant currents (scikit-learn)",
    "mnist1d": "digits as one-dimensional curves, read over time (generated)",
    "event-digits": "digits shaken before a simulated event camera (scikit-learn)",
    "memory": "store a bit, recall it on command after a delay (generated)",
    "cartpole": "balance a pole by spikes, learned from reward (simulated)",
    "correlation": "find the inputs that spike together (generated)",
    "mnist": "MNIST from --data, IDX files",
    "cifar10": "CIFAR-10 from --data, binary or as torchvision unpacks it",
    "nmnist": "N-MNIST from --data, events in .bin files",
    "dvs-gesture": "DVS-Gesture from --data, events in .npy files",
    "shd": "Spiking Heidelberg Digits from --data, HDF5",
    "ssc": "Spiking Speech Commands from --data, HDF5",
}
_FOLDERS = ("mnist", "cifar10", "nmnist", "dvs-gesture", "shd", "ssc")


def make_task(name: str, options: TrainOptions | None = None) -> Task:
    """Return a task by its name.

    Args:
        name: One of `TASKS`.
        options: Size, steps and data of the task.

    Raises:
        NetworkError: There is no such task, or its data are missing.

    Example:
        >>> make_task("correlation").metric
        'accuracy'
    """
    if name not in TASKS:
        raise NetworkError(f"no task {name!r}; there are {', '.join(TASKS)}")
    options = options or TrainOptions()
    if name in _FOLDERS:
        return import_module("norse_lite.tasks._recordings").task(name, options)
    module = import_module("norse_lite.tasks._" + name.replace("-", "_"))
    return module.task(options)
