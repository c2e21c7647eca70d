"""The verb that rewrites networks."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from nir_core.cli._commands import FINDINGS, FINE, open_sound, show
from nir_core.errors import NirError, NirRunError
from nir_core.files import write
from nir_core.passes import PASSES, Pass, apply, quantize

__all__ = ["passes_file"]


def passes_file(options: argparse.Namespace) -> int:
    """Apply passes to a network, or list them."""
    if options.list:
        rows = [{"name": p.name, "keeps": p.result, "summary": p.summary} for p in PASSES.values()]
        width = max(len(r["name"]) for r in rows)
        kept = {"same": "every bit", "rounding": "up to rounding", "other": "other numbers"}
        lines = [f"{r['name']:{width}}  {r['summary']} ({kept[r['keeps']]})" for r in rows]
        show(options, rows, "\n".join(lines))
        return FINE
    if options.file is None or not options.names:
        raise NirRunError("give a file and the passes to apply; --list shows them")
    for name in options.names:
        if name not in PASSES:
            apply(None, name)  # type: ignore[arg-type]  # says which name was meant
    graph = open_sound(options.file)
    chosen: list[Any] = [
        Pass("quantize", partial(quantize, bits=options.bits), "other", "")
        if name == "quantize"
        else PASSES[name]
        for name in options.names
    ]
    try:
        done = apply(graph, *chosen, prove=options.prove, dt=options.dt)
    except NirError as error:
        if options.prove is None or "outputs differ" not in str(error):
            raise
        show(options, {"file": options.file, "error": str(error)}, str(error))
        return FINDINGS
    if options.output:
        write(options.output, done.graph)
    steps = [step.to_dict() for step in done.steps]
    text = str(done) + (f"\n{options.output}" if options.output else "")
    show(options, {"file": options.file, "output": options.output, "steps": steps}, text)
    return FINE
