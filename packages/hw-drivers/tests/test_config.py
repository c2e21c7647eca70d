"""Configurations: limits, dotted paths, JSON and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_drivers import ConfigError, Evk4Biases, Evk4Config, Roi, Window
from hw_drivers.tables.imx636_biases import BIASES


@pytest.mark.parametrize("bias", BIASES, ids=lambda b: b.name)
def test_bias_limits_are_those_of_the_table(bias):
    for value in bias.allowed:
        assert getattr(Evk4Biases(**{bias.name: value}), bias.name) == value
    for value in (bias.allowed[0] - 1, bias.allowed[1] + 1):
        with pytest.raises(ConfigError, match=bias.name):
            Evk4Biases(**{bias.name: value})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Evk4Biases(fo=1.5), "whole number"),
        (lambda: Evk4Biases(fo=True), "whole number"),
        (lambda: Evk4Biases(fo=float("inf")), "whole number"),
        (lambda: Evk4Config(rate_limit=float("nan")), "a number"),
        (lambda: Evk4Config(rate_limit=10), "events/s"),
        (lambda: Evk4Config(bias=3), "Evk4Biases"),
        (lambda: Window(x=1000, width=400), "beyond"),
        (lambda: Roi(mode="invert"), "keep, drop"),
        (lambda: Roi(mode="drop", window=Window(), columns=(1,)), "mode 'drop'"),
        (lambda: Roi(columns=(1280,)), "columns"),
        (lambda: Roi(pixels=((1, 2),) * 65), "at most 64"),
        (lambda: Roi(pixels=((1280, 0),)), "outside"),
        (lambda: Roi(pixels=((1, 2, 3),)), "2 values"),
    ],
)
def test_values_that_cannot_be_are_refused(make, words):
    with pytest.raises(ConfigError, match=words):
        make()


def test_frozen():
    with pytest.raises(AttributeError):
        Evk4Config().rate_limit = 1e6  # type: ignore[misc]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("bias.diff_on", "+20", 20),
        ("bias.fo", "-35", -35),
        ("rate_limit", "20e6", 20e6),
        ("rate_limit", "none", None),
        ("roi.mode", "drop", "drop"),
        ("roi.pixels", "[[1, 2], [3, 4]]", ((1, 2), (3, 4))),
        ("roi.window", '{"x": 1, "width": 5}', Window(x=1, width=5)),
    ],
)
def test_fields_are_set_by_path(path, text, expected):
    config = Evk4Config().with_value(path, text)
    value = config
    for part in path.split("."):
        value = getattr(value, part)
    assert value == expected


@pytest.mark.parametrize("path", ["bais.fo", "bias.foo", "bias", "rate_limit.x", ""])
def test_paths_that_lead_nowhere_are_refused(path):
    with pytest.raises(ConfigError):
        Evk4Config().with_value(path, "1")


@given(path=st.text(max_size=20), text=st.text(max_size=40))
def test_any_text_either_sets_a_field_or_is_a_config_error(path, text):
    try:
        config = Evk4Config().with_value(path, text)
    except ConfigError:
        return
    assert Evk4Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_json_and_back():
    config = Evk4Config(
        bias=Evk4Biases(diff_on=-20, refr=100),
        roi=Roi(window=Window(x=3, y=4, width=5, height=6), rows=(9,), pixels=((7, 8),)),
        rate_limit=5e6,
    )
    assert Evk4Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(ConfigError, match="no field"):
        Evk4Config.from_dict({"biases": {}})
    with pytest.raises(ConfigError):
        Evk4Config.from_dict([1])  # type: ignore[arg-type]


def test_schema_tells_limits_units_and_sources():
    schema = Evk4Config.schema()
    bias = schema["properties"]["bias"]["properties"]["diff_on"]
    assert (bias["type"], bias["minimum"], bias["maximum"]) == ("integer", -150, 200)
    assert bias["x-recommended"] == [-85, 140]
    assert bias["x-source"]
    assert schema["properties"]["roi"]["properties"]["mode"]["enum"] == ["keep", "drop"]
    json.dumps(schema)
