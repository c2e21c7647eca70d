"""The sub-commands of tools/dev.py."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from devtools import scaffold, schedule, stamps, venvs
from devtools.checks import check_compiler
from devtools.messages import DevError, say, step
from devtools.packages import ROOT, closure, load_packages, split_requirement
from devtools.processes import run
from devtools.stack import install_editable, install_packages, install_stack, install_tools


def demo(arguments: Sequence[str]) -> int:
    """run the way from a recording to a verified network, installing what is missing"""
    parser = argparse.ArgumentParser(prog="dev.py demo", description=_sentence(demo))
    parser.add_argument("--recording", type=Path, metavar="FILE", help="take this event recording")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write the results into this folder"
    )
    parser.add_argument("--quick", action="store_true", help="train less: under a minute in all")
    chosen = parser.parse_args(arguments)
    passed: list[str] = []
    if chosen.recording is not None:
        if not chosen.recording.is_file():
            raise DevError(
                f"There is no file {chosen.recording}: give --recording the path of an event "
                "recording, or leave it out to have one made."
            )
        passed += ["--recording", str(chosen.recording.resolve())]
    if chosen.out is not None:
        passed += ["--out", str(chosen.out.resolve())]
    if chosen.quick:
        passed.append("--quick")
    python = install_stack(ROOT / ".venv")
    say("== Run the demo")
    settings = {"PYTHONPATH": str(ROOT / "tools")}
    return run([str(python), "-m", "demo", *passed], extra=settings, cwd=ROOT)


def setup(arguments: Sequence[str]) -> int:
    """make .venv for working on the packages: installed in place, C++ rebuilt at import"""
    parser = argparse.ArgumentParser(prog="dev.py setup", description=_sentence(setup))
    parser.parse_args(arguments)
    python = install_editable(ROOT / ".venv")
    say(f"Ready: activate {ROOT / '.venv'}, or start {python}.")
    return 0


def install_names(arguments: Sequence[str]) -> int:
    """install packages, with the packages they need from here, into an environment of yours"""
    parser = argparse.ArgumentParser(prog="dev.py install", description=_sentence(install_names))
    parser.add_argument(
        "names", nargs="+", metavar="NAME", help="a package, with extras if wanted: norse-lite[nir]"
    )
    parser.add_argument(
        "--into", type=Path, required=True, metavar="VENV", help="environment; made if absent"
    )
    chosen = parser.parse_args(arguments)
    needed = closure(load_packages(), chosen.names)
    if chosen.into.exists() and not venvs.is_environment(chosen.into):
        raise DevError(
            f"{chosen.into} is not a virtual environment: give --into one, "
            "or a path that does not exist yet to have one made."
        )
    if any(one.compiled for one in needed.local):
        check_compiler()
    if not chosen.into.exists():
        with step(f"Make the environment {chosen.into}"):
            venvs.create(chosen.into)
            stamps.forget(chosen.into)
    extras = {name: extra for name, extra, _ in map(split_requirement, chosen.names)}
    install_packages(venvs.interpreter(chosen.into).absolute(), needed, extras=extras)
    return 0


def test(arguments: Sequence[str]) -> int:
    """run the checks with nox; further arguments go to it (`test -l` lists the sessions)"""
    python = install_tools("nox", ROOT / ".nox" / ".bootstrap")
    path = os.pathsep.join([str(python.parent), os.environ.get("PATH", "")])
    command = [str(python), "-m", "nox"]
    if arguments:
        return run([*command, *arguments], extra={"PATH": path}, cwd=ROOT)
    jobs = schedule.processors()
    sessions = schedule.default_sessions(command)
    say(f"== {len(sessions)} sessions, {jobs} at once; what each prints: .nox/logs/")
    outcomes = schedule.run_sessions(
        sessions,
        lambda session: schedule.run_session(command, session, path),
        jobs=jobs,
        folder=ROOT / ".nox" / "logs",
    )
    say(schedule.summary(outcomes))
    return 1 if any(one.status for one in outcomes) else 0


def new(arguments: Sequence[str]) -> int:
    """make a neuron, a format, a filter or a device from a template, with tests that pass"""
    parser = argparse.ArgumentParser(prog="dev.py new", description=_sentence(new))
    parser.add_argument("kind", choices=list(scaffold.KINDS))
    parser.add_argument("name", help="small letters, with - between words")
    chosen = parser.parse_args(arguments)
    files, advice = scaffold.scaffold(chosen.kind, chosen.name)
    for path in files:
        say(str(path.relative_to(ROOT)))
    say(advice)
    return 0


def release(arguments: Sequence[str]) -> int:
    """rehearse the release of one package: bump, changelog, files, trial; with --yes tag it"""
    python = install_tools("release", ROOT / ".nox" / "release-tools")
    settings = {"PYTHONPATH": str(ROOT / "tools")}
    return run([str(python), "-m", "release", *arguments], extra=settings, cwd=ROOT)


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "demo": demo,
    "setup": setup,
    "test": test,
    "install": install_names,
    "new": new,
    "release": release,
}


def _sentence(command: Callable[[Sequence[str]], int]) -> str:
    return (command.__doc__ or "").strip()


def main(arguments: Sequence[str]) -> int:
    """Run one sub-command.

    Args:
        arguments: the words after the script's name.

    Returns:
        The exit status.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        say("usage: python3 tools/dev.py COMMAND [options]\n")
        for name, command in COMMANDS.items():
            say(f"  {name:8} {_sentence(command)}")
        return 0 if arguments else 2
    if arguments[0] not in COMMANDS:
        raise DevError(f"There is no command {arguments[0]!r}; choose from: {', '.join(COMMANDS)}.")
    return COMMANDS[arguments[0]](arguments[1:])
