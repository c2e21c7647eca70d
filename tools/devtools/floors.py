"""The lowest versions that the packages say they work with."""

import re
from collections.abc import Iterable

from devtools.packages import split_requirement
from devtools.versions import version_key

# An older torch than the pinned one would come as the CUDA build of several gigabytes.
EXEMPT = frozenset({"torch"})


def lowest(requirements: Iterable[str]) -> list[str]:
    """Turn every `NAME>=X` into `NAME==X`; of several floors for one name the highest wins.

    Args:
        requirements: requirements as written in pyproject files.

    Returns:
        One exact requirement per name that has a floor, in order of first mention. Names without
        a floor and the exempt ones (torch) are left out.

    Example:
        >>> lowest(["numpy>=1.26", "h5py>=3.10,<4", "numpy>=2.0", "torch>=2.6"])
        ['numpy==2.0', 'h5py==3.10']
    """
    floors: dict[str, str] = {}
    for text in requirements:
        name, _, specifier = split_requirement(text)
        floor = re.search(r">=\s*([0-9][0-9A-Za-z.]*)", specifier)
        if floor is None or name in EXEMPT:
            continue
        if name not in floors or version_key(floor[1]) > version_key(floors[name]):
            floors[name] = floor[1]
    return [f"{name}=={version}" for name, version in floors.items()]
