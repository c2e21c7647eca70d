"""The command `fae` (also `faery-cli`): what runs, how errors look, how it ends."""

import os
import sys

TYPE_CHECKING = False  # known to type checkers by its name; importing typing would cost 8 ms
if TYPE_CHECKING:
    from faery_cli.errors import FaeError

__all__ = ["main"]

INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run a command line.

    Args:
        argv: the words after the program's name; those of the process by default.

    Returns:
        0 done; 1 a check found something; 2 wrong words; 3 input unreadable or damaged; 4 output;
        5 an extra or a device is missing; 130 interrupted. A closed pipe ends silently with 0.

    Example:
        >>> main(["--version"])
        fae 0.1.0
        0
    """
    words = sys.argv[1:] if argv is None else argv
    from faery_cli.errors import FaeError, OutputError

    if words in (["--version"], ["-V"]):
        return _print_version()
    _end_gently()
    import warnings

    old_show = warnings.showwarning
    warnings.showwarning = _show_warning
    try:
        from faery_cli.grammar.line import run_line

        code = run_line(words)
        sys.stdout.flush()
        return code
    except FaeError as error:
        if "--debug" in words:
            raise
        _show(error, words)
        return error.exit_code
    except KeyboardInterrupt:
        print("fae: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        _drop_output()
        return 0
    except OSError as error:
        if "--debug" in words:
            raise
        name = error.filename or "standard output"
        _drop_output()
        _show(OutputError(f"{name}: cannot be written ({error.strerror or error})"), words)
        return OutputError.exit_code
    finally:
        warnings.showwarning = old_show


def _print_version() -> int:
    from faery_cli._version import VERSION
    from faery_cli.errors import OutputError

    try:
        print("fae", VERSION, flush=True)
    except OSError as error:
        _drop_output()
        print(f"fae: standard output: cannot be written ({error.strerror})", file=sys.stderr)
        return OutputError.exit_code
    return 0


def _drop_output() -> None:
    """Let what is still buffered go somewhere, or the interpreter complains while it ends."""
    import io

    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except io.UnsupportedOperation:
        return  # a stream of a program that calls this one


def _end_gently() -> None:
    """Let a request to end clean up as Ctrl-C does; only the main thread may say so."""
    import signal
    import threading

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    from faery_cli.console import paint

    print(paint("warning:", "yellow", sys.stderr), message, file=sys.stderr)


def _show(error: "FaeError", words: list[str]) -> None:
    from faery_cli.console import paint, underline
    from faery_cli.errors import named_word, spelled

    message = spelled(error.message, words)
    print(paint("fae:", "red", sys.stderr), message, file=sys.stderr)
    word = getattr(error, "word", None)
    if word is None:
        word = named_word(message, words)
    if word is not None and word < len(words):
        for line in underline(words, word, getattr(error, "span", None)):
            print(line, file=sys.stderr)
