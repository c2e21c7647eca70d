"""Coupled compartments with a refractory time as a module."""

from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite.compat.norse.torch.functional.lif import LIFState as LIFState
from norse_lite.compat.norse.torch.functional.lif_mc_refrac import lif_mc_refrac_step
from norse_lite.compat.norse.torch.functional.lif_refrac import LIFRefracParameters
from norse_lite.compat.norse.torch.functional.lif_refrac import LIFRefracState as LIFRefracState
from norse_lite.compat.norse.torch.module.lif_refrac import recurrent_rest
from norse_lite.compat.norse.torch.module.snn import SNNRecurrentCell

__all__ = ["LIFMCRefracRecurrentCell"]

DEFAULT = LIFRefracParameters()


class LIFMCRefracRecurrentCell(SNNRecurrentCell):
    """One step of coupled compartments with a refractory time, recurrently connected.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of compartments.
        p: Parameters.
        g_coupling: Coupling `(hidden_size, hidden_size)`; drawn from a normal distribution if not
            given.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrentCell` takes them.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        p: LIFRefracParameters = DEFAULT,
        g_coupling: Tensor | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            self._coupled,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **kwargs,
        )
        # Given conductances are constants unless they are a parameter; drawn ones are learned.
        self.g_coupling: Tensor
        if g_coupling is None:
            drawn = torch.randn(hidden_size, hidden_size) / sqrt(hidden_size)
            self.g_coupling = nn.Parameter(drawn)
        elif isinstance(g_coupling, nn.Parameter):
            self.g_coupling = g_coupling
        else:
            self.register_buffer("g_coupling", g_coupling, persistent=False)

    def _coupled(
        self, x: Tensor, state: Any, w_in: Tensor, w_rec: Tensor, p: Any, dt: float
    ) -> tuple[Tensor, Any]:
        return lif_mc_refrac_step(x, state, w_in, w_rec, self.g_coupling, p, dt)

    def _at_rest(self, x: Tensor) -> Any:
        return recurrent_rest(x, self.p, self.hidden_size)
