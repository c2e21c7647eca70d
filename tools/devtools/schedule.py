"""Running many sessions of nox at once, so that a check uses all processors."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from devtools.messages import DevError, say
from devtools.packages import ROOT
from devtools.processes import ask, clean_environment

# First, by themselves: a mistake in form is told at once, and the second one builds every wheel and
# the environment that later sessions share.
ALONE = ("lint", "typecheck")
# Then the longest, so that none of them is left over at the end.
LONGEST = ("sanitize", "fuzz", "tests(neuro-kernels)", "packages", "compat(norse-lite)")


# Beside the sessions `tests`, which have a fresh environment with the newest versions as well.
WITHOUT_NEWEST = ("--", "released", "lowest")


@dataclass(frozen=True)
class Outcome:
    """How a session ended."""

    session: str
    status: int
    seconds: float
    output: str


def default_sessions(command: Sequence[str]) -> list[str]:
    """The sessions that nox runs when it is given none, in the order of the noxfile.

    Args:
        command: how nox is started.

    Raises:
        DevError: if nox cannot list them.
    """
    listed = ask([*command, "-f", str(ROOT / "noxfile.py"), "--list", "--json"])
    if listed is None:
        raise DevError("nox cannot read noxfile.py: run `python3 tools/dev.py test --list`.")
    return [entry["session"] for entry in json.loads(listed)]


def arrange(sessions: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split sessions into those that run alone first, and the rest with the longest first.

    Example:
        >>> arrange(["tests(a)", "typecheck", "sanitize", "lint"])
        (['lint', 'typecheck'], ['sanitize', 'tests(a)'])
    """
    alone = [name for name in ALONE if name in sessions]
    long = [name for name in LONGEST if name in sessions]
    return alone, long + [name for name in sessions if name not in (*alone, *long)]


def run_session(command: Sequence[str], session: str, path: str) -> Outcome:
    """Run one session and keep what it prints."""
    start = time.monotonic()
    arguments = WITHOUT_NEWEST if session.startswith("compat(") else ()
    done = subprocess.run(
        [*command, "-f", str(ROOT / "noxfile.py"), "-s", session, *arguments],
        cwd=ROOT,
        # Threads that wait for work must not keep a processor from the session beside theirs.
        env=clean_environment({"PATH": path, "NO_COLOR": "1", "OMP_WAIT_POLICY": "PASSIVE"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Outcome(session, done.returncode, time.monotonic() - start, done.stdout)


def run_sessions(
    sessions: Sequence[str],
    run_one: Callable[[str], Outcome],
    *,
    jobs: int,
    folder: Path,
) -> list[Outcome]:
    """Run sessions, some at once, and print each one's output when it ends.

    What passes is printed in short; the whole output of every session is kept in `folder`.

    Args:
        sessions: their names.
        run_one: runs one of them.
        jobs: how many run at once.
        folder: for the outputs; made where it is absent.

    Returns:
        The outcomes in the order in which they ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    alone, rest = arrange(sessions)
    outcomes = [_report(run_one(name), folder) for name in alone]
    with ThreadPoolExecutor(jobs) as pool:
        waiting: list[Future[Outcome]] = [pool.submit(run_one, name) for name in rest]
        outcomes += [_report(one.result(), folder) for one in as_completed(waiting)]
    return outcomes


def _report(outcome: Outcome, folder: Path) -> Outcome:
    name = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in outcome.session)
    (folder / f"{name.strip('-')}.log").write_text(outcome.output, "utf-8")
    verdict = "passed" if outcome.status == 0 else f"FAILED with status {outcome.status}"
    lines = outcome.output.rstrip().splitlines()
    shown = lines if outcome.status else [line for line in lines if " passed" in line][-3:]
    say(f"== {outcome.session}: {verdict} in {outcome.seconds:.0f} s")
    for line in shown:
        say(f"   {line}")
    return outcome


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line per session, and what failed last, where everybody looks.

    Example:
        >>> print(summary([Outcome("lint", 0, 3.2, ""), Outcome("docs", 1, 9.0, "")]))
        lint                      passed     3 s
        docs                      FAILED     9 s
        1 of 2 sessions failed: docs
    """
    lines = [
        f"{one.session:25} {'FAILED' if one.status else 'passed'} {one.seconds:5.0f} s"
        for one in outcomes
    ]
    failed = [one.session for one in outcomes if one.status]
    end = f"{len(failed)} of {len(outcomes)} sessions failed: {', '.join(failed)}"
    return "\n".join([*lines, end if failed else f"All {len(outcomes)} sessions passed."])


def processors() -> int:
    """How many sessions to run at once: one per processor that this process may use, at most 8."""
    return max(1, min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))
