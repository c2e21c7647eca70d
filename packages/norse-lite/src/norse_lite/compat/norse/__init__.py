"""Norse's module surface: existing Norse code runs with its import changed.

    import norse_lite.compat.norse as norse
    from norse_lite.compat.norse.torch import LIFCell, LIFParameters, SequentialState
    from norse_lite.compat.norse.torch.functional.lif import LIFState, lif_step

Names, signatures, parameters (`tau_mem_inv` in Hz), states and numbers are those of Norse 1.1.0.
Two conventions of the SuperSpike gradient exist: Norse 1.1.0 ignores `alpha`, later versions use
it. The default is the later one; `use_release("1.1.0")` chooses the other.

What differs from Norse on purpose:

- `CobaLIFCell` and `coba_lif_step` listen to their input, which Norse overwrites; they start at
  `v_rest`, and not above the threshold;
- `lif_step_integral` returns the spikes of all steps, as documented, not only the last;
- `lif_adex_current_encoder` keeps the adaptation it is given and advances it by dt;
- tensors in `p` follow `module.to(device)`; those that are `torch.nn.Parameter` belong to
  `module.parameters()`; modules can be pickled;
- the gradient of `SpikesToTimesDecoder` works where fewer spikes came than asked for;
- `SequentialState.append` knows whether the appended module has a state;
- receptive fields follow the versions after 1.1.0: they have a centre, so that the fifth and sixth
  arguments of `spatial_receptive_field` are `x` and `y` (name `dx` and `dy`), their `domain` is 8
  unless given, and `spatial_parameters` leaves out equal fields unless `include_replicas`;
- `population_encode` takes a `scale` per sample;
- `logical_xor` and `posedge_detector` take booleans;
- `LIFCorrelation` may be called without a state, and takes batches;
- `hook_spike_activity_mean` writes a number rather than an image, and every hook counts its own
  steps;
- `plot_neuron_states` also takes a list of states;
- `to_nir` and `from_nir` give the same spikes on both sides; `to_nir` returns `nir`'s objects in a
  program that has imported `nir`, else those of `nir_core`;
- inside `torch.compile` initial voltages take no gradient of their own, so that a network becomes
  one graph.

Not carried over: `norse.benchmark`, `norse.dataset` and `norse.task` (programs, not interfaces),
and the autograd classes of `functional.adjoint`; `lif_adjoint_step` and its kin give the same
values with the gradient of the step itself.
"""

from norse_lite.compat.norse import torch, utils
from norse_lite.compat.norse._release import release, use_release

__all__ = ["release", "torch", "use_release", "utils"]
