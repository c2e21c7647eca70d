"""`norse.torch.utils`."""

from norse_lite.compat.norse.torch.utils import clone, export_nir, import_nir, pytree, state

__all__ = ["clone", "export_nir", "import_nir", "pytree", "state"]
