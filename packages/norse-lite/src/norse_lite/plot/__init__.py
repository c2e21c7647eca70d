"""Pictures of networks with matplotlib (`norse-lite[plot]`).

Every function draws into `ax`, or into a new figure if that is None, and returns the axes.
"""

from norse_lite.plot._distributions import rates, surrogates, weights
from norse_lite.plot._time import membrane, raster

__all__ = ["membrane", "raster", "rates", "surrogates", "weights"]
