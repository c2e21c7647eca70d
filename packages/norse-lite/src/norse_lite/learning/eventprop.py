"""EventProp: exact gradients of spike times in continuous time.

Wunderlich and Pehle, "Event-based backpropagation can compute exact gradients for spiking neural
networks", Scientific Reports 11, 12829 (2021). Between spikes the neuron follows

    tau_mem V' = -V + I,   tau_syn I' = -I

an input spike adds its weight to I, and V is reset to 0 where it reaches the threshold. Backwards
in time the adjoint variables follow (table 1 of the paper, `'` is the derivative in reversed time)

    tau_mem lV' = -lV,   tau_syn lI' = -lI + lV

a spike of the neuron at `t_k` adds `(v_th lV + dL/dt_k) / (tau_mem V'(t_k))` to lV, and an input
spike through the weight w has `dL/dw = -tau_syn lI` and `dL/dt = w (lV - lI)`. Threshold crossings
are bracketed in closed form and found by bisection and Newton's method, to the precision of the
numbers.
"""

from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError

__all__ = ["EventPropLIF", "eventprop_lif"]

# Halvings of the bracket, then steps of Newton's method, each of which doubles the digits.
_HALVINGS, _NEWTON = 8, 5


class _Membrane:
    """The exact course of V and I after a time at which both are known."""

    def __init__(self, tau_mem: float, tau_syn: float) -> None:
        self.tau_mem, self.tau_syn = tau_mem, tau_syn
        self.ratio = tau_syn / (tau_syn - tau_mem)

    def after(self, v: Tensor, i: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return V and I a time later."""
        slow, fast = torch.exp(-t / self.tau_mem), torch.exp(-t / self.tau_syn)
        c = self.ratio * i
        return (v - c) * slow + c * fast, i * fast

    def crossing(self, v: Tensor, i: Tensor, span: Tensor, v_th: float) -> tuple[Tensor, Tensor]:
        """Return whether V exceeds the threshold within a span, and when it first does."""
        # V has one extremum at most: c1 / tau_mem e^(-t/tau_mem) + c2 / tau_syn e^(-t/tau_syn) = 0.
        c2 = self.ratio * i
        c1 = v - c2
        argument = -c2 * self.tau_mem / (c1 * self.tau_syn)
        peak = torch.log(argument) / (1 / self.tau_syn - 1 / self.tau_mem)
        inside = torch.isfinite(peak) & (peak > 0) & (peak < span)
        end = torch.where(inside, peak, span)
        crosses = (self.after(v, i, end)[0] > v_th) & (span > 0)
        low, high = torch.zeros_like(end), end
        if not bool(crosses.any()):
            return crosses, high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            above = self.after(v, i, middle)[0] > v_th
            low, high = torch.where(above, low, middle), torch.where(above, middle, high)
        t = high
        for _ in range(_NEWTON):
            v_t, i_t = self.after(v, i, t)
            step = (v_t - v_th) * self.tau_mem / (i_t - v_t)
            t = torch.where(torch.isfinite(step), t - step, t).clamp(low, high)
        return crosses, t


def _sorted_inputs(times: Tensor, end: float) -> tuple[Tensor, Tensor]:
    """Return all input spikes of a batch in order: times and numbers of the inputs, `(B, E)`."""
    batch, _, each = times.shape
    flat, order = times.reshape(batch, -1).sort(1)
    spikes = int((flat < end).sum(1).max()) if flat.numel() else 0
    return flat[:, :spikes].clamp(max=end), (order // each)[:, :spikes]


class _EventProp(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        times: Tensor,
        weights: Tensor,
        membrane: _Membrane,
        v_th: float,
        end: float,
        most: int,
    ) -> Tensor:
        batch, outputs = len(times), len(weights)
        at, which = _sorted_inputs(times, end)
        v = i = times.new_zeros(batch, outputs)
        now = times.new_zeros(batch)
        spikes = times.new_full((batch, outputs, most), end)
        slopes = torch.ones_like(spikes)
        count = torch.zeros(batch, outputs, dtype=torch.int64)
        stops = torch.cat([at, at.new_full((batch, 1), end)], 1)
        for event in range(stops.shape[1]):
            span = (stops[:, event] - now).unsqueeze(1).expand(batch, outputs)
            base = now.unsqueeze(1).expand(batch, outputs)
            crosses, when = membrane.crossing(v, i, span, v_th)
            while bool(crosses.any()):
                _, i_at = membrane.after(v, i, when)
                fresh = crosses & (count < most)
                slot = count.clamp(max=most - 1).unsqueeze(2)
                for store, value in ((spikes, base + when), (slopes, i_at - v_th)):
                    old = store.gather(2, slot)
                    store.scatter_(
                        2, slot, torch.where(fresh.unsqueeze(2), value.unsqueeze(2), old)
                    )
                count = count + fresh
                # From the spike on: V is reset, I goes on, and there may be another spike.
                v = torch.where(crosses, torch.zeros_like(v), v)
                i = torch.where(crosses, i_at, i)
                base = torch.where(crosses, base + when, base)
                span = torch.where(crosses, span - when, span)
                again, when = membrane.crossing(v, i, span, v_th)
                crosses = crosses & again
            v, i = membrane.after(v, i, span)
            now = stops[:, event]
            if event < at.shape[1]:
                # A padded event lies at the end and changes nothing any more.
                live = (at[:, event] < end).unsqueeze(1)
                i = i + torch.where(live, weights.T[which[:, event]], torch.zeros_like(i))
        ctx.save_for_backward(times, weights, at, which, spikes, slopes, count)
        ctx.membrane, ctx.v_th, ctx.end = membrane, v_th, end
        ctx.mark_non_differentiable(count)
        return spikes

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        times, weights, at, which, spikes, slopes, count = ctx.saved_tensors
        membrane, v_th, end = ctx.membrane, ctx.v_th, ctx.end
        batch, outputs, most = spikes.shape
        valid = torch.arange(most) < count.unsqueeze(2)
        grad_times = torch.zeros_like(times).reshape(batch, -1)
        grad_weights = torch.zeros_like(weights)
        order = times.reshape(batch, -1).argsort(1)
        lv = li = spikes.new_zeros(batch, outputs)
        now = spikes.new_full((batch, outputs), end)
        left = count.clone()
        ratio = membrane.tau_mem / (membrane.tau_mem - membrane.tau_syn)

        def earlier(lv: Tensor, li: Tensor, span: Tensor) -> tuple[Tensor, Tensor]:
            slow = torch.exp(-span / membrane.tau_mem)
            fast = torch.exp(-span / membrane.tau_syn)
            return lv * slow, (li - ratio * lv) * fast + ratio * lv * slow

        for event in range(at.shape[1] - 1, -2, -1):
            stop = at[:, event] if event >= 0 else at.new_zeros(batch)
            stop = stop.unsqueeze(1).expand(batch, outputs)
            while True:
                slot = (left - 1).clamp(min=0).unsqueeze(2)
                t_k = spikes.gather(2, slot)[..., 0]
                due = (left > 0) & (t_k >= stop)
                if not bool(due.any()):
                    break
                moved = earlier(lv, li, torch.where(due, now - t_k, torch.zeros_like(now)))
                own = torch.where(valid, grads[0], torch.zeros_like(grads[0]))
                own = own.gather(2, slot)[..., 0]
                jump = (v_th * moved[0] + own) / slopes.gather(2, slot)[..., 0]
                lv = torch.where(due, moved[0] + jump, lv)
                li = torch.where(due, moved[1], li)
                now = torch.where(due, t_k, now)
                left = left - due.to(left.dtype)
            lv, li = earlier(lv, li, now - stop)
            now = stop
            if event >= 0:
                live = (at[:, event] < end).unsqueeze(1)
                number = which[:, event]
                change = torch.where(live, -membrane.tau_syn * li, torch.zeros_like(li))
                grad_weights.T.index_add_(0, number, change)
                late = torch.where(live, weights.T[number] * (lv - li), torch.zeros_like(lv))
                grad_times[torch.arange(batch), order[:, event]] = late.sum(1)
        return grad_times.reshape(times.shape), grad_weights, None, None, None, None


def eventprop_lif(
    times: Tensor,
    weights: Tensor,
    *,
    tau_mem: float = 20e-3,
    tau_syn: float = 5e-3,
    v_th: float = 1.0,
    duration: float = 0.1,
    max_spikes: int = 1,
) -> Tensor:
    """Return the spike times of LIF neurons in continuous time, with exact gradients.

    Args:
        times: Input spikes in seconds, `(B, inputs, k)`; at or after `duration` there is none.
        weights: `(outputs, inputs)`, what a spike adds to the current.
        tau_mem: Membrane time constant in seconds.
        tau_syn: Time constant of the current in seconds; not equal to `tau_mem`.
        v_th: Threshold.
        duration: End of the simulation in seconds.
        max_spikes: How many spikes per neuron are returned.

    Returns:
        Times in seconds, `(B, outputs, max_spikes)`, in order; `duration` stands for no spike and
        has no gradient.

    Example:
        >>> times = torch.tensor([[[0.0]]], dtype=torch.float64)
        >>> weights = torch.tensor([[8.0]], dtype=torch.float64, requires_grad=True)
        >>> t = eventprop_lif(times, weights)
        >>> t.sum().backward()
        >>> round(t.item() * 1e3, 3), weights.grad.item() < 0  # more weight, earlier spike
        (4.117, True)
    """
    where = "eventprop_lif"
    if times.ndim != 3 or times.shape[1] != weights.shape[1]:
        raise NetworkError(
            f"{where}: times must be (B, {weights.shape[1]}, k), got {tuple(times.shape)}"
        )
    if not (tau_mem > 0 and tau_syn > 0 and v_th > 0 and duration > 0 and max_spikes > 0):
        raise NetworkError(f"{where}: time constants, threshold and duration must be positive")
    if abs(tau_mem - tau_syn) < 1e-6 * tau_mem:
        raise NetworkError(
            f"{where}: tau_mem and tau_syn must differ, both are {tau_mem}; change one a little"
        )
    membrane = _Membrane(tau_mem, tau_syn)
    return _EventProp.apply(times, weights, membrane, v_th, duration, max_spikes)  # type: ignore[no-any-return]


class EventPropLIF(nn.Module):
    """A layer of `eventprop_lif`: weights from spike times to spike times.

    Args:
        in_features: Number of inputs.
        out_features: Number of neurons.
        tau_mem: Membrane time constant in seconds.
        tau_syn: Time constant of the current in seconds.
        v_th: Threshold.
        duration: End of the simulation in seconds.
        max_spikes: Spikes per neuron that are passed on.
        scale: Mean of the initial weights times the number of inputs.
        generator: Source of the weights.

    Example:
        >>> g = torch.Generator().manual_seed(0)
        >>> layer = EventPropLIF(5, 3, scale=20.0, generator=g)
        >>> tuple(layer(0.02 * torch.rand(2, 5, 1)).shape)
        (2, 3, 1)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        tau_mem: float = 20e-3,
        tau_syn: float = 5e-3,
        v_th: float = 1.0,
        duration: float = 0.1,
        max_spikes: int = 1,
        scale: float = 10.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        drawn = torch.randn(out_features, in_features, generator=generator)
        self.weight = nn.Parameter(scale / in_features * (1 + 0.5 * drawn))
        self.options = {
            "tau_mem": tau_mem,
            "tau_syn": tau_syn,
            "v_th": v_th,
            "duration": duration,
            "max_spikes": max_spikes,
        }

    def forward(self, times: Tensor) -> Tensor:
        """Return spike times, `(B, out_features, max_spikes)`, of times `(B, in_features, k)`."""
        return eventprop_lif(times, self.weight, **self.options)  # type: ignore[arg-type]

    def extra_repr(self) -> str:
        """Show sizes and options."""
        outputs, inputs = self.weight.shape
        shown = ", ".join(f"{name}={value:g}" for name, value in self.options.items())
        return f"{inputs}, {outputs}, {shown}"
