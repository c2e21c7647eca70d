"""The verb that checks networks against chips."""

from __future__ import annotations

import argparse

from nir_core.cli._commands import FINDINGS, FINE, open_sound, show
from nir_core.cli._values import input_for
from nir_core.errors import NirRunError
from nir_core.files import write
from nir_core.targets import fit, get_target, targets

__all__ = ["fit_file"]


def fit_file(options: argparse.Namespace) -> int:
    """Check a network against the limits of a chip, or list chips and limits."""
    if options.list:
        chosen = [get_target(options.target)] if options.target else list(targets().values())
        lines = []
        for target in chosen:
            lines.append(f"{target.name}: {target.title} ({target.vendor})")
            if options.target:
                for key, limit in target.limits.items():
                    lines.append(f"  {key}: {limit.value}\n    source: {limit.source}")
        show(options, [target.to_dict() for target in chosen], "\n".join(lines))
        return FINE
    if options.file is None or options.target is None:
        raise NirRunError("give a file and --target NAME; --list shows the chips")
    graph = open_sound(options.file)
    given = options.input is not None or options.random is not None
    x = input_for(graph, options) if given else None
    found = fit(graph, options.target, x, dt=options.dt, profile=options.profile)
    if options.output:
        write(options.output, found.adapted)
    show(options, {"file": options.file, **found.to_dict()}, f"{options.file} on {found}")
    return FINE if found.fits else FINDINGS
