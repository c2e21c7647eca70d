"""Delays that are learned like weights.

Axonal delays as of Shrestha and Orchard, "SLAYER", NeurIPS 2018; the Gaussian spread, which lets a
delay feel spikes that are further away, as of Hammouamri et al., "Learning delays in spiking neural
networks using dilated convolutions with learnable spacings", ICLR 2024.
"""

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError

__all__ = ["Delay"]


class Delay(nn.Module):
    """Delays each channel by a time of its own, over whole sequences.

    A delay between two steps is a mixture of both, so that the delay has a gradient. With a spread
    a spike arrives as a Gaussian around its delay; lower it while training, to 0 in the end.

    Args:
        channels: Size of the input's first axis after time and batch.
        delay: Initial delays in seconds: one, or `(channels,)`.
        max_delay: Longest delay in seconds.
        spread: Standard deviation of the arrival in seconds, at most `max_delay`; 0 is sharp.
        learn: Learn the delays.
        dt: Duration of a step in seconds.

    Raises:
        NetworkError: A time is out of its range; the message names it.

    Example:
        >>> layer = Delay(2, torch.tensor([0.0, 2e-3]), max_delay=5e-3)
        >>> x = torch.zeros(4, 1, 2)
        >>> x[0] = 1.0
        >>> y, state = layer(x)
        >>> y[:, 0].T.tolist()
        [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    """

    def __init__(
        self,
        channels: int,
        delay: float | Tensor = 0.0,
        *,
        max_delay: float = 20e-3,
        spread: float = 0.0,
        learn: bool = True,
        dt: float = 1e-3,
    ) -> None:
        super().__init__()
        if not (dt > 0 and max_delay >= 0 and spread >= 0):
            raise NetworkError("Delay: dt must be positive, max_delay and spread not negative")
        if spread > max_delay:
            raise NetworkError(
                f"Delay: spread is a time in seconds, at most max_delay = {max_delay:g} s, got "
                f"{spread:g}; every delay would look the same"
            )
        self.channels, self.dt, self.spread = channels, dt, spread
        self.taps = round(max_delay / dt) + 1
        steps = torch.as_tensor(delay, dtype=torch.get_default_dtype()) / dt
        if steps.ndim > 1 or steps.numel() not in (1, channels):
            raise NetworkError(f"Delay: delay must be one or {channels}, got {tuple(steps.shape)}")
        if bool((steps < 0).any()) or bool((steps > self.taps - 1 + 1e-6).any()):
            raise NetworkError(f"Delay: delay must lie between 0 and max_delay = {max_delay} s")
        # In steps, so that a learning rate fits beside that of weights.
        self.steps = nn.Parameter(steps.expand(channels).clone(), requires_grad=learn)

    @property
    def delay(self) -> Tensor:
        """Delays in seconds, `(channels,)`."""
        return self.steps.detach().clamp(0, self.taps - 1) * self.dt

    def round_(self) -> "Delay":
        """Round the delays to whole steps, as hardware has them."""
        with torch.no_grad():
            self.steps.copy_(self.steps.clamp(0, self.taps - 1).round())
        return self

    def kernel(self) -> Tensor:
        """Weights of the last steps, `(channels, taps)`, each channel's sum is 1."""
        taps = torch.arange(self.taps, dtype=self.steps.dtype, device=self.steps.device)
        distance = taps - self.steps.clamp(0, self.taps - 1).unsqueeze(1)
        if self.spread > 0:
            return torch.softmax(-((distance * self.dt / self.spread) ** 2) / 2, 1)
        return torch.relu(1 - distance.abs())

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, channels, ...)`.
            state: The last inputs before the first step, `(taps - 1, B, channels, ...)`; None is
                silence.

        Returns:
            The delayed input, of its shape, and the last inputs.
        """
        if x.ndim < 3 or x.shape[2] != self.channels:
            raise NetworkError(
                f"Delay: input must be (T, B, {self.channels}, ...), got {tuple(x.shape)}"
            )
        if state is None:
            state = x.new_zeros(self.taps - 1, *x.shape[1:])
        whole = torch.cat([state, x])
        kernel = self.kernel().to(x.dtype).reshape(self.channels, self.taps, *(1,) * (x.ndim - 3))
        y = torch.zeros_like(x)
        for tap in range(self.taps):
            first = self.taps - 1 - tap
            y = y + kernel[:, tap] * whole[first : first + len(x)]
        return y, whole[len(x) :]

    def extra_repr(self) -> str:
        """Show the range."""
        return f"{self.channels}, max_delay={(self.taps - 1) * self.dt:g}, spread={self.spread:g}"
