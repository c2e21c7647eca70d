"""Parameters of neurons: constants, learned values, devices, dtypes, mistakes."""

import pytest
import torch

from norse_lite import (
    LI,
    LIF,
    LIFMC,
    LIFBox,
    LIFConvRecurrent,
    LIFRecurrent,
    NetworkError,
    functional,
)


def test_a_constant_keeps_its_precision_whatever_the_network_is_converted_to():
    layer = LIF(tau_mem=0.0123)
    layer.half().double().float()
    assert layer.tau_mem.dtype == torch.float64
    assert layer.tau_mem.item() == 0.0123


def test_constants_follow_to_another_device():
    layer = LIF(learn=("v_th",)).to("meta")
    assert {p.device.type for p in (*layer.parameters(), *layer.buffers())} == {"meta"}


def test_a_learned_time_constant_stays_positive_and_moves_relatively():
    layer = LIF(tau_mem=10e-3, learn=("tau_mem",))
    assert layer.tau_mem.item() == pytest.approx(10e-3)
    optimiser = torch.optim.SGD(layer.parameters(), lr=1e3)
    layer(torch.rand(20, 1, 3))[1].v.sum().backward()
    optimiser.step()
    assert layer.tau_mem.item() > 0
    assert layer.tau_mem.item() != pytest.approx(10e-3)


def test_changing_a_constant_in_place_takes_effect():
    x = torch.rand(30, 2, 3) * 2
    layer = LIF()
    before = layer(x)[0]
    layer.v_th.fill_(0.2)
    after = layer(x)[0]
    assert after.sum() > before.sum()
    assert torch.equal(after, LIF(v_th=0.2)(x)[0])


def test_per_neuron_values_broadcast_to_the_layer():
    x = 2 * torch.rand(40, 2, 3, 4, 4)
    thresholds = torch.tensor([0.5, 1.0, 2.0])
    whole, _ = LIF(v_th=thresholds[:, None, None])(x)
    for channel, v_th in enumerate(thresholds.tolist()):
        assert torch.equal(whole[:, :, channel], LIF(v_th=v_th)(x[:, :, channel])[0])


def test_gradients_of_a_broadcast_value_are_summed():
    layer = LIF(v_th=torch.ones(3, 1, 1), learn=("v_th",))
    layer(2 * torch.rand(20, 2, 3, 4, 4))[0].sum().backward()
    assert layer.v_th.grad.shape == (3, 1, 1)
    assert layer.v_th.grad.abs().sum() > 0


def test_a_learned_rest_gets_the_gradient_of_the_initial_state():
    losses = {}
    for backend in ("auto", "reference"):
        layer = LI(v_leak=0.3, learn=("v_leak",), backend=backend)
        layer(torch.zeros(5, 2, 3))[0].sum().backward()
        losses[backend] = layer.v_leak.grad
    assert torch.allclose(losses["auto"], losses["reference"])
    assert losses["auto"].item() == pytest.approx(30.0, rel=1e-5)  # v stays at v_leak


def test_the_exact_integrator_does_not_depend_on_the_step():
    coarse, fine = (LI(dt=dt, integrator="exact") for dt in (1e-3, 1e-4))
    x = torch.zeros(20, 1, 1, dtype=torch.float64)
    x[0] = 1.0
    x_fine = torch.zeros(200, 1, 1, dtype=torch.float64)
    x_fine[0] = 1.0
    torch.testing.assert_close(coarse(x)[0], fine(x_fine)[0][9::10], rtol=1e-10, atol=1e-12)
    same = LI(tau_syn=10e-3, dt=1e-3, integrator="exact")
    near = LI(tau_syn=10.000001e-3, dt=1e-3, integrator="exact")
    torch.testing.assert_close(same(x)[0], near(x)[0], rtol=1e-6, atol=1e-9)


def test_mistakes_are_named():
    with pytest.raises(
        NetworkError, match=r"LIF has no parameter 'tau_men'.*did you mean 'tau_mem'"
    ):
        LIF(tau_men=1e-2)
    with pytest.raises(NetworkError, match="tau_mem must be positive"):
        LIF(tau_mem=0.0)
    with pytest.raises(NetworkError, match="v_th must be finite"):
        LIF(v_th=float("nan"))
    with pytest.raises(NetworkError, match="v_th must be a number or a tensor"):
        LIF(v_th="high")
    with pytest.raises(NetworkError, match="LIFBox has no parameter 'tau_syn'"):
        LIFBox(learn=("tau_syn",))
    with pytest.raises(NetworkError, match="dt must be a positive number"):
        LIF(dt=0)
    with pytest.raises(NetworkError, match="backend must be"):
        LIF(backend="cuda")
    with pytest.raises(NetworkError, match="reset must be 'value' or 'subtract', not 'zero'"):
        LIF(reset="zero")
    with pytest.raises(NetworkError, match="integrator must be 'euler' or 'exact', not 'rk4'"):
        LIF(integrator="rk4")
    with pytest.raises(NetworkError, match="learn must be names of parameters, not True"):
        LIF(learn=True)
    with pytest.raises(NetworkError, match=r"g_coupling must be one number or \(4, 4\)"):
        LIFMC(g_coupling=torch.rand(3, 3))(torch.rand(5, 2, 4))
    with pytest.raises(NetworkError, match="recurrent_kernel_size must be odd"):
        LIFConvRecurrent(2, 3, 4)
    with pytest.raises(NetworkError, match=r"input must be \(T, B, 2, height, width\)"):
        LIFConvRecurrent(2, 3, 3)(torch.rand(5, 1, 3, 8, 8))
    with pytest.raises(NetworkError, match="dt must be a positive number"):
        functional.lif_sequence(torch.rand(3, 2, 1), dt=-1.0)
    with pytest.raises(NetworkError, match="input must be a floating tensor"):
        LIF()(torch.ones(3, 2, 1, dtype=torch.int64))
    with pytest.raises(
        NetworkError, match=r"input must be \(T, B, \*shape\), got the shape \(3,\)"
    ):
        LIF()(torch.ones(3))
    with pytest.raises(NetworkError, match=r"v_th of shape \(4,\) does not fit a layer of shape"):
        LIF(v_th=torch.ones(4))(torch.rand(3, 2, 5))
    with pytest.raises(NetworkError, match="state must be LIFState"):
        LIF()(torch.rand(3, 2, 5), (torch.rand(2, 5),))
    with pytest.raises(NetworkError, match=r"state v of shape \(2, 6\) does not fit"):
        LIF()(torch.rand(3, 2, 5), (torch.rand(2, 6), torch.rand(2, 5)))
    with pytest.raises(NetworkError, match=r"recurrent_weights must have the shape \(4, 4\)"):
        LIFRecurrent(3, 4, recurrent_weights=torch.rand(3, 3))


def test_one_name_to_learn_needs_no_tuple():
    assert LIF(learn="tau_mem").learn == ("tau_mem",)


def test_a_time_constant_in_milliseconds_is_warned_about():
    with pytest.warns(UserWarning, match="are both in seconds"):
        LIF(tau_mem=20.0)
    with pytest.warns(UserWarning, match="dt / tau_syn is 2"):
        LIF(tau_syn=0.5e-3)
