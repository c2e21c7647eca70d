"""The matrix through which spikes come back: its product with a step's spikes, and its gradient."""

import torch
from torch import Tensor

from neuro_kernels import sparse
from norse_lite.sparse._choice import DENSE_PRODUCT, KEEP, LANES, VECTOR, list_events

__all__ = ["Feedback", "weight_grad"]


class Feedback:
    """Adds the weighted spikes of one step to the input of the next."""

    def __init__(self, weights: Tensor, batch: int) -> None:
        self.weights = weights.t()
        self.neurons = weights.shape[0]
        self.double = weights.dtype == torch.float64
        self.threads = torch.get_num_threads()
        vectors = -(-self.neurons // LANES[weights.dtype])
        # More spikes than this, and the dense product is faster.
        dense = DENSE_PRODUCT[weights.dtype] * batch * self.neurons**2
        self.most = int(KEEP * dense / (VECTOR * vectors))
        self.events = sparse.EventList()
        self.values = weights.contiguous()
        self.packed: Tensor | None = None
        self.added = 0

    def add(self, spikes: Tensor, drive: Tensor, current: Tensor) -> None:
        rows = spikes.shape[0]
        if self.events.assign(
            spikes.data_ptr(), self.double, rows, self.neurons, self.most, self.threads
        ):
            self.added += len(self.events)
            if self.packed is None and self.added > self.neurons // 4:
                self._pack()
            values = self.values if self.packed is None else self.packed
            sparse.linear_forward(
                self.events,
                self.neurons,
                values.data_ptr(),
                drive.data_ptr(),
                False,
                current.data_ptr(),
                self.threads,
                self.packed is not None,
            )
        else:
            torch.addmm(drive, spikes, self.weights, out=current)

    def _pack(self) -> None:
        """Rearrange the weights, which pays after some spikes and changes no sum."""
        size = sparse.packed_size(self.neurons, self.neurons, self.double)
        self.packed = torch.empty(size, dtype=self.values.dtype)
        sparse.pack_weight(
            self.values.data_ptr(),
            self.double,
            self.neurons,
            self.neurons,
            self.packed.data_ptr(),
        )


def weight_grad(grads: Tensor, out: Tensor, z: Tensor | None) -> Tensor:
    """Sum of the outer products of gradients and the spikes of the step before."""
    neurons = out.shape[-1]
    to, spikes = grads[1:].reshape(-1, neurons), out[:-1].reshape(-1, neurons)
    total = None
    if len(to):
        vectors = -(-neurons // LANES[out.dtype])
        events = list_events(
            spikes,
            dense=DENSE_PRODUCT[out.dtype] * spikes.numel() * neurons,
            fixed=0.35 * neurons**2,
            per_event=VECTOR * vectors,
        )
        if events is None:
            total = to.t() @ spikes
        else:
            total = torch.empty((neurons, neurons), dtype=out.dtype)
            sparse.linear_weight_grad_at(
                events, neurons, to.data_ptr(), total.data_ptr(), torch.get_num_threads()
            )
    if z is not None:
        first = grads[0].t() @ z
        return first if total is None else total + first
    return out.new_zeros((neurons, neurons)) if total is None else total
