"""The step functions of Norse 1.1.0 and ours on drawn parameters, states, shapes and methods."""

import warnings

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import norse_lite.compat.norse as compat

with warnings.catch_warnings():
    # Norse compiles with torch.jit, which newer versions of torch warn about.
    warnings.simplefilter("ignore")
    pytest.importorskip("norse", "1.1.0")
    import norse.torch as theirs
    import norse.torch.functional.lif_adex_refrac as their_refrac
    import norse.torch.functional.lsnn as their_lsnn

ours = compat.torch
THEIRS = (theirs, their_refrac, their_lsnn)
OURS = (ours, ours.functional.lif_adex_refrac, ours.functional.lsnn)

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]

# Function: names of its state and parameters, and which matrices it takes.
STEPS = {
    "lif_step": ("LIFState", "LIFParameters", "input recurrent"),
    "lif_feed_forward_step": ("LIFFeedForwardState", "LIFParameters", ""),
    "lif_refrac_step": ("LIFRefracState", "LIFRefracParameters", "input recurrent"),
    "lif_refrac_feed_forward_step": ("LIFRefracFeedForwardState", "LIFRefracParameters", ""),
    "lif_adex_step": ("LIFAdExState", "LIFAdExParameters", "input recurrent"),
    "lif_adex_feed_forward_step": ("LIFAdExFeedForwardState", "LIFAdExParameters", ""),
    "lif_adex_refrac_step": ("LIFAdExRefracState", "LIFAdExRefracParameters", "input recurrent"),
    "lif_adex_refrac_feed_forward_step": (
        "LIFAdExRefracFeedForwardState",
        "LIFAdExRefracParameters",
        "",
    ),
    "lif_ex_step": ("LIFExState", "LIFExParameters", "input recurrent"),
    "lif_ex_feed_forward_step": ("LIFExFeedForwardState", "LIFExParameters", ""),
    "lsnn_step": ("LSNNState", "LSNNParameters", "input recurrent"),
    "lsnn_feed_forward_step": ("LSNNFeedForwardState", "LSNNParameters", ""),
    "ada_lif_step": ("LSNNState", "LSNNParameters", "input recurrent"),
    "iaf_step": ("IAFState", "IAFParameters", "input recurrent"),
    "iaf_feed_forward_step": ("IAFFeedForwardState", "IAFParameters", ""),
    "lif_box_feed_forward_step": ("LIFBoxFeedForwardState", "LIFBoxParameters", ""),
    "li_step": ("LIState", "LIParameters", "input"),
    "li_feed_forward_step": ("LIState", "LIParameters", ""),
    "li_box_step": ("LIBoxState", "LIBoxParameters", "input"),
    "li_box_feed_forward_step": ("LIBoxState", "LIBoxParameters", ""),
    "lif_mc_step": ("LIFState", "LIFParameters", "input recurrent coupling"),
    "lif_mc_feed_forward_step": ("LIFFeedForwardState", "LIFParameters", "coupling"),
    "lif_mc_refrac_step": ("LIFRefracState", "LIFRefracParameters", "input recurrent coupling"),
}
RANGES = {
    "tau_syn_inv": (100.0, 400.0),
    "tau_mem_inv": (50.0, 200.0),
    "v_leak": (-0.3, 0.3),
    "v_th": (0.3, 0.9),
    "v_reset": (-0.5, 0.2),
    "alpha": (0.5, 50.0),
    "beta": (0.5, 1.0),
    "tau_adapt_inv": (1.0, 20.0),
    "delta_T": (0.3, 0.6),
    "tau_ada_inv": (1.0, 30.0),
    "adaptation_current": (1.0, 4.0),
    "adaptation_spike": (0.01, 0.1),
}
INNER = {"lif": "LIF", "lif_adex": "LIFAdEx"}
CASES = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**31),
        "dtype": st.sampled_from([torch.float32, torch.float64]),
        "batch": st.sampled_from([(1,), (2,), (2, 3)]),
        "inputs": st.integers(1, 4),
        "neurons": st.integers(1, 4),
        "dt": st.sampled_from([1e-3, 5e-4, 2e-3]),
        "per_neuron": st.booleans(),
        "method": st.sampled_from(["super", "triangle", "tanh", "circ", "heavi_erfc"]),
        "rho": st.integers(1, 5),
        "reset": st.sampled_from(["reset_value", "reset_subtract"]),
    }
)


def named(packages, name):
    return next(getattr(p, name) for p in packages if hasattr(p, name))


def drawn_parameters(packages, kind, case, generator):
    make, values = named(packages, kind), {}
    for field in make._fields:
        if field in INNER:
            values[field] = drawn_parameters(packages, f"{INNER[field]}Parameters", case, generator)
        elif field == "method":
            values[field] = case["method"]
        elif field == "reset_method":
            values[field] = named(packages, case["reset"])
        elif field == "rho_reset":
            values[field] = torch.tensor(float(case["rho"]), dtype=case["dtype"])
        else:
            low, high = RANGES[field]
            wide = case["per_neuron"] and field != "alpha"
            shape = (case["neurons"],) if wide else ()
            value = torch.rand(shape, generator=generator, dtype=case["dtype"])
            values[field] = (low + (high - low) * value).requires_grad_(field != "alpha")
    return make(**values)


def drawn_state(packages, kind, case, generator):
    make, values = named(packages, kind), {}
    shape = (*case["batch"], case["neurons"])
    end = "FeedForwardState" if "FeedForward" in kind else "State"
    for field in make._fields:
        if field in INNER:
            values[field] = drawn_state(packages, INNER[field] + end, case, generator)
        elif field == "rho":
            values[field] = torch.randint(0, 4, shape, generator=generator).to(case["dtype"])
        else:
            value = torch.rand(shape, generator=generator, dtype=case["dtype"])
            spikes = (value < 0.3).to(case["dtype"])
            values[field] = spikes if field == "z" else value.requires_grad_()
    return make(**values)


def leaves(values):
    if isinstance(values, torch.Tensor):
        return [values]
    if isinstance(values, tuple):
        return [leaf for value in values for leaf in leaves(value)]
    return []


def three_steps(packages, name, case):
    """Run three steps; return outputs, the last state, and all gradients of a weighted sum."""
    state_kind, kind, matrices = STEPS[name]
    generator = torch.Generator().manual_seed(case["seed"])
    p = drawn_parameters(packages, kind, case, generator)
    begin = drawn_state(packages, state_kind, case, generator)
    n, inputs = case["neurons"], case["inputs"] if "input" in matrices else case["neurons"]

    def random(*shape):
        return torch.rand(shape, generator=generator, dtype=case["dtype"])

    x = (3 * random(*case["batch"], inputs)).requires_grad_()
    shapes = {"input": (n, inputs), "recurrent": (n, n), "coupling": (n, n)}
    weights = [(random(*shapes[m]) - 0.2).requires_grad_() for m in matrices.split()]
    state, outputs = begin, []
    for _ in range(3):
        y, state = named(packages, name)(x, state, *weights, p=p, dt=case["dt"])
        outputs.append(y)
    y = torch.stack(outputs)
    loss = (y * torch.linspace(0.5, 1.5, y.numel(), dtype=y.dtype).reshape(y.shape)).sum()
    for weight, leaf in enumerate(leaves(state), 1):
        loss = loss + weight * leaf.sum()
    wanted = [v for v in [x, *weights, *leaves(begin), *leaves(p)] if v.requires_grad]
    grads = torch.autograd.grad(loss, wanted, allow_unused=True, materialize_grads=True)
    return y, leaves(state), grads


@pytest.mark.parametrize("name", STEPS)
@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(case=CASES)
def test_steps_agree_on_drawn_parameters(name, case):
    with compat.use_release("1.1.0"):
        y, state, grads = three_steps(THEIRS, name, case)
        y2, state2, grads2 = three_steps(OURS, name, case)
    # Norse computes with the constant of the error function in float32.
    tolerance = 1e-9 if case["dtype"] == torch.float64 else 1e-4
    rough = max(tolerance, 1e-6)
    assert y2.dtype == y.dtype
    torch.testing.assert_close(y2, y, rtol=tolerance, atol=tolerance)
    for a, b in zip(state, state2, strict=True):
        torch.testing.assert_close(b, a.to(b.dtype), rtol=tolerance, atol=tolerance)
    for a, b in zip(grads, grads2, strict=True):
        bound = 10 * rough * max(1.0, float(a.abs().max()))
        torch.testing.assert_close(b, a, rtol=10 * rough, atol=bound)
