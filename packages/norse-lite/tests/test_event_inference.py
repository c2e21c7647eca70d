"""Chains that run by events without gradients, against the same chains run module by module."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from norse_lite import (
    IAF,
    LI,
    LIF,
    AdaLIF,
    CubaLIF,
    EventConv2d,
    EventLinear,
    LIFAdEx,
    LIFBox,
    LIFRecurrent,
    LIFRefrac,
    NetworkError,
    SequentialState,
)

NEURONS = [
    lambda: LIF(),
    lambda: LIF(reset="subtract", v_th=0.5, v_leak=0.1),
    lambda: LIFBox(v_leak=2.0),  # fires by itself, and so would the padding
    lambda: IAF(),
    lambda: CubaLIF(w_in=5.0),
    lambda: AdaLIF(),
    lambda: LIFRefrac(),
    lambda: LIFAdEx(),
]


def whole_numbers(module):
    """Make every sum of weights exact, so that its order does not count."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.randint(-6, 9, p.shape, generator=generator) / 8)
    return module


def spikes(shape, density, seed, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(shape, generator=generator) < density).to(dtype)


def both(network):
    plain = copy.deepcopy(network)
    plain.event_driven, network.event_driven = False, True
    return network, plain


def same(a, b):
    assert torch.equal(a[0], b[0])
    for one, other in zip(a[1], b[1], strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert type(one) is type(other)
            for name, x, y in zip(one._fields, one, other, strict=True):
                assert torch.equal(x, y), name


@st.composite
def conv_chains(draw):
    channels = draw(st.sampled_from([1, 2, 3, 16]))
    first, second = draw(st.sampled_from([1, 5, 16, 17, 33])), draw(st.sampled_from([2, 16, 20]))
    kernel = draw(st.sampled_from([1, 2, 3, 5]))
    options = {
        "stride": draw(st.sampled_from([1, 1, 2])),
        "padding": draw(st.sampled_from([0, kernel // 2, 3])),
        "dilation": draw(st.sampled_from([1, 1, 2])) if kernel < 5 else 1,
        "bias": draw(st.booleans()),
    }
    pool = draw(
        st.sampled_from([nn.Identity(), nn.AvgPool2d(2), nn.MaxPool2d((2, 4)), nn.MaxPool2d(2)])
    )
    height, width = draw(st.sampled_from([(12, 12), (11, 17)]))
    neuron = draw(st.sampled_from(NEURONS))
    front = SequentialState(nn.Conv2d(channels, first, kernel, **options), neuron(), pool)
    x = torch.zeros(1, 1, channels, height, width)
    shape = front(x)[0].shape[2:]
    network = SequentialState(
        *front,
        nn.Conv2d(first, second, 3, padding=1),
        draw(st.sampled_from(NEURONS))(),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(second * shape[1] * shape[2], 4),
        *([LI()] if draw(st.booleans()) else []),
    ).eval()
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    steps, batch = draw(st.integers(1, 7)), draw(st.integers(1, 3))
    density = draw(st.sampled_from([0.0, 0.05, 0.5]))
    size = (steps, batch, channels, height, width)
    return whole_numbers(network.to(dtype)), spikes(size, density, draw(st.integers(0, 99)), dtype)


@settings(max_examples=40)
@given(conv_chains())
def test_events_give_the_bits_of_the_modules(case):
    network, x = case
    with torch.no_grad():
        events, plain = both(network)
        expected = plain(x)
        same(events(x), expected)
        same(events(x), expected)  # in one compiled call, where all layers run by events


@settings(max_examples=40)
@given(conv_chains(), st.integers(0, 7))
def test_a_sequence_may_be_cut_anywhere(case, cut):
    network, x = case
    with torch.no_grad():
        events, plain = both(network)
        first, state = events(x[:cut])
        second, last = events(x[cut:], state)
        same((torch.cat([first, second]), last), plain(x))


@pytest.mark.parametrize("neuron", NEURONS)
def test_every_compiled_neuron_stands_behind_events(neuron):
    network = SequentialState(whole_numbers(nn.Linear(12, 9)), neuron(), nn.Linear(9, 3), LI())
    whole_numbers(network[2])
    x = 4 * spikes((20, 3, 12), 0.3, 1)  # values of 4
    with torch.no_grad():
        events, plain = both(network)
        same(events(x), plain(x))


def test_parameters_may_differ_between_neurons():
    layer = LIF(tau_mem=torch.linspace(5e-3, 2e-2, 5).view(5, 1, 1), v_th=torch.rand(5, 6, 6))
    network = SequentialState(whole_numbers(nn.Conv2d(2, 5, 3)), layer, nn.Flatten())
    x = spikes((9, 2, 2, 8, 8), 0.4, 2)
    with torch.no_grad():
        events, plain = both(network)
        same(events(x), plain(x))
    network[1] = LIF(v_th=torch.rand(4))
    with torch.no_grad(), pytest.raises(NetworkError, match="v_th of shape"):
        network(x)


def test_other_modules_may_stand_between():
    network = SequentialState(
        nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4)),
        LIF(),
        nn.Sequential(nn.AvgPool2d(3, stride=2), nn.Conv2d(4, 4, 1)),
        LIF(v_th=0.1),
        nn.Flatten(),
        nn.Linear(36, 7),
        SequentialState(LIFRecurrent(7, 5), nn.Linear(5, 5)),
        LI(),
    ).eval()
    whole_numbers(network[2]), whole_numbers(network[5])
    x = spikes((9, 2, 2, 9, 9), 0.4, 4)
    events, plain = both(network)
    events[6].event_driven = False
    with torch.no_grad():
        y, state = events(x)
        expected, last = plain(x)
    assert torch.equal(y, expected)
    for a, b in zip(state[6][0], last[6][0], strict=True):
        assert torch.equal(a, b)


def test_a_chain_goes_on_layer_by_layer_where_its_spikes_become_many(monkeypatch):
    network = whole_numbers(
        SequentialState(nn.Linear(400, 500), LIF(), nn.Linear(500, 300), LIF(), nn.Linear(300, 64))
    )
    network[0].weight.data.fill_(0.0625)
    network[2].weight.data.div_(16)
    for layer in network[::2]:
        layer.bias.data.zero_()
    events, plain = both(network)
    few, more, many = (spikes((40, 4, 400), density, 7) for density in (0.01, 0.12, 0.6))
    with torch.no_grad():
        events(few)
        compiled, ran = events._plan.compiled, []
        run = compiled.run
        monkeypatch.setattr(compiled, "run", lambda *a: ran.append(run(*a)) or ran[-1])
        compiled.limits = [100, 100, 300]  # entries per frame
        for x in (few, more, many, few):
            same(events(x), plain(x))
    assert [done[0] for done in ran] == [3, 1, 0, 3]


def test_a_compiled_chain_sees_replaced_and_widened_weights():
    network = whole_numbers(SequentialState(nn.Linear(6, 5), LIF(), nn.Linear(5, 2)))
    x = spikes((30, 1, 6), 0.5, 5)
    events, plain = both(network)
    with torch.no_grad():
        events(x)
        assert events._plan.compiled is not None
        for one in (events, plain):
            one[0].weight = nn.Parameter(one[0].weight * 2)
            one[2].bias = None
        same(events(x), plain(x))
        same(events(x), plain(x))
        for one in (events, plain):
            one.double()
        same(events(x.double()), plain(x.double()))


def test_changed_weights_and_parameters_are_seen():
    network = whole_numbers(SequentialState(nn.Linear(6, 5), LIF(), nn.Linear(5, 2)))
    x = spikes((30, 1, 6), 0.5, 5)
    events, plain = both(network)
    with torch.no_grad():
        before, _ = events(x)
        for one in (events, plain):
            one[0].weight.data.mul_(2)  # which no version counter notices
            one[2].bias.data.add_(0.5)
            one[1].v_th.fill_(0.7)
        same(events(x), plain(x))
        assert not torch.equal(events(x)[0], before)


def test_an_unexpected_state_is_refused():
    network = SequentialState(nn.Linear(6, 5), LIF(), nn.Linear(5, 2), event_driven=True)
    x = spikes((3, 2, 6), 0.5, 6)
    with torch.no_grad():
        _, state = network(x)
        with pytest.raises(NetworkError, match="does not fit"):
            network(spikes((3, 4, 6), 0.5, 6), state)
        with pytest.raises(NetworkError, match="state must be LIFState"):
            network(x, (None, 1.0, None))


def test_states_given_back_are_not_written_to():
    network = whole_numbers(SequentialState(nn.Conv2d(2, 16, 3), LIF(), nn.Flatten()))
    network.event_driven = True
    x = spikes((4, 2, 2, 6, 6), 0.5, 7)
    with torch.no_grad():
        _, state = network(x)
        kept = copy.deepcopy(state)
        again = [network(x, state)[0] for _ in range(2)]
    assert torch.equal(again[0], again[1])
    assert torch.equal(state[1].v, kept[1].v)
    assert torch.equal(state[1].i, kept[1].i)


def test_hooks_see_every_module():
    network = SequentialState(nn.Linear(6, 5), LIF(), nn.Linear(5, 2), event_driven=True)
    seen = []
    network[2].register_forward_hook(lambda module, args, out: seen.append(out.shape))
    with torch.no_grad():
        network(spikes((3, 2, 6), 0.5, 8))
    assert seen == [(6, 2)]


def test_without_being_asked_only_event_layers_run_by_events(monkeypatch):
    from norse_lite import inference, sequential

    ran = []
    monkeypatch.setattr(
        sequential,
        "run_by_events",
        lambda *a: ran.append(a) or inference.run_by_events(*a),
    )
    x = spikes((20, 2, 40), 0.05, 9)
    torch_layers = SequentialState(nn.Linear(40, 64), LIF(), nn.Linear(64, 3))
    event_layers = SequentialState(EventLinear(40, 64), LIF(), EventLinear(64, 3))
    event_layers.load_state_dict(torch_layers.state_dict())
    with torch.no_grad():
        torch_layers(x)
        assert not ran
        y, _ = event_layers(x)
        assert ran
    expected, _ = torch_layers(x)
    assert torch.allclose(y, expected, atol=1e-5)
    event_layers(x)[0].sum().backward()  # with a gradient, module by module
    assert len(ran) == 1


def test_dense_inputs_run_module_by_module():
    x = torch.rand(20, 2, 3, 10, 10)
    network = SequentialState(EventConv2d(3, 32, 3), LIF(), nn.Flatten(), EventLinear(2048, 3))
    plain = copy.deepcopy(network)
    plain.event_driven = False
    with torch.no_grad():
        same(network(x), plain(x))


def test_plans_are_left_out_of_copies_and_pickles():
    network = whole_numbers(SequentialState(nn.Linear(6, 5), LIF(), nn.Linear(5, 2)))
    network.event_driven = True
    x = spikes((3, 2, 6), 0.5, 10)
    with torch.no_grad():
        y, _ = network(x)
        for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
            assert twin._plan is None
            assert torch.equal(twin(x)[0], y)
    with torch.inference_mode():
        assert torch.equal(network(x)[0], y)
