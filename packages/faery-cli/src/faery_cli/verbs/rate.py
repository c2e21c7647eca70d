"""`fae rate`: the event rate over time, as a curve or numbers."""

import json
from typing import Any

from faery_cli.context import Context
from faery_cli.errors import UsageError
from faery_cli.outputs._files import check_target, complete_file
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import COUNT, DURATION, TEXT, Choice, optional
from faery_cli.verbs._chain import INPUT, SOURCE_OPTIONS, source_of
from faery_cli.verbs._figures import ENDINGS, THEMES, ending, figure_bytes
from faery_cli.verbs._registry import Line, Verb


def _rows(curve: Any) -> list[dict[str, Any]]:
    return [
        {"t_us": curve.begin_us + k * curve.bin_us, "on": int(on), "off": int(off),
         "rate_hz": float(rate)}
        for k, (on, off, rate) in enumerate(zip(curve.on, curve.off, curve.rate(), strict=True))
    ]  # fmt: skip


def run(context: Context, line: Line) -> int:
    from faery_cli.pictures.rate import RateCounter

    path = line["output"]
    kind = "csv" if line["csv"] else "json" if context.json and path is None else None
    if path is None and kind is None:
        raise UsageError("rate: say what to write: a file such as rate.svg, or --csv or --json")
    if kind is None:
        assert path is not None
        kind = ending(path, (*ENDINGS, ".csv", ".json"), line["format"])
    counter = RateCounter()
    stream = source_of(line)
    if path is not None:
        check_target(path, overwrite=context.may_overwrite)
    if context.dry_run:
        plan = {"source": stream.source.name, "path": path or "-", "format": kind}
        if context.json:
            context.data(plan)
        else:
            print(f"{plan['source']}\n  : {plan['path']} (event rate, {kind})")
        return 0
    with stream.run() as run:
        for item in run:
            counter.add(item.events)
        problems = run.problems
    curve = counter.curve(bin_us=line["bin"], bins=line["bins"])
    if kind == "csv":
        lines = ["t_us,on,off,rate_hz"]
        lines += [f"{r['t_us']},{r['on']},{r['off']},{r['rate_hz']:.6g}" for r in _rows(curve)]
        data = ("\n".join(lines) + "\n").encode()
    elif kind == "json":
        values = {"bin_us": curve.bin_us, "grid_us": curve.grid_us, "samples": _rows(curve)}
        data = (json.dumps(values) + "\n").encode()
    else:
        chart = curve.chart(stream.source.name, theme=THEMES[line["theme"]], log=line["log"])
        data = figure_bytes(chart.draw(), kind)
    if path is None:
        import sys

        sys.stdout.buffer.write(data)
    else:
        with complete_file(path, overwrite=context.may_overwrite) as file:
            file.write(data)
        if context.json and path != "-":
            context.data({"path": path, "bins": len(curve.on), "bin_us": curve.bin_us})
        else:
            context.say(f"{path}: {len(curve.on)} bins of {curve.bin_us} us")
    return context.damage(stream.source, problems)


VERB = Verb(
    "rate",
    "Draw or tell the event rate over time.",
    run,
    (
        INPUT,
        Parameter("output", TEXT,
                  "an .svg, .png, .csv or .json file", None),
        Parameter("bin", optional(DURATION, "auto"), "duration of a bin", None, named=True),
        Parameter("bins", COUNT, "number of bins where their duration is not given", 400,
                  named=True),
        Parameter("csv", FLAG, "write CSV to the standard output", False),
        Parameter("log", FLAG, "logarithmic rate", False),
        Parameter("theme", Choice("theme", ("light", "night")), "colours", "light",
                  named=True),
        *SOURCE_OPTIONS,
    ),
    details="A bin is never finer than the step of the timestamps, so that a recording quantised "
    "to milliseconds gives a curve, not a comb. Where the recording ends inside of the last bin, "
    "the rate there is per second of what it has of the bin; the curve leaves out less than half "
    "of one. --json writes to the standard output.",
    examples=("fae rate in.es rate.svg", "fae rate in.es --csv"),
)  # fmt: skip
