"""From recordings to a verified network: the stages one after the other."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from norse_lite._errors import NetworkError
from norse_lite.pipeline._config import Config
from norse_lite.pipeline._evaluate import evaluate
from norse_lite.pipeline._frames import Dataset, Layout, load_frames, plan_layout, write_frames
from norse_lite.pipeline._frameworks import check_framework
from norse_lite.pipeline._html import Page
from norse_lite.pipeline._network import Subset, load_network, make_task, save_network
from norse_lite.pipeline._page import page
from norse_lite.pipeline._plan import Plan, make_plan
from norse_lite.pipeline._recordings import Survey, split, survey
from norse_lite.pipeline._report import assemble, failures, pictures
from norse_lite.pipeline._stages import Stages, locked, publish
from norse_lite.pipeline._verify import (
    check_chip,
    check_export,
    check_profile,
    export,
    quantized,
)
from norse_lite.sequential import SequentialState
from norse_lite.tasks import TrainOptions, train
from norse_lite.tasks._distributed import Process, process_group

__all__ = ["Outcome", "Progress", "run"]

# Called with a sentence about what is being done.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What a run gave.

    Attributes:
        folder: Where `report.html`, `report.json` and the networks are.
        report: What `report.json` says.
        failures: What the run was to prove and did not, one sentence each.
        network: The trained network.
        layout: Shape and time of its input.
        page: The page of the report, to which sections can be added.
    """

    folder: Path
    report: dict[str, Any]
    failures: tuple[str, ...]
    network: SequentialState
    layout: Layout
    page: Page


@dataclass(frozen=True)
class _Ready:
    """Data and parts, as every process needs them."""

    frames: Path
    train: Path
    draft: Path
    trained: bool
    parts: dict[str, str]
    classes: tuple[str, ...]

    def subset(self, dataset: Dataset, part: str) -> Subset:
        numbers = [k for k, one in enumerate(dataset.samples) if self.parts[one.recording] == part]
        labels = [self.classes.index(dataset.samples[k].label) for k in numbers]
        return Subset(dataset, tuple(numbers), torch.tensor(labels, dtype=torch.long))


def run(config: Config, *, progress: Progress | None = None) -> Outcome | None:
    """Run a pipeline, or what is left of it.

    Stages that an earlier run finished are taken from the folder of the results; a run that was
    killed goes on behind them, inside of training behind the last epoch, and ends with the same
    numbers. In several processes (started by `torchrun`) all train and the first does the rest.

    Args:
        config: What to do.
        progress: Called with a sentence about each step.

    Returns:
        The outcome; None in all but the first of several processes.

    Raises:
        NetworkError: Recordings, options or packages do not allow it; the sentence says what to do.
    """
    say = progress or (lambda text: None)
    with _threads(config.train.threads), process_group() as shard:
        if shard.rank:
            ready = _shared(shard, None)
            _train(config, ready, shard, lambda text: None)
            return None
        with locked(config.output):
            return _first(config, shard, say)


def _first(config: Config, shard: Process, say: Progress) -> Outcome:
    stages = Stages(
        config.output / "stages",
        lambda name, done: say(f"{name.replace('-', ' ', 1)}{': done before' if done else ''}"),
    )
    try:
        plan = make_plan(config, stages)
        ready = _prepare(config, plan, stages, say)
    except NetworkError as error:
        _shared(shard, error)
        raise
    _shared(shard, ready)
    stages.run(plan.train, lambda folder: _train(config, ready, shard, say), resumable=True)
    return _finish(config, plan, ready, stages)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _shared(shard: Process, ready: "_Ready | NetworkError | None") -> _Ready:
    """Tell all processes what the first has prepared, or raise in all what went wrong there."""
    if shard.world > 1:
        box = [ready]
        torch.distributed.broadcast_object_list(box)
        ready = box[0]
    if isinstance(ready, NetworkError):
        raise ready
    assert ready is not None
    return ready


def _prepare(config: Config, plan: Plan, stages: Stages, say: Progress) -> _Ready:
    """Look through the recordings, make frames of them and divide them."""
    recordings = plan.found.recordings
    if not recordings:
        raise NetworkError(
            f"{config.path(config.data.folder)}: holds no recordings; make a folder for each class "
            "and put its recordings there"
        )

    def look(folder: Path) -> dict[str, Any]:
        found, findings = survey(recordings, config.data, config.clean)
        if not found:
            raise NetworkError(
                f"none of {len(recordings)} recordings can be used; the first: "
                f"{findings[0].name} {findings[0].message}"
            )
        return {
            "surveys": [asdict(one) for one in found],
            "findings": [asdict(one) for one in findings],
        }

    looked = stages.run(plan.survey, look).read()
    surveys = [Survey(**{**one, "size": tuple(one["size"])}) for one in looked["surveys"]]
    usable = {one.name for one in surveys}
    chosen = [one for one in recordings if one.name in usable]
    layout = plan_layout(config.frames, surveys)
    stages.run(
        plan.frames,
        lambda folder: write_frames(
            folder, chosen, layout, data=config.data, clean=config.clean, frames=config.frames
        ),
    )
    sampled = {one.recording for one in load_frames(plan.frames.folder).samples}
    parts, classes = split([one for one in chosen if one.name in sampled], config.data, config.seed)
    sides = [f"{list(parts.values()).count(side)} {side}" for side in sorted(set(parts.values()))]
    say(f"{len(parts)} recordings of {len(classes)} classes: {', '.join(sides)}")
    train = plan.train
    return _Ready(plan.frames.folder, train.folder, train.draft, train.done, parts, classes)


def _train(config: Config, ready: _Ready, shard: Process, say: Progress) -> dict[str, Any] | None:
    """Train in this process, with the others; the first writes."""
    if ready.trained:
        return None
    dataset = load_frames(ready.frames)
    held_out = "validation" if config.data.validation_share else "test"
    task = make_task(
        config.network,
        dataset.layout,
        len(ready.classes),
        ready.subset(dataset, "train"),
        ready.subset(dataset, held_out),
        batch_size=config.train.batch_size,
    )
    options = TrainOptions(
        epochs=config.train.epochs,
        seed=config.seed,
        lr=config.train.lr,
        batch_size=config.train.batch_size,
        patience=config.train.patience or None,
        out=ready.draft,
        resume=True,
    )

    def line(values: dict[str, Any]) -> None:
        say(
            f"  epoch {values['epoch']:>3}: loss {values['loss']:.4f}, {held_out} accuracy "
            f"{values['score']:.1%}, {values['seconds']:.1f} s"
        )

    found = train(task, options, progress=line)
    if shard.rank:
        return None
    save_network(found.model, ready.draft / "network.pt")
    history = [{k: v for k, v in one.items() if k != "seconds"} for one in found.history]
    return {
        "history": history,
        "scored_on": held_out,
        "stopped": found.stopped,
        "processes": shard.world,
        "parameters": sum(p.numel() for p in found.model.parameters()),
        "layers": [(n, type(m).__name__, _size(m)) for n, m in found.model.named_children()],
        "calibration": task.calibration,
    }


def _size(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def _finish(config: Config, plan: Plan, ready: _Ready, stages: Stages) -> Outcome:
    """Score, export, quantize, check, run elsewhere, and write the report."""
    dataset = load_frames(ready.frames)
    layout = dataset.layout
    network = load_network(
        plan.train.folder / "network.pt", config.network, layout, len(ready.classes)
    )
    test = _mixed(ready.subset(dataset, "test"))
    count = config.verify.samples
    path = plan.export.folder / "network.nir"

    def write(folder: Path) -> dict[str, Any]:
        export(network, test, folder / "network.nir")
        return check_export(folder / "network.nir", network, test, count)

    stages.run(plan.evaluate, lambda folder: evaluate(network, test, ready.classes))
    stages.run(plan.export, write)
    options = config.section("quantize")
    del options["bits"]
    for bits, stage in plan.quantize.items():
        stages.run(stage, lambda f, n=bits: quantized(path, f / "network.nir", test, options, n))
    for name, stage in plan.chips.items():
        stages.run(stage, lambda f, n=name: check_chip(path, test, count, n))
    for name, stage in plan.profiles.items():
        stages.run(stage, lambda f, n=name: check_profile(path, network, test, count, n))
    for name, stage in plan.frameworks.items():
        stages.run(
            stage,
            lambda f, n=name: check_framework(
                n, config.frameworks, path, network, test, list(plan.profiles), f
            ),
        )
    report = assemble(config, plan, dataset, ready.parts, ready.classes)
    laid_out = page(report, pictures(plan, dataset, ready.classes))
    _publish(config, plan, report, laid_out)
    return Outcome(config.output, report, failures(report), network, layout, laid_out)


def _mixed(samples: Subset) -> Subset:
    """Order samples so that the first few are of as many classes as there are."""
    seen: dict[int, int] = {}
    keys = []
    for k, label in enumerate(samples.labels.tolist()):
        seen[label] = seen.get(label, 0) + 1
        keys.append((seen[label], label, k))
    order = [k for _, _, k in sorted(keys)]
    return Subset(samples.dataset, tuple(samples.numbers[k] for k in order), samples.labels[order])


def _publish(config: Config, plan: Plan, report: dict[str, Any], laid_out: Page) -> None:
    """Put what a user wants beside each other, the page last."""
    folder = config.output
    networks: Sequence[tuple[str, Path]] = [
        ("network", plan.export.folder),
        *((f"network-{bits}bit", stage.folder) for bits, stage in plan.quantize.items()),
    ]
    for name, source in networks:
        publish(folder / f"{name}.nir", (source / "network.nir").read_bytes())
    publish(folder / "network.pt", (plan.train.folder / "network.pt").read_bytes())
    text = json.dumps(report, indent=1, sort_keys=True, allow_nan=False)
    publish(folder / "report.json", text + "\n")
    publish(folder / "report.html", laid_out.html())
