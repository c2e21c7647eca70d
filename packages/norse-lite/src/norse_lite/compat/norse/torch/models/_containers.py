"""What the large models share."""

from typing import Any

from torch import Tensor, nn

from norse_lite.compat.norse.torch.module.sequential import SequentialState
from norse_lite.sequential import is_stateful

__all__ = ["Chain", "initialise", "no_weights"]


class Chain(SequentialState):
    """A `SequentialState` over sequences that starts at rest at every call, and returns outputs."""

    def forward(self, input_tensor: Tensor, state: Any = None) -> Any:  # type: ignore[override]
        """Run over a sequence."""
        for module in self:
            out = module(input_tensor)
            input_tensor = out[0] if is_stateful(module) and isinstance(out, tuple) else out
        return input_tensor


def no_weights(name: str, pretrained: bool) -> None:
    """Refuse to load weights, which would come from elsewhere."""
    if pretrained:
        raise ValueError(f"{name}: there are no pretrained weights; load a state_dict of your own")


def initialise(model: nn.Module, *, linear: float) -> None:
    """Draw weights: convolutions after He et al. 2015, linear layers from a normal distribution."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, linear)
            nn.init.zeros_(module.bias)
