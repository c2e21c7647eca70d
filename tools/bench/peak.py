"""Most memory that a command holds."""

import subprocess
import sys
from collections.abc import Sequence

# What a process has held counts from before it became another program, hence a small one starts it.
_HELD = """
import os, resource, sys
code = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def peak_mb(command: Sequence[str]) -> float:
    """Run a command and give the most resident memory that it held.

    Args:
        command: path of a program, and its arguments.

    Returns:
        Megabytes (Linux counts in KiB).

    Raises:
        subprocess.CalledProcessError: if the command fails.

    Example:
        >>> import sys
        >>> little = peak_mb([sys.executable, "-S", "-c", "pass"])
        >>> peak_mb([sys.executable, "-S", "-c", "x = bytes(10**8) * 2"]) > little + 100
        True
    """
    begin = [sys.executable, "-S", "-c", _HELD]
    done = subprocess.run([*begin, *command], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) * 1024 / 1e6
