"""Entry point: finds the command, runs it, turns errors into one sentence and an exit code.

Exit codes: 0 done, 2 wrong usage, 3 the input cannot be read, 4 the output cannot be written,
130 interrupted before the end of a recording.
"""

import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence

__all__ = ["main"]

OK, USAGE, INPUT, OUTPUT, INTERRUPTED = 0, 2, 3, 4, 130

HELP = """\
Read, write and stream event-camera data.

usage: aestream-io input WHERE [output WHERE ...] [--max-packets N] [-q]
       aestream-io route SOURCE SINK... [--pace X] [--for TIME] [--max-events N] [-q]
       aestream-io info FILE... [--json]
       aestream-io list
       aestream-io --version

inputs:   file PATH [--ignore-time] [--time-unit us|ms|s] | synth SCENE | ADDRESS
          stdin [--format NAME] [--size WxH]
          udp [HOST] [PORT] [--size WxH] | zmq [ADDRESS] | speck [ADDRESS]
          prophesee [SERIAL] | inivation [BUS ADDRESS [davis|dvx [TIMEOUT_MS]]]
outputs:  stdout | file PATH | null | zmq [ADDRESS] | view [HOST] [PORT] | ADDRESS
          udp [HOST] [PORT] [--packet-size EVENTS] [--buffer-size BYTES] [--include-timestamp]
addresses: recording.raw   -   udp:0.0.0.0:3333?size=640x480   synth:edges?rate=5e6&duration=1s

Cameras need hw-drivers; BUS and ADDRESS choose none: name one by its serial, davis346:SERIAL.
A file plays in its own time to udp, zmq and view unless --ignore-time is given, and at once to
files and stdout.

examples:
  aestream-io input file recording.raw output udp 10.0.0.2 3333
  aestream-io input prophesee output file recording.raw output view
  aestream-io route recording.raw recording.es
  aestream-io route 'udp:3333?size=640x480' live.es --for 10s
  aestream-io route recording.raw udp:localhost:3333 --pace 1
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        argv: the words after the program's name; None takes those of the process.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        (sys.stdout if words else sys.stderr).write(HELP)
        return OK if words else USAGE
    if words[0] == "input" and words[-1] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return OK
    if words[0] == "--version":
        import aestream_io

        sys.stdout.write(f"aestream-io {aestream_io.__version__}\n")
        return OK
    with warnings.catch_warnings():
        _show_warnings_in_a_line()
        with _stopped_like_ctrl_c():
            return _guarded(words)


@contextlib.contextmanager
def _stopped_like_ctrl_c() -> Iterator[None]:
    """Let recordings be completed when a service manager or a closed terminal ends us."""
    numbers = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP")]
    own = threading.current_thread() is threading.main_thread()
    # What somebody has chosen to ignore, as nohup does, stays so.
    plain = [n for n in numbers if own and n is not None and signal.getsignal(n) == signal.SIG_DFL]
    for number in plain:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in plain:
            signal.signal(number, signal.SIG_DFL)


def _guarded(words: list[str]) -> int:
    from aestream_io._errors import OutputError, UriError

    try:
        return _run(words)
    except BrokenPipeError:
        # The reader of our output has seen enough; the interpreter must not try to flush again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except UriError as error:
        return _say(error, USAGE)
    except OutputError as error:
        return _say(error, OUTPUT)
    except Exception as error:  # sources of other packages raise errors of their own
        if not _is_expected(error):
            raise
        return _say(error, INPUT)


def _is_expected(error: Exception) -> bool:
    from neuro_kernels import EventError

    known = (EventError, OSError)
    return isinstance(error, known) or not type(error).__module__.startswith(
        ("aestream_io", "neuro_kernels", "builtins", "numpy")
    )


def _run(words: list[str]) -> int:
    from aestream_io.cli import _commands
    from aestream_io.cli._usage import UsageError

    command, *rest = words
    match command:
        case "input":
            return _commands.run_aestream(words)
        case "route":
            return _commands.run_route(rest)
        case "info":
            return _commands.run_info(rest)
        case "list":
            return _commands.run_list(rest)
    raise UsageError(
        f"unknown command {command!r}: expected input, route, info or list; see aestream-io --help"
    )


def _say(error: Exception, code: int) -> int:
    sys.stderr.write(f"aestream-io: {error}\n")
    return code


def _show_warnings_in_a_line() -> None:
    from aestream_io._errors import EventDataWarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,
        line: str | None = None,
    ) -> None:
        sys.stderr.write(f"aestream-io: warning: {message}\n")

    warnings.simplefilter("always", EventDataWarning)
    warnings.showwarning = show  # type: ignore[assignment]
