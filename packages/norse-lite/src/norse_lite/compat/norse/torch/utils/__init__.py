"""`norse.torch.utils`."""

from norse_lite.compat.norse.torch.utils import (
    clone,
    export_nir,
    import_nir,
    plot,
    pytree,
    state,
    tensorboard,
)

__all__ = ["clone", "export_nir", "import_nir", "plot", "pytree", "state", "tensorboard"]
