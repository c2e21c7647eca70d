"""Data sets on disk, in the folders of their authors or of Tonic; nothing is downloaded.

Each is a `torch.utils.data.Dataset` of inputs and classes, and can be read in batches by numbers.
"""

from norse_lite.datasets._cifar import CIFAR10
from norse_lite.datasets._cochlea import SHD, SSC
from norse_lite.datasets._events import NMNIST, DVSGesture, bin_events
from norse_lite.datasets._images import MNIST

__all__ = ["CIFAR10", "MNIST", "NMNIST", "SHD", "SSC", "DVSGesture", "bin_events"]
