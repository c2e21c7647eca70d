"""`load_data` and `save_data`: recordings of a network in files."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

from nir_core.files._atomic import replacing
from nir_core.files._limits import Limits
from nir_core.files._sources import PathLike, emptied, guarded, known_compression, opened

if TYPE_CHECKING:
    from nir_core.data import NIRGraphData
    from nir_core.files._hdf5_write import Compression

__all__ = ["load_data", "read_data", "save_data", "write_data"]


def load_data(path: PathLike | IO[bytes] | bytes, *, limits: Limits | None = None) -> NIRGraphData:
    """Read recordings that nir's `write_data` or `save_data` wrote, without following links.

    Args:
        path: a path, an open binary file or the content of one.
        limits: what the file may ask for.

    Returns:
        The recordings by node.

    Raises:
        NirFileError: the file is damaged, unsafe or holds no recordings; the message names
            the path inside the file.
        FileNotFoundError: there is no such file.
    """
    source, name = opened(path)

    def action() -> NIRGraphData:
        from nir_core.files._data_hdf5 import read_data_hdf5

        return read_data_hdf5(source, limits or Limits())

    return guarded(name, action)


def save_data(
    path: PathLike | IO[bytes],
    data: Any,
    compression: Compression = "auto",
    compression_opts: Any = None,
) -> None:
    """Write recordings to an HDF5 file that nir's `read_data` reads.

    The file appears whole or not at all.

    Args:
        path: a path or an open binary file.
        data: NIRGraphData of nir_core or of nir.
        compression: as for `write`.
        compression_opts: level for "gzip".

    Raises:
        NirTypeError: the data are of another class.
        NirError: a name cannot stand in the file, or arrays do not fit each other.

    Example:
        >>> import io
        >>> import numpy as np
        >>> from nir_core import NIRGraphData, NIRNodeData, TimeGriddedData
        >>> spikes = TimeGriddedData(np.eye(3, dtype=bool)[None], dt=1e-3)
        >>> file = io.BytesIO()
        >>> save_data(file, NIRGraphData({"lif": NIRNodeData({"spikes": spikes})}))
        >>> load_data(file.getvalue()).nodes["lif"].observables["spikes"] == spikes
        True
    """
    from nir_core.data._convert import as_graph_data
    from nir_core.files._data_hdf5 import write_data_hdf5
    from nir_core.files._formats import hdf5_bytes, hdf5_file

    known_compression(compression)
    content = as_graph_data(data)

    def fill(file: Any) -> None:
        write_data_hdf5(file, content, compression, compression_opts)

    if hasattr(path, "write"):
        image = hdf5_bytes(fill)
        emptied(path).write(image)
        return
    with replacing(os.fspath(path)) as draft:  # type: ignore[arg-type]
        hdf5_file(str(draft), fill)


# The names that nir has for them.
read_data = load_data
write_data = save_data
