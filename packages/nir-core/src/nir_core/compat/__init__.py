"""The module surfaces of nir and nirtorch over nir_core, for code written for those packages.

`import nir_core.compat.nir as nir` and `import nir_core.compat.nirtorch as nirtorch` are enough
for a program of one's own. A library that imports `nir` by itself is served by `stand_in`.
"""

from nir_core.compat._stand_in import stand_in

__all__ = ["stand_in"]
