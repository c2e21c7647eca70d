"""`fae batch`: everything a job file asks for that is not up to date."""

from typing import Any

from faery_cli.context import Context
from faery_cli.errors import spelled
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import COUNT, TEXT
from faery_cli.verbs._registry import Line, Verb


def _plan(context: Context, rows: list[tuple[Any, bool]]) -> int:
    for unit, fresh in rows:
        state = "up to date" if fresh else "to make"
        if context.json:
            context.data(
                {"job": unit.job, "input": unit.input, "output": unit.output, "state": state,
                 "command": list(unit.words)}
            )  # fmt: skip
        else:
            print(f"{state:10}  {unit.input} -> {unit.output}")
    if not context.json:
        count = sum(not fresh for _, fresh in rows)
        print(f"{count} to make, {len(rows) - count} up to date")
    return 0


def _by_cause(failed: list[Any]) -> dict[tuple[str, str], list[str]]:
    """Give the outputs that failed by input and message: a damaged input fails all of its own."""
    causes: dict[tuple[str, str], list[str]] = {}
    for result in failed:
        message = spelled(result.message, list(result.unit.words))
        causes.setdefault((result.unit.input, message), []).append(result.unit.output)
    return causes


def run(context: Context, line: Line) -> int:
    from faery_cli.batch import Journal, read_jobs, remove_leftovers, run_units

    path = line["jobs"]
    units = read_jobs(path)
    journal = Journal(f"{path}.done", full=line["hash"])
    rows = [(unit, not line["force"] and journal.up_to_date(unit)) for unit in units]
    if context.dry_run:
        return _plan(context, rows)
    todo = [unit for unit, fresh in rows if not fresh]
    failed: list[Any] = []
    if line["engine"] == "local":
        remove_leftovers(todo)
    for number, result in enumerate(
        run_units(
            todo,
            jobs=line["workers"],
            engine=line["engine"],
            keep_going=context.keep_going,
        ),
        1,
    ):
        if result.code == 0:
            journal.done(result.unit)
        else:
            failed.append(result)
        if context.json:
            context.data(
                {"job": result.unit.job, "input": result.unit.input, "output": result.unit.output,
                 "code": result.code, "message": result.message,
                 "seconds": round(result.seconds, 3)}
            )  # fmt: skip
        else:
            state = "failed" if result.code else f"{result.seconds:.2f} s"
            context.say(f"({number}/{len(todo)}) {result.unit.output}: {state}")
    context.say(
        f"{len(todo) - len(failed)} made, {len(units) - len(todo)} up to date, {len(failed)} failed"
    )
    for (source, message), outputs in _by_cause(failed).items():
        where = outputs[0] if len(outputs) == 1 else f"{len(outputs)} outputs"
        context.warn(f"{source} -> {where}: {message}")
    return max((result.code for result in failed), default=0)


VERB = Verb(
    "batch",
    "Make everything that a job file asks for and that is not up to date.",
    run,
    (
        Parameter("jobs", TEXT, "a TOML file with [[job]] tables"),
        Parameter("workers", COUNT, "processes at once", 1, named=True, short="j"),
        Parameter("engine", TEXT, "local, dask (this machine) or dask:ADDRESS of a scheduler",
                  "local", named=True),
        Parameter("hash", FLAG, "hash whole inputs, not samples, to see whether they changed",
                  False),
        Parameter("force", FLAG, "make everything", False),
    ),
    details="A job has inputs (globs, '!' takes names out again), an output template with {stem}, "
    "{name}, {folder} and the names of its matrix, and stages = ['denoise 2ms', …] or command = "
    "'video --style {style}'. An output is up to date when it is there and the content of its "
    "input and of other files it names, its words and the version are those of the last run; a "
    "run that was killed goes on where it was. Damaged inputs are reported at the end, the rest "
    "is made.",
    examples=("fae batch jobs.toml -j 2 --dry-run", "fae batch jobs.toml -j 2"),
)  # fmt: skip
