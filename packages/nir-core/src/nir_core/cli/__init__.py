"""The command `nir-core`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import NoReturn

from nir_core import __version__
from nir_core.cli import _commands as commands
from nir_core.cli import _placing as placing
from nir_core.cli import _rewriting as rewriting
from nir_core.cli._values import add_input, add_profile, seconds
from nir_core.errors import NirError

__all__ = ["main"]


class _Misuse(Exception):
    """Words that the command does not understand; the exit code is 2."""


class _Parser(argparse.ArgumentParser):
    """Leaves it to `main` to tell what is wrong with the words."""

    def error(self, message: str) -> NoReturn:
        raise _Misuse(f"{self.format_usage()}{self.prog}: error: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="nir-core",
        description="Look at, check, run and compare NIR networks.",
        epilog="exit codes: 0 fine, 1 findings, 2 wrong use, 3 unreadable file",
    )
    parser.add_argument("--version", action="version", version=f"nir-core {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name: str, action: object, text: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, description=text)
        made.add_argument("--json", action="store_true", help="print JSON")
        made.set_defaults(action=action)
        return made

    made = verb("info", commands.info, "say what a file holds")
    made.add_argument("file")

    made = verb("check", commands.check_file, "list everything that is wrong or suspicious")
    made.add_argument("file", nargs="+")
    made.add_argument("--strict", action="store_true", help="warnings count as findings too")

    made = verb("run", commands.run_file, "run a network with the semantics of a platform")
    made.add_argument("file")
    add_input(made)
    add_profile(made, "--profile", "profile", "exact")
    made.add_argument("--record", action="append", metavar="NODE", help="nodes to record")
    made.add_argument("--output", metavar="FILE", help="store the output as .npy or .npz")
    made.add_argument("--fast", action="store_true", help="use compiled kernels where installed")

    made = verb("diff", commands.diff_files, "list what differs between two files")
    made.add_argument("a")
    made.add_argument("b")

    made = verb("explain", commands.explain_file, "say where two platforms part, and why")
    made.add_argument("file")
    add_input(made)
    add_profile(made, "--from", "from_profile", "norse")
    add_profile(made, "--to", "to_profile", "sinabs")

    made = verb("compare", commands.compare_file, "set platforms side by side on one input")
    made.add_argument("file")
    add_input(made)
    made.add_argument("--profiles", help="names, separated by commas (default: all)")
    made.add_argument("--reference", help="profile to compare with (default: the first)")

    made = verb("convert", commands.convert, "read a file of any version and write it anew")
    made.add_argument("source")
    made.add_argument("target", help="file to make, or - for the text form")
    made.add_argument("--check", choices=["strict", "off"], default="strict")
    made.add_argument("--compression", default="auto", choices=["auto", "gzip", "lzf"])

    made = verb("draw", commands.draw_file, "draw a network as .svg, .html or .png")
    made.add_argument("file")
    made.add_argument("output", nargs="?", help="file to make, or - (default: FILE with .svg)")
    made.add_argument("--unfold", type=int, help="levels of nested graphs to open (default: all)")

    made = verb("passes", rewriting.passes_file, "rewrite a network so that it computes the same")
    made.add_argument("file", nargs="?")
    made.add_argument("names", nargs="*", metavar="PASS", help="passes in order; --list shows all")
    made.add_argument("-o", "--output", metavar="FILE", help="write the result")
    made.add_argument("--list", action="store_true", help="list the passes")
    made.add_argument("--bits", type=int, default=8, help="bits of a weight for quantize")
    made.add_argument(
        "--prove",
        metavar="PROFILE",
        help="run the network before and after each pass; an exit code of 1 tells a difference",
    )
    made.add_argument("--dt", type=seconds, default=1e-3, help="step of --prove (default 1ms)")

    made = verb("fit", placing.fit_file, "check a network against the limits of a chip")
    made.add_argument("file", nargs="?")
    made.add_argument("--target", metavar="NAME", help="chip, or a table of your own (.json)")
    made.add_argument("--list", action="store_true", help="list the chips and their limits")
    made.add_argument("--profile", metavar="PROFILE", help="profile of the comparison")
    made.add_argument("-o", "--output", metavar="FILE", help="write the adapted network")
    add_input(made)

    made = verb("stats", commands.stats_file, "count parameters, neurons and operations")
    made.add_argument("file")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the words after the command's name; those of the process when not given.

    Returns:
        0 fine, 1 findings, 2 wrong use, 3 unreadable file.
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit:  # --help and --version have been printed
        return commands.FINE
    except _Misuse as error:
        words = sys.argv[1:] if arguments is None else arguments
        options = argparse.Namespace(json="--json" in words)
        return _failed(options, error, commands.USAGE, str(error))
    try:
        return options.action(options)
    except commands.Unreadable as error:
        return _failed(options, error, commands.UNREADABLE, f"nir-core: {error}")
    except commands.Wrong as error:
        return _failed(options, error, commands.FINDINGS, f"nir-core: {error}")
    except NirError as error:
        return _failed(options, error, commands.USAGE, f"nir-core {options.verb}: {error}")
    except MemoryError as error:
        told = f"nir-core {options.verb}: there is not enough memory: {error}"
        return _failed(options, error, commands.USAGE, told)
    except BrokenPipeError:
        return commands.FINE
    except OSError as error:
        return _failed(options, error, commands.UNREADABLE, f"nir-core {options.verb}: {error}")


def _failed(options: argparse.Namespace, error: Exception, code: int, told: str) -> int:
    """Tell people on stderr and, with --json, programs on stdout what went wrong."""
    if getattr(options, "json", False):
        print(json.dumps({"error": str(error), "exit": code}))
    print(told, file=sys.stderr)
    return code
