"""The command line: `python -m norse_lite pipeline CONFIG.toml`."""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from norse_lite._errors import NetworkError

__all__ = ["add_parser", "main"]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of `python -m norse_lite`."""
    parser = commands.add_parser(
        "pipeline",
        help="from labelled recordings to a verified network and a report",
        description="Train a network on folders of recordings, one folder per class; export it, "
        "quantize it, check chips, run it by the rules of other platforms and in installed "
        "frameworks; write report.html and report.json. A run that was stopped goes on where it "
        "was when it is started again.",
    )
    parser.add_argument(
        "config", type=Path, nargs="?", metavar="CONFIG", help="a TOML file; see --init"
    )
    parser.add_argument(
        "--init",
        type=Path,
        metavar="FILE",
        nargs="?",
        const=Path("pipeline.toml"),
        help="write a commented example (default pipeline.toml) and stop",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder of the results")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and stop")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--quiet", action="store_true", help="print the result only")


def main(arguments: argparse.Namespace) -> int:
    """Run the command.

    Returns:
        0; 1 when the exported network is not the trained one; 2 when the run cannot be done; 130
        when it was interrupted.
    """
    if arguments.init is not None:
        return _init(arguments.init)
    if arguments.config is None:
        raise NetworkError(
            "pipeline: give a configuration file; `python -m norse_lite pipeline --init` writes one"
        )
    from norse_lite.pipeline._config import load_config

    config = load_config(arguments.config)
    if arguments.output is not None:
        config = replace(config, output=arguments.output.absolute())
    if arguments.dry_run:
        from norse_lite.pipeline._dry import describe

        described = describe(config)
        print(json.dumps(described, indent=1) if arguments.json else _plan_text(described))
        return 0
    from norse_lite.pipeline._run import run

    chief = os.environ.get("RANK", "0") == "0"
    stream = sys.stderr if arguments.json else sys.stdout
    say = (
        None if arguments.quiet or not chief else lambda text: print(text, file=stream, flush=True)
    )
    try:
        outcome = run(config, progress=say)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise NetworkError(f"{place}{error.strerror or error}") from error
    if outcome is None:
        return 0
    if arguments.json:
        print(json.dumps(outcome.report, indent=1, sort_keys=True))
    else:
        accuracy = outcome.report["evaluation"]["accuracy"]
        print(f"test accuracy {accuracy:.1%}; open {_shown(outcome.folder / 'report.html')}")
    for failure in outcome.failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if outcome.failures else 0


def _init(path: Path) -> int:
    from norse_lite.pipeline._config import example_config

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(example_config())
    except OSError as error:
        raise NetworkError(
            f"{path}: cannot be written ({error.strerror}); give another name"
        ) from error
    print(f"wrote {path}; set folder in [data], then: python -m norse_lite pipeline {path}")
    return 0


def _plan_text(described: dict[str, object]) -> str:
    lines = [f"results: {described['output']}"]
    classes = described["classes"]
    assert isinstance(classes, dict)
    lines += [f"class {name}: {count} recordings" for name, count in classes.items()]
    for finding in described["findings"]:  # type: ignore[attr-defined]
        lines.append(f"not used: {finding['name']} {finding['message']}")
    for stage in described["stages"]:  # type: ignore[attr-defined]
        lines.append(f"{'done' if stage['done'] else 'to do':<6} {stage['name']}")
    return "\n".join(lines)


def _shown(path: Path) -> str:
    shown = os.path.relpath(path)
    return str(path) if shown.startswith("..") else shown
