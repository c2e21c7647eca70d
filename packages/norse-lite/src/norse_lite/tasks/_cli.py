"""The command line: `python -m norse_lite train digits`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from norse_lite._errors import NetworkError

__all__ = ["main"]


def _parser() -> argparse.ArgumentParser:
    from norse_lite.pipeline._cli import add_parser
    from norse_lite.tasks._registry import TASKS

    parser = argparse.ArgumentParser(prog="python -m norse_lite", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("tasks", help="list the tasks")
    train = commands.add_parser("train", help="train a task")
    train.add_argument("task", choices=list(TASKS), metavar="TASK", help=", ".join(TASKS))
    train.add_argument("--epochs", type=int, help="passes over the data")
    train.add_argument("--seed", type=int, default=0, help="seed (default 0)")
    train.add_argument("--seeds", type=_seeds, help="several seeds, as 0,1,2 (into OUT/seed-N)")
    train.add_argument("--lr", type=float, help="learning rate")
    train.add_argument("--batch-size", type=int, help="samples per update")
    train.add_argument("--hidden", type=int, help="hidden neurons")
    train.add_argument("--steps", type=int, help="time steps per sample")
    train.add_argument("--patience", type=int, help="stop after N epochs without a better score")
    train.add_argument("--target", type=float, help="stop when the score reaches this")
    train.add_argument("--out", type=Path, help="folder for checkpoint, metrics.json, curves.svg")
    train.add_argument("--resume", action="store_true", help="go on from the checkpoint in OUT")
    train.add_argument("--data", type=Path, help="folder of the data on disk")
    train.add_argument("--device", default="cpu", help="cpu, cuda, ...")
    train.add_argument("--dtype", default="float32", choices=["float32", "float64"])
    train.add_argument("--threads", type=int, default=1, help="threads of torch (default 1)")
    train.add_argument("--quiet", action="store_true", help="print the result only")
    add_parser(commands)
    return parser


def _seeds(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected whole numbers between commas, as 0,1,2, not {text!r}"
        ) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "pipeline":
            from norse_lite.pipeline._cli import main as pipeline

            return pipeline(options)
        return _tasks() if options.command == "tasks" else _train(options)
    except NetworkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _tasks() -> int:
    from norse_lite.tasks._registry import TASKS

    for name, text in TASKS.items():
        print(f"{name:<14}{text}")
    return 0


def _train(arguments: argparse.Namespace) -> int:
    import os

    import torch

    from norse_lite.tasks import TrainOptions, train

    # The networks are small; one thread is quickest for most of them.
    torch.set_num_threads(max(1, arguments.threads))
    chief = os.environ.get("RANK", "0") == "0"
    names = ("epochs", "lr", "batch_size", "hidden", "steps", "patience", "target", "resume")
    names += ("data", "device", "dtype")
    common = {name: getattr(arguments, name) for name in names}
    scores = []
    for seed in arguments.seeds or [arguments.seed]:
        out = arguments.out
        if out is not None and arguments.seeds:
            out = out / f"seed-{seed}"
        show = chief and not arguments.quiet
        result = train(
            arguments.task,
            TrainOptions(seed=seed, out=out, **common),
            progress=_line if show else None,
        )
        scores.append(result.score)
        if chief:
            print(
                f"{result.task} seed {seed}: {result.metric} {result.score:.4g} after "
                f"{len(result.history)} epochs (best {result.best:.4g} in epoch "
                f"{result.best_epoch}), stopped by {result.stopped}"
                + (f", written to {out}" if out is not None else ""),
                flush=True,
            )
    if chief and len(scores) > 1:
        mean = sum(scores) / len(scores)
        print(f"mean of {len(scores)} seeds: {mean:.4g} (least {min(scores):.4g})")
    return 0


def _line(line: dict[str, Any]) -> None:
    print(
        f"epoch {line['epoch']:>3}  loss {line['loss']:.4f}  score {line['score']:.4g}  "
        f"{line['seconds']:.2f} s",
        flush=True,
    )
