"""The command `aestream-io`: grammar, exit codes, one-sentence errors."""

import os
import subprocess
import sys

import pytest

import aestream_io
from aestream_io.cli import main
from aestream_io.cli._aestream import parse
from aestream_io.cli._usage import UsageError
from neuro_kernels import Events


def run(capfdbinary, *words):
    code = main(words)
    out, err = capfdbinary.readouterr()
    return code, out.decode(), err.decode()


def test_version_and_help(capfdbinary):
    assert run(capfdbinary, "--version") == (0, f"aestream-io {aestream_io.__version__}\n", "")
    code, out, _ = run(capfdbinary, "--help")
    assert code == 0
    assert "input WHERE" in out
    code, out, err = run(capfdbinary)
    assert (code, out) == (2, "")
    assert "usage:" in err


@pytest.mark.parametrize(
    ("line", "source", "sinks"),
    [
        ("input file a.raw", "a.raw", ["-"]),
        ("input file a.raw output stdout", "a.raw", ["-"]),
        ("input file output output file output", "output", ["output"]),
        ("input stdin output file b.es", "-", ["b.es"]),
        ("input file a.raw output udp", "a.raw", ["udp:localhost:3333?timestamps=no&packet=128"]),
        (
            "input a.raw output udp 10.0.0.2 5000 --include-timestamp output null",
            "a.raw",
            ["udp:10.0.0.2:5000?timestamps=yes&packet=128", "null:"],
        ),
        (
            "input udp output udp ::1 4000 --packet-size 256 --buffer-size 65536",
            "udp:0.0.0.0:3333",
            ["udp:[::1]:4000?timestamps=no&packet=256&buffer=65536"],
        ),
        (
            "input udp 4000 output spif 10.0.0.1 --include-timestamp true",
            "udp:0.0.0.0:4000",
            ["udp:10.0.0.1:3333?timestamps=yes&packet=128"],
        ),
        ("input speck", "zmq:tcp://0.0.0.0:40001?format=speck&size=128x128", ["-"]),
        ("input zmq sock tcp://h:1", "zmq:tcp://h:1?format=speck&size=128x128", ["-"]),
        ("input zmq tcp://h:1 --format frame", "zmq:tcp://h:1?format=frame", ["-"]),
        ("input synth output zmq tcp://*:5", "synth:edges", ["zmq:tcp://*:5?format=frame"]),
        ("input synth output speck", "synth:edges", ["zmq:tcp://0.0.0.0:40001?format=speck"]),
        (
            "input synth output view --width 640 --height 480 --frame_duration 20 -q",
            "synth:edges",
            ["view:127.0.0.1:3336"],
        ),
        ("input prophesee 0123 output view 8080", "evk4:0123", ["view:127.0.0.1:8080"]),
        ("input inivation output file x.csv", "davis346:", ["x.csv"]),
        ("input inivation dvx", "dvxplorer:", ["-"]),
        ("input inivation 0 2 davis", "davis346:", ["-"]),
        ("input stdin --format csv --size 3x4", "-?format=csv&size=3x4", ["-"]),
        ("input udp 127.0.0.1 7 --size 3x4 output -", "udp:127.0.0.1:7?size=3x4", ["-"]),
        ("input synth dots output zmq:x", "synth:dots", ["zmq:x"]),
        ("input emulated:evk4 output file x", "emulated:evk4", ["x"]),
    ],
)
def test_aestreams_grammar(line, source, sinks):
    plan = parse(line.split())
    assert (str(plan.source), [str(s) for s in plan.sinks]) == (source, sinks)


def test_a_file_plays_in_its_own_time_to_whoever_watches():
    assert parse(["input", "file", "a.raw", "output", "udp"]).pace == 1
    assert parse(["input", "file", "a.raw", "output", "file", "b", "output", "view"]).pace == 1
    assert parse(["input", "file", "a.raw", "--ignore-time", "output", "udp"]).pace is None
    assert parse(["input", "file", "a.raw", "output", "file", "b.es"]).pace is None
    assert parse(["input", "synth", "output", "udp"]).pace is None
    assert parse(["input", "inivation", "0", "2", "dvx", "50"]).timeout_us == 50_000
    assert parse(["input", "synth", "--max-packets", "-1"]).max_packets is None


def test_times_in_other_units_are_converted(tmp_path, capfdbinary):
    (tmp_path / "ms.csv").write_text("t,x,y,p\n1,2,3,1\n2,3,4,0\n")
    line = f"input file {tmp_path}/ms.csv --time-unit ms"
    assert run(capfdbinary, *line.split())[1] == "1000,2,3,1\n2000,3,4,0\n"


def test_a_camera_that_is_not_there_is_an_input_error(capfdbinary):
    code, _, err = run(capfdbinary, "input", "prophesee", "output", "null")
    assert code in (2, 3)  # unknown without hw-drivers, not found with it
    assert err.count("\n") == 1


@pytest.mark.parametrize("where", ["front", "back"])
def test_shared_options_may_stand_anywhere(where):
    words = ["input", "synth", "edges", "output", "null"]
    options = ["--max-packets", "3", "-q"]
    plan = parse([words[0], *options, *words[1:]] if where == "front" else [*words, *options])
    assert (plan.source, plan.sinks, plan.max_packets, plan.quiet) == (
        "synth:edges", ["null:"], 3, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("input", "input: expected file PATH, stdin"),
        ("input file", "input file: the following arguments are required: path"),
        ("input nothing", "got 'nothing'"),
        ("input inivation 0 2 speck", "expected the camera davis or dvx"),
        ("input synth output udp --include-timestamp maybe", "expected true or false"),
        ("input file a.raw --time-unit h", "invalid choice"),
        ("input stdin extra", "unrecognized arguments: extra"),
        ("input synth output", "output: expected stdout, file PATH"),
        ("input synth output window", "got 'window'"),
        ("input synth output udp h 1 --packet-size 0", "at least one event"),
        ("input synth --max-packets -3", "invalid"),
    ],
)
def test_lines_that_mean_nothing_are_refused(line, message, capfdbinary):
    with pytest.raises(UsageError, match=message):
        parse(line.split())
    code, out, err = run(capfdbinary, *line.split())
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_input_and_output_move_events(capfdbinary):
    line = "input synth bar output stdout output null --max-packets 1"
    code, out, err = run(capfdbinary, *line.split())
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == 50_000
    t, x, y, p = map(int, lines[0].split(","))
    assert t >= 0
    assert x < 640
    assert y < 480
    assert p in (0, 1)
    assert "to null: 50000 events" in err
    assert "to - 50000 events" in err


def test_route_with_limits_and_quiet(capfdbinary):
    code, out, err = run(
        capfdbinary, "route", "synth:noise?rate=1k", "-", "null:", "--max-events", "10", "--quiet"
    )
    assert (code, out.count("\n"), err) == (0, 10, "")
    code, out, err = run(capfdbinary, "route", "synth:noise?rate=1k", "-", "--for", "100ms")
    assert code == 0
    times = [int(line.split(",")[0]) for line in out.splitlines()]
    assert times[-1] - times[0] < 100_000
    assert 80 <= len(times) <= 101
    assert f"{len(times)} events" in err


def test_events_sent_by_the_command_arrive(capfdbinary):
    with aestream_io.open("udp:127.0.0.1:0?size=64x64&timeout=20s") as source:
        line = f"route synth:dots?size=64x64&duration=20ms udp:127.0.0.1:{source.port} --pace 1e6"
        assert run(capfdbinary, *line.split())[0] == 0
        parts, total = [], 0
        for events in source:
            parts.append(events)
            total += len(events)
            if total == 20_000:
                break
    expected = list(aestream_io.open("synth:dots?size=64x64&duration=20ms"))
    assert Events.concatenate(parts) == Events.concatenate(expected)


def test_list_names_schemes(capfdbinary):
    code, out, _ = run(capfdbinary, "list")
    assert code == 0
    assert "udp" in out
    assert "formats:" in out


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("fly", 2, "unknown command 'fly'"),
        ("route synth:bar", 2, "required: sink"),
        ("route synth:bar null: --pace 0", 2, "--pace: expected a factor above 0"),
        ("route synth:bar null: --pace fast", 2, "expected a number"),
        ("route synth:bar null: --for 10", 2, "add the unit"),
        ("route synth:bar?rate=1q null:", 2, "expected a number"),
        ("route synth:foo null:", 2, "scene: expected one of"),
        ("route upd:3333 null:", 2, "unknown scheme 'upd'; did you mean udp:"),
        ("route synth:bar?duration=1ms tcpp:3333", 2, "unknown scheme 'tcpp' for an output"),
        ("route udp:127.0.0.1:notaport null:", 2, "expected a port"),
        ("route udp:203.0.113.77:9 null:", 3, "cannot receive on 203.0.113.77:9"),
        ("input fil a.raw", 2, "got 'fil'; did you mean file?"),
        ("input synth output fiel", 2, "got 'fiel'; did you mean file?"),
        ("input udp nosuchhost..invalid", 3, "cannot find the host 'nosuchhost..invalid'"),
        ("route synth:bar?duration=1ms udp:nosuchhost..invalid", 4, "cannot find the host"),
    ],
)
def test_errors_are_one_sentence_with_the_right_exit_code(line, code, message, capfdbinary):
    got, out, err = run(capfdbinary, *line.split())
    assert (got, out, err.count("\n")) == (code, "", 1), err
    assert err.startswith("aestream-io: ")
    assert message in err


def test_a_port_in_use_is_an_input_error(capfdbinary):
    with aestream_io.open("udp:127.0.0.1:0") as source:
        code, _, err = run(capfdbinary, *f"input udp 127.0.0.1 {source.port} output null".split())
    assert (code, err.count("\n")) == (3, 1)
    assert "another program has the port" in err


def command(*words):
    return [sys.executable, "-c", "import sys; from aestream_io.cli import main; sys.exit(main())",
            *words]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="pipes close differently on Windows")
def test_a_closed_pipe_ends_silently():
    with subprocess.Popen(
        command("route", "synth:noise", "-"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().count(b",") == 3
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently on Windows")
@pytest.mark.parametrize(("duration", "code"), [("", 0), ("&duration=1h", 130)])
def test_ctrl_c_is_the_end_of_a_live_stream_alone(duration, code):
    import signal

    # A test run that a shell put in the background ignores interrupts, and its children inherit it.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    python, flag, code_, *words = command(
        "route", f"synth:noise?rate=1k{duration}", "-", "--pace", "1"
    )
    with subprocess.Popen(
        [python, flag, heard + code_, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert b"from synth:noise" in err
    assert err.count(b"\n") == 2


def test_the_package_loads_nothing_heavy():
    code = (
        "import sys, aestream_io\n"
        "assert 'numpy' not in sys.modules, 'numpy'\n"
        "aestream_io.open\n"
        "heavy = {'torch', 'h5py', 'jax', 'aestream_io.sources.udp'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_unknown_names_of_the_package_are_told():
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        _ = aestream_io.opne
    assert set(aestream_io.__all__) <= set(dir(aestream_io))
    for name in aestream_io.__all__:
        assert getattr(aestream_io, name) is not None


def test_the_package_is_run_as_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "aestream_io", "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, f"aestream-io {aestream_io.__version__}\n")
