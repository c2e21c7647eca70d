"""Configurations: limits, dotted paths, JSON and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_drivers import ConfigError, Evk4Biases, Evk4Config, Roi, Window, schema
from hw_drivers.config.schema import field_rows
from hw_drivers.devices import DRIVERS
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
        ("roi.window", "320, 180, 640, 360", Window(x=320, y=180, width=640, height=360)),
        ("roi", '{"rows": [4]}', Roi(rows=(4,))),
        ("roi.rows", "1,2,3", (1, 2, 3)),
        ("roi.rows", "7", (7,)),
        ("roi.rows", "", ()),
        ("trigger_in", "off", False),
    ],
)
def test_fields_are_set_by_path(path, text, expected):
    config = Evk4Config().with_value(path, text)
    value = config
    for part in path.split("."):
        value = getattr(value, part)
    assert value == expected


def test_entries_of_lists_and_of_groups_that_are_none_are_set_by_path():
    config = Evk4Config().with_value("roi.pixels[+]", "[1, 2]").with_value("roi.pixels[+]", "3,4")
    assert config.roi.pixels == ((1, 2), (3, 4))
    config = config.with_value("roi.pixels[0][1]", "+9").with_value("roi.pixels.1.0", "8")
    assert config.roi.pixels == ((1, 9), (8, 4))
    config = config.with_value("roi.window.width", "640").with_value("crop.height", "5")
    assert config.roi.window == Window(width=640)
    assert config.crop == Window(height=5)
    for path in ("roi.pixels[2]", "roi.pixels[-1]", "roi.pixels[0][2]", "roi.pixels[0", "roi..x"):
        with pytest.raises(ConfigError):
            config.with_value(path, "1")


def test_values_that_fit_only_together_may_come_in_any_order():
    values = [("roi.window.x", "320"), ("roi.window.y", "10"), ("roi.window.width", "640"),
              ("roi.window.height", "300")]  # fmt: skip
    for order in (values, values[::-1]):
        window = Evk4Config().with_values(order).roi.window
        assert window == Window(x=320, y=10, width=640, height=300)
    with pytest.raises(ConfigError, match="beyond"):
        Evk4Config().with_values([("bias.fo", "3"), ("roi.window.x", "320")])


def test_unknown_names_are_answered_with_the_nearest_one():
    for call in (
        lambda: Evk4Config().with_value("roi.pixel", "[]"),
        lambda: Evk4Config.from_dict({"roi": {"pixel": []}}),
    ):
        with pytest.raises(ConfigError, match="did you mean 'pixels'"):
            call()


@pytest.mark.parametrize("name", ["c.json", "c.toml", "C.TOML"])
def test_files_and_back(tmp_path, name):
    config = Evk4Config(
        bias=Evk4Biases(diff_on=-20),
        roi=Roi(window=Window(x=3, y=4, width=5, height=6), rows=(9,), pixels=((7, 8),)),
        rate_limit=5e6,
        trigger_in=False,
        clock="primary",
    )
    config.save(tmp_path / name)
    assert Evk4Config.load(tmp_path / name) == config
    Evk4Config().save(tmp_path / name)
    assert Evk4Config.load(tmp_path / name) == Evk4Config()
    assert [p.name for p in tmp_path.iterdir()] == [name]


@given(data=st.binary(max_size=80), toml=st.booleans())
def test_any_file_is_a_configuration_or_a_config_error(tmp_path_factory, data, toml):
    path = tmp_path_factory.mktemp("c") / ("c.toml" if toml else "c.json")
    path.write_bytes(data)
    try:
        assert isinstance(Evk4Config.load(path), Evk4Config)
    except ConfigError as error:
        text = str(error)
    else:
        return
    assert str(path) in text


def conforms(value, schema):
    """Whether a value is what a schema of ours says."""
    if "anyOf" in schema:
        return any(conforms(value, option) for option in schema["anyOf"])
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    kind = schema["type"]
    if kind in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    if not isinstance(value, kinds[kind]):
        return False
    if kind == "object":
        known = schema["properties"]
        return set(value) <= set(known) and all(conforms(v, known[k]) for k, v in value.items())
    if kind == "array":
        inner = schema["items"]
        parts = schema.get("prefixItems", [inner] * len(value))
        return len(parts) == len(value) and all(map(conforms, value, parts))
    return value in schema.get("enum", [value])


@pytest.mark.parametrize("key", DRIVERS)
def test_the_schema_of_every_device_takes_its_defaults_and_its_limits(key):
    kind = DRIVERS[key].load("config")
    described = schema(kind)
    assert conforms(kind().to_dict(), described)
    assert not conforms({"no such field": 1}, described)
    for row in field_rows(kind):
        assert row.doc.endswith("."), row.path
        if row.kind in ("integer", "number") and row.allowed and row.default is not None:
            assert row.allowed[0] <= row.default <= row.allowed[1], row.path
        if row.recommended:
            assert row.allowed is None or row.allowed[0] <= row.recommended[0], row.path


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
    described = Evk4Config.schema()
    bias = described["properties"]["bias"]["properties"]["diff_on"]
    assert (bias["type"], bias["minimum"], bias["maximum"]) == ("integer", -150, 200)
    assert bias["x-recommended"] == [-85, 140]
    assert bias["x-source"]
    assert described["properties"]["roi"]["properties"]["mode"]["enum"] == ["keep", "drop"]
    json.dumps(described)
