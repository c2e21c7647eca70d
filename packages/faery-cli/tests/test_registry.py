import inspect
from pathlib import Path

import pytest

import faery_cli
from faery_cli import Stream, _stub
from faery_cli.registry import FLAG, Parameter, stage, stages
from faery_cli.units import NUMBER


def test_the_types_of_the_methods_are_those_of_the_registry():
    written = Path(_stub.__file__).with_name("methods.pyi").read_text(encoding="utf-8")
    assert written == _stub.text(), "write it again: python -m faery_cli._stub"


@pytest.mark.parametrize("entry", stages(), ids=lambda e: e.name)
def test_each_stage_is_a_method_with_its_help(entry):
    text = inspect.getdoc(getattr(Stream, entry.method))
    assert entry.summary in text
    for parameter in entry.parameters:
        assert parameter.name in text
        assert parameter.help
    assert entry.example.startswith("fae ")
    assert entry.summary.endswith(".")


@pytest.mark.parametrize("entry", stages(), ids=lambda e: e.name)
def test_defaults_can_be_shown_and_read_back(entry):
    for parameter in entry.parameters:
        if parameter.required or parameter.default is None or parameter.kind is FLAG:
            continue
        assert parameter.read(parameter.kind.show(parameter.default)) == parameter.default


def test_a_stage_cannot_be_declared_twice():
    with pytest.raises(ValueError, match="'crop' is declared twice"):
        stage("crop", "Do something else.", Parameter("x", NUMBER, "a number"))(lambda shape: None)


def test_public_names_are_there():
    for name in faery_cli.__all__:
        assert getattr(faery_cli, name) is not None
    assert set(faery_cli.__all__) <= set(dir(faery_cli))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        faery_cli.nothing  # noqa: B018


def test_a_stage_declared_late_is_a_method_too():
    from faery_cli import registry
    from faery_cli.operation import PerPacket

    stream = faery_cli.open("synth:dots?duration=10ms&size=64x48")
    with pytest.raises(AttributeError, match="no attribute 'every_second'"):
        _ = stream.every_second

    @registry.stage("every-second", "Keep every second event of a packet.")
    def every_second(shape):
        return PerPacket(shape, lambda events: events[::2])

    try:
        assert 0 < len(stream.every_second().events()) < len(stream.events())
    finally:
        del registry._STAGES["every-second"], registry._NAMES["every-second"]
