"""Nodes are values: frozen, equal by content, hashable, with nir's names and order."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import nir_core as nc

SHAPE = (3,)
FULL = np.full(SHAPE, 0.5)
EXAMPLES = {
    "Input": lambda: nc.Input(SHAPE),
    "Output": lambda: nc.Output(SHAPE),
    "Affine": lambda: nc.Affine(np.ones((2, 3)), np.ones(2)),
    "Linear": lambda: nc.Linear(np.ones((2, 3))),
    "Scale": lambda: nc.Scale(FULL),
    "Conv1d": lambda: nc.Conv1d(8, np.ones((2, 1, 3)), 1, 0, 1, 1, np.ones(2)),
    "Conv2d": lambda: nc.Conv2d((8, 9), np.ones((2, 1, 3, 4)), 1, "same", 1, 1, np.ones(2)),
    "SumPool2d": lambda: nc.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
    "AvgPool2d": lambda: nc.AvgPool2d(2, 2, 0),
    "Flatten": lambda: nc.Flatten((2, 3, 4), 0, -1),
    "Delay": lambda: nc.Delay(FULL),
    "Threshold": lambda: nc.Threshold(FULL),
    "I": lambda: nc.I(FULL),
    "IF": lambda: nc.IF(FULL, FULL),
    "LI": lambda: nc.LI(FULL, FULL, FULL),
    "LIF": lambda: nc.LIF(FULL, FULL, FULL, FULL),
    "CubaLI": lambda: nc.CubaLI(FULL, FULL, FULL, FULL),
    "CubaLIF": lambda: nc.CubaLIF(FULL, FULL, FULL, FULL, FULL),
}
# The positional order of nir 1.0.8.
ORDER = {
    "Input": ("input_type",),
    "Output": ("output_type",),
    "Affine": ("weight", "bias"),
    "Linear": ("weight",),
    "Scale": ("scale",),
    "Conv1d": ("input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"),
    "Conv2d": ("input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"),
    "SumPool2d": ("kernel_size", "stride", "padding"),
    "AvgPool2d": ("kernel_size", "stride", "padding"),
    "Flatten": ("input_type", "start_dim", "end_dim"),
    "Delay": ("delay",),
    "Threshold": ("threshold",),
    "I": ("r",),
    "IF": ("r", "v_threshold", "v_reset"),
    "LI": ("tau", "r", "v_leak"),
    "LIF": ("tau", "r", "v_leak", "v_threshold", "v_reset"),
    "CubaLI": ("tau_syn", "tau_mem", "r", "v_leak", "w_in"),
    "CubaLIF": ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"),
}


def test_there_are_eighteen_primitives() -> None:
    assert set(ORDER) == set(nc.nodes.PRIMITIVES) == set(EXAMPLES)


@pytest.mark.parametrize("name", ORDER)
def test_fields_stand_in_the_order_of_nir(name: str) -> None:
    assert nc.nodes.PRIMITIVES[name].field_names() == ORDER[name]


@pytest.mark.parametrize("name", ORDER)
def test_equal_content_makes_equal_nodes_with_equal_hashes(name: str) -> None:
    a, b = EXAMPLES[name](), EXAMPLES[name]()
    assert a == b
    assert hash(a) == hash(b)
    assert len({a, b}) == 1
    assert a != a.replace(metadata={"note": "x"})


@pytest.mark.parametrize("name", ORDER)
def test_nodes_survive_copy_pickle_and_dictionaries(name: str) -> None:
    node = EXAMPLES[name]().replace(metadata={"a": {"b": [1, 2.5, "c"], "d": np.arange(3)}})
    assert copy.deepcopy(node) == node
    again = pickle.loads(pickle.dumps(node))
    assert again == node
    assert hash(again) == hash(node)
    for parameter in node._parameters:
        assert not getattr(again, parameter).flags.writeable
    assert nc.dict2NIRNode(node.to_dict()) == node


@pytest.mark.parametrize("name", ORDER)
def test_nodes_refuse_change(name: str) -> None:
    node = EXAMPLES[name]()
    for field in (*ORDER[name], "metadata"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(node, field, 1)
    with pytest.raises(nc.NirTypeError, match="values"):
        node.metadata["x"] = 1
    for parameter in node._parameters:
        with pytest.raises(ValueError, match="read-only"):
            getattr(node, parameter)[...] = 0


@pytest.mark.parametrize("name", ORDER)
def test_changing_one_element_of_a_parameter_changes_equality_and_hash(name: str) -> None:
    node = EXAMPLES[name]()
    for parameter in node._parameters:
        value = getattr(node, parameter).copy()
        value.reshape(-1)[-1] += 1
        other = node.replace(**{parameter: value})
        assert other != node
        assert hash(other) != hash(node)


def test_the_array_a_node_was_built_from_can_change_without_changing_the_node() -> None:
    weight = np.ones((2, 2))
    node = nc.Linear(weight)
    weight[0, 0] = 7
    assert node.weight[0, 0] == 1
    view = weight[:]
    view.flags.writeable = False
    node = nc.Linear(view)
    weight[0, 0] = 9
    assert node.weight[0, 0] == 7


def test_a_read_only_array_is_taken_without_a_copy() -> None:
    weight = np.ones((2, 2))
    weight.setflags(write=False)
    assert nc.Linear(weight).weight is weight


def test_missing_reset_is_zero_and_missing_input_weight_is_one() -> None:
    node = nc.CubaLIF(FULL, FULL, FULL, FULL, FULL.astype(np.float32))
    assert node.v_reset.tolist() == [0, 0, 0]
    assert node.v_reset.dtype == np.float32
    assert node.w_in.tolist() == [1, 1, 1]
    assert nc.LIF(0.01, 1.0, 0.0, 1.0).v_reset.shape == ()


def test_w_in_is_spread_over_the_layer() -> None:
    assert nc.CubaLI(FULL, FULL, FULL, FULL, 2.0).w_in.tolist() == [2, 2, 2]


def test_nan_equals_itself_and_minus_zero_differs_from_zero() -> None:
    assert nc.Scale([np.nan]) == nc.Scale([np.nan])
    assert nc.Scale([0.0]) != nc.Scale([-0.0])
    assert nc.Scale(np.ones(2, np.float32)) != nc.Scale(np.ones(2))


@pytest.mark.parametrize("value", ["x", [1j], [object()], [["a"]], [[1], [1, 2]], {"a": 1}])
def test_parameters_must_be_real_numbers(value: object) -> None:
    with pytest.raises(nc.NirTypeError, match=r"Scale\.scale"):
        nc.Scale(value)


def test_replace_names_the_fields_it_knows() -> None:
    with pytest.raises(nc.NirTypeError, match="has no field 'tua'; it has tau, r"):
        nc.LI(1.0, 1.0, 0.0).replace(tua=1)


def test_from_dict_names_missing_and_unknown_fields() -> None:
    with pytest.raises(nc.NirError, match="LI needs the field 'tau'"):
        nc.LI.from_dict({"r": 1.0, "v_leak": 0.0})
    with pytest.raises(nc.NirError, match="LI has no field 'x'"):
        nc.LI.from_dict({"tau": 1.0, "r": 1.0, "v_leak": 0.0, "x": 1})
    with pytest.raises(nc.NirError, match="of type 'LIF'"):
        nc.LI.from_dict({"type": "LIF"})
    with pytest.raises(nc.NirError, match="unknown node type 'Lif'"):
        nc.dict2NIRNode({"type": "Lif"})
    with pytest.raises(nc.NirError, match="no 'type' entry"):
        nc.dict2NIRNode({})


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: nc.Conv2d(None, np.ones((1, 1, 2, 2)), 1, "full", 1, 1, [0.0]), "'same', 'valid'"),
        (lambda: nc.Conv2d(None, np.ones((1, 1, 2, 2)), (1, 2, 3), 0, 1, 1, [0.0]), r"Conv2d\.str"),
        (lambda: nc.Conv1d(None, np.ones((1, 1, 2)), 1.5, 0, 1, 1, [0.0]), "whole number"),
        (lambda: nc.SumPool2d("2", 2, 0), r"SumPool2d\.kernel_size"),
        (lambda: nc.Input([1.5]), "a shape is a list of whole numbers"),
        (lambda: nc.Input({"a": [1], "b": [2]}), "one shape"),
        (lambda: nc.Scale([1.0], metadata=[1]), "metadata is a dictionary"),
        (lambda: nc.Scale([1.0], metadata={1: 2}), "keys are text"),
        (lambda: nc.Scale([1.0], metadata={"a": object()}), "metadata/a"),
    ],
)
def test_nonsense_is_refused_with_the_field_named(build: object, message: str) -> None:
    with pytest.raises(nc.NirError, match=message):
        build()  # type: ignore[operator]


def test_shapes_follow_from_the_parameters() -> None:
    assert nc.Affine(np.ones((4, 2, 3)), np.ones(2)).input_type["input"].tolist() == [4, 3]
    assert nc.Affine(np.ones((4, 2, 3)), np.ones(2)).output_type["output"].tolist() == [4, 2]
    assert nc.SumPool2d(2, 2, 0).input_type == {"input": None}
    assert nc.Conv2d(None, np.ones((1, 1, 2, 2)), 1, 0, 1, 1, [0.0]).output_type["output"] is None
    depthwise = nc.Conv2d((5, 5), np.ones((4, 1, 3, 3)), 1, 0, 1, 4, np.zeros(4))
    assert depthwise.input_type["input"].tolist() == [4, 5, 5]
    assert nc.Scale(2.0).input_type == {"input": None}


def test_reprs_stay_short() -> None:
    assert repr(nc.Linear(np.ones((100, 50)))) == "Linear(weight=float64[100x50] all 1.0)"
    assert repr(nc.Linear(np.arange(6.0).reshape(2, 3))) == "Linear(weight=float64[2x3])"


def test_classes_derived_from_nodes_keep_their_rules() -> None:
    @dataclass(frozen=True, eq=False, repr=False)
    class Tagged(nc.CubaLIF):
        tag: float = 1.0

    node = Tagged([5e-3, 5e-3], [0.01, 0.01], [1, 1], [0, 0], [1.0, 2.0], tag=2.0)  # type: ignore
    assert (node.v_reset == 0).all()
    assert node.w_in.shape == (2,)
    assert not node.v_threshold.flags.writeable
    assert node.tag == 2.0


@pytest.mark.parametrize("shape", [[np.inf], [2**63], [-(2**63)], [1] * 65])
def test_shapes_that_no_array_can_have_are_refused(shape: list[float]) -> None:
    with pytest.raises(nc.NirTypeError, match="shape"):
        nc.Input(shape)


def test_a_convolution_without_a_bias_has_one_of_zeros() -> None:
    weight = np.ones((2, 1, 3, 3), np.float32)
    conv = nc.Conv2d((8, 8), weight, 1, 0, 1, (1, 1), None)  # type: ignore[arg-type]
    assert conv == nc.Conv2d((8, 8), weight, 1, 0, 1, 1, np.zeros(2, np.float32))
    assert conv.bias.dtype == np.float32
    assert nc.Conv1d(8, np.ones((2, 1, 3), int), 1, 0, 1, 1, None).bias.dtype == float  # type: ignore[arg-type]


def test_numbers_that_files_cannot_hold_or_that_are_hidden_are_refused() -> None:
    with pytest.raises(nc.NirTypeError, match="64 bits"):
        nc.Scale(np.ones(2, np.longdouble))
    with pytest.raises(nc.NirTypeError, match="masked"):
        nc.Scale(np.ma.array([1.0, 2.0], mask=[False, True]))
    assert nc.Scale(np.ma.array([1.0, 2.0])).scale.tolist() == [1.0, 2.0]


def test_metadata_that_are_not_a_number_are_equal_to_themselves() -> None:
    one, two = (nc.Scale([1.0], metadata={"a": [float("nan"), {"b": np.nan}]}) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert one == pickle.loads(pickle.dumps(two))
    assert one != nc.Scale([1.0], metadata={"a": [float("nan"), {"b": 0.0}]})
