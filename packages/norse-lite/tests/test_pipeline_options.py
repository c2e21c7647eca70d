"""Options of the pipeline, splits and frames: what each may be, and what they mean."""

import json
import re
import sys
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline_support import config_of, toml_of, write_recordings

from neuro_kernels import Events
from norse_lite import NetworkError
from norse_lite.pipeline import (
    Layout,
    example_config,
    load_config,
    parse_config,
    run,
    to_frames,
)
from norse_lite.pipeline._config import Clean, Data, Frames
from norse_lite.pipeline._recordings import Recording, split


def test_an_example_is_written_once_and_is_valid(tmp_path, capsys, monkeypatch):
    from norse_lite.tasks._cli import main

    monkeypatch.chdir(tmp_path)
    assert main(["pipeline", "--init"]) == 0
    assert load_config("pipeline.toml") == replace(
        parse_config({"data": {"folder": "recordings"}}, base=tmp_path)
    )
    assert main(["pipeline", "--init"]) == 2
    assert "pipeline.toml" in capsys.readouterr().err
    assert main(["pipeline"]) == 2
    assert "--init" in capsys.readouterr().err


def test_the_example_without_its_comment_signs_says_the_defaults(tmp_path):
    lines = example_config().splitlines()
    options = [re.sub(r"^# (?=\w+ = )", "", line) for line in lines]
    text = "\n".join(line for line in options if not line.endswith("= ..."))
    found = parse_config(tomllib.loads(text), base=tmp_path)
    assert found == parse_config({"data": {"folder": "recordings"}}, base=tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trian": {}}, "'trian'; did you mean 'train'"),
        ({"train": {"epoch": 3}}, "'epoch'; did you mean 'epochs'"),
        ({"train": {"epochs": 0}}, "epochs in .train.: expected at least 1, got 0"),
        ({"train": {"epochs": 2.5}}, "whole number"),
        ({"data": {"damaged": "skp"}}, "did you mean 'skip'"),
        ({"data": {"folder": 3}}, "expected a text"),
        ({"data": {"test_share": 1.0}}, "0 to below 1"),
        ({"frames": {"duration": 120}}, "as '120ms'"),
        ({"frames": {"duration": "10us", "steps": 3}}, "take 12 us"),
        ({"frames": {"size": [3]}}, "expected 2 values"),
        ({"train": {"patience": 2}}, "validation_share"),
        ({"network": {"kind": "recurrent", "neuron": "iaf"}}, "recurrent"),
        ({"train": 3}, "must be a table"),
    ],
)
def test_a_wrong_option_is_named_with_what_it_takes(tmp_path, changes, words):
    with pytest.raises(NetworkError, match=words):
        config_of(tmp_path, **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data": {"folder": "nowhere"}}, "nowhere: is no folder"),
        ({"verify": {"profiles": ["nors"]}}, "nors"),
        ({"chips": {"targets": ["spek"]}}, "spek"),
        ({"frameworks": {"names": ["pytorch"]}}, "does not know 'pytorch'"),
        ({"network": {"channels": [2, 2, 2, 2, 2]}}, "too often"),
        ({"network": {"tau_mem": "1ms"}}, "shorter than a step"),
        ({"frames": {"min_events": 10_000}}, "min_events"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path, changes, words):
    write_recordings(tmp_path / "recordings", 2)
    with pytest.raises(NetworkError, match=words):
        run(config_of(tmp_path, **changes))


def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch):
    write_recordings(tmp_path / "recordings", 2)
    monkeypatch.setitem(sys.modules, "aestream_io", None)
    with pytest.raises(NetworkError, match=r"norse-lite\[pipeline\]"):
        run(config_of(tmp_path))


def test_options_of_sections_have_the_types_that_they_declare():
    assert Clean().neighbour == 0
    assert Frames().size == "auto"
    assert Data(folder="x").sensor is None


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(2, 9)), min_size=2, unique_by=lambda v: v[0]
    ),
    st.floats(0.05, 0.9),
    st.floats(0, 0.8),
    st.integers(0, 9),
)
def test_a_split_is_stratified_and_depends_on_the_names_of_a_class_alone(
    classes, tests, checks, seed
):
    found = [
        Recording(f"{label}/{k}", label, False, "", "") for label, n in classes for k in range(n)
    ]
    data = Data(folder="", test_share=tests, validation_share=checks)
    parts, names = split(found, data, seed)
    assert set(parts) == {one.name for one in found}
    assert names == tuple(sorted(label for label, _ in classes))
    for label, n in classes:
        sides = [parts[f"{label}/{k}"] for k in range(n)]
        assert sides.count("train") >= 1
        assert abs(sides.count("test") - max(1, n * tests)) <= 1
    again, _ = split(found[::-1], data, seed)
    assert again == parts
    first = classes[0][0]
    more = [*found, Recording("z/0", "z", False, "", ""), Recording("z/1", "z", False, "", "")]
    wider, _ = split(more, data, seed)
    assert {k: v for k, v in wider.items() if k[0] == first} == {
        k: v for k, v in parts.items() if k[0] == first
    }


@given(st.data())
def test_frames_count_each_event_once_in_its_step_and_place(drawn):
    size = drawn.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    layout = Layout(
        steps=drawn.draw(st.integers(1, 5)),
        step_us=drawn.draw(st.integers(1, 9)),
        size=drawn.draw(st.tuples(st.integers(1, 6), st.integers(1, 6))),
        binary=drawn.draw(st.booleans()),
    )
    n = drawn.draw(st.integers(0, 30))
    rng = np.random.default_rng(drawn.draw(st.integers(0, 99)))
    t, start = rng.integers(-5, 60, n), drawn.draw(st.integers(-9, 9))
    x, y = rng.integers(0, size[0], n), rng.integers(0, size[1], n)
    p = rng.integers(0, 2, n)
    events = Events(t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8), size=size)
    expected = np.zeros(layout.shape, int)
    for k in range(n):
        step = (int(t[k]) - start) // layout.step_us
        if 0 <= step < layout.steps:
            row, column = y[k] * layout.size[1] // size[1], x[k] * layout.size[0] // size[0]
            expected[step, p[k], row, column] += 1
    if layout.binary:
        expected = expected.clip(max=1)
    assert np.array_equal(to_frames(events, layout, start_us=start), expected)


def test_a_dry_run_writes_nothing(tmp_path, capsys):
    from norse_lite.tasks._cli import main

    write_recordings(tmp_path / "recordings", 2)
    config = toml_of(tmp_path)
    assert main(["pipeline", str(config), "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert "class left: 2 recordings" in text
    assert "to do  train" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "recordings"]
    assert main(["pipeline", str(config), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == {"down": 2, "left": 2, "up": 2}
