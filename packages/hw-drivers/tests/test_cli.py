"""The command: output, one-sentence errors, exit codes."""

import json

import pytest

from hw_drivers.cli import main
from hw_drivers.devices import DRIVERS
from neuro_kernels import codecs

QUICK = "emulated:evk4?realtime=0&rate=1e6&duration=20ms"


def run(capsys, *words):
    code = main(list(words))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_list(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert "emulated:evk4" in out
    assert "[emulated]" in out
    code, out, _ = run(capsys, "list", "--json")
    assert "emulated:evk4" in [info["uri"] for info in json.loads(out)]


def test_info(capsys):
    code, out, _ = run(capsys, "info", QUICK)
    assert code == 0
    assert "00050001" in out
    assert "1280 x 720" in out
    code, out, _ = run(capsys, "info", "--json", QUICK)
    assert json.loads(out)["firmware"] == "3.9.0"


def test_record(capsys, tmp_path):
    path = tmp_path / "out.raw"
    code, out, _ = run(capsys, "record", QUICK, str(path), "--set", "bias.diff_on=+20")
    assert code == 0
    assert "0 missing" in out
    payload = path.read_bytes().partition(b"% end\n")[2]
    events, _, _ = codecs.decode("evt3", payload, size=(1280, 720))
    assert f"{len(events)} events" in out


def test_record_stops_after_the_duration(capsys, tmp_path):
    path = tmp_path / "out.raw"
    uri = "emulated:evk4?realtime=0&rate=1e6"
    code, _, _ = run(capsys, "record", uri, str(path), "--duration", "30ms")
    assert code == 0
    payload = path.read_bytes().partition(b"% end\n")[2]
    events, _, _ = codecs.decode("evt3", payload, size=(1280, 720))
    assert 30_000 <= int(events.t[-1]) < 32_000


@pytest.mark.parametrize("kind", ["evk4", "davis346", "edvs"])
def test_a_short_time_is_no_longer_than_it_was_asked_for(capsys, kind):
    uri = f"{kind}?realtime=0&rate=1e6"
    code, out, _ = run(capsys, "emulate", uri, "--duration", "5ms")
    assert code == 0
    assert 5000 <= int(out.split()[1]) <= 7500


def test_config_prints_what_can_be_read_again(capsys, tmp_path):
    code, out, _ = run(capsys, "config", "evk4", "--set", "bias.fo=-10", "--set", "rate_limit=5e6")
    assert code == 0
    assert json.loads(out)["bias"]["fo"] == -10
    file = tmp_path / "config.json"
    file.write_text(out)
    code, again, _ = run(capsys, "config", "evk4", "--config", str(file))
    assert (code, again) == (0, out)
    code, out, _ = run(capsys, "config", "evk4", "--schema")
    assert json.loads(out)["properties"]["bias"]


def test_emulate(capsys):
    code, out, _ = run(
        capsys, "emulate", "evk4?realtime=0&rate=1e6", "--duration", "20ms", "--registers",
        "--set", "bias.diff_on=20",
    )  # fmt: skip
    assert code == 0
    assert "0 lost" in out
    assert "00001010 11A1007A" in out


@pytest.mark.parametrize(
    "words",
    [
        ["info", "evk4:123"],
        ["info", "emulated:evk4?raet=1"],
        ["record", QUICK, "/no/such/folder/x.raw"],
        ["record", QUICK, "x.raw", "--set", "bias.diff_on=999"],
        ["record", QUICK, "x.raw", "--set", "bias.diff_on"],
        ["config", "evk9"],
        ["config", "evk4", "--config", "/no/such/file"],
        ["emulate", "evk4?scene=sea"],
    ],
)
def test_errors_are_one_sentence_and_exit_code_1(capsys, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert (code, out) == (1, "")
    assert err.startswith("hw-drivers: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["nonsense"], ["record", QUICK, "x", "--duration", "-1s"]])
def test_wrong_usage_is_exit_code_2(capsys, words):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2


def test_a_broken_config_file_is_told(capsys, tmp_path):
    for name, text, words in (
        ("c.json", "{", "is not JSON"),
        ("c.toml", "= 1", "is not TOML"),
        ("c.yaml", "", ".json or .toml"),
        ("d.json", '{"bais": {}}', "did you mean 'bias'?"),
    ):
        file = tmp_path / name
        file.write_text(text)
        code, _, err = run(capsys, "config", "evk4", "--config", str(file))
        assert code == 1
        assert str(file) in err
        assert words in err


@pytest.mark.parametrize("device", DRIVERS)
def test_every_device_has_schema_fields_and_files(capsys, tmp_path, device):
    code, out, _ = run(capsys, "config", device, "--schema")
    assert code == 0
    assert json.loads(out)["type"] == "object"
    code, out, _ = run(capsys, "config", device, "--fields")
    assert (code, len(out.splitlines()) >= 1) == (0, True)
    _, plain, _ = run(capsys, "config", device)
    _, toml, _ = run(capsys, "config", device, "--toml")
    for name, text in (("printed.toml", toml), ("printed.json", plain)):
        (tmp_path / name).write_text(text)
        code, again, _ = run(capsys, "config", device, "--config", str(tmp_path / name))
        assert (code, again) == (0, plain)
    written = tmp_path / "written.toml"
    assert run(capsys, "config", device, "-o", str(written))[0] == 0
    assert written.read_text() == toml


def test_unplugged_while_recording_is_exit_code_1(capsys, tmp_path):
    path = tmp_path / "u.raw"
    uri = "emulated:evk4?realtime=0&unplug_after=5ms"
    code, _, err = run(capsys, "record", uri, str(path))
    assert code == 1
    assert "was disconnected" in err
    assert path.exists()
