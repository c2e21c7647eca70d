"""What a pipeline is told: the sections of its file."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from norse_lite._errors import NetworkError
from norse_lite.pipeline._options import (
    Choice,
    Duration,
    ListOf,
    Number,
    Switch,
    Table,
    Text,
    option,
    read_section,
    section_example,
)

__all__ = [
    "Chips",
    "Clean",
    "Config",
    "Data",
    "Frames",
    "Frameworks",
    "Network",
    "Quantize",
    "Train",
    "Verify",
    "example_config",
    "load_config",
    "parse_config",
]

_COUNT = Number(1, whole=True)
_SHARE = Number(0, 1, open_above=True)


@dataclass(frozen=True, kw_only=True)
class Data:
    """Where the recordings are and how they are divided."""

    folder: str = option(
        Text(), ..., "Folder of the recordings, one folder per class, any format; from this file on"
    )
    test_folder: str | None = option(
        Text(), None, "Folder of the test recordings, where they are apart; nothing is split then"
    )
    test_share: float = option(
        _SHARE, 0.25, "Share of each class's recordings that is tested and never trained on"
    )
    validation_share: float = option(
        _SHARE, 0.0, "Share that decides when training ends (patience); of the rest"
    )
    format: str | None = option(Text(), None, "Format of all files; found from each file otherwise")
    sensor: tuple[int, int] | None = option(
        ListOf(_COUNT, length=2), None, "Width and height of the sensor, where files do not say it"
    )
    damaged: str = option(
        Choice(("keep", "skip", "stop")),
        "keep",
        'Damaged recordings: "keep" what can be read, "skip" the file, or "stop"',
    )
    unlabelled: str = option(
        Choice(("skip", "stop")), "skip", 'Files outside of the folders of classes: "skip", "stop"'
    )
    empty: str = option(
        Choice(("skip", "stop")),
        "skip",
        "Recordings without events, classes without recordings: same words",
    )


@dataclass(frozen=True, kw_only=True)
class Clean:
    """Filters in front of everything."""

    hot_pixels: float = option(
        Number(0), 0.0, "Remove pixels with this many times their neighbours' events; 0 is off"
    )
    neighbour: int = option(
        Duration(least=0), "0ms", "Remove events that no neighbour supports within this time"
    )


@dataclass(frozen=True, kw_only=True)
class Frames:
    """How events become the steps of a network."""

    duration: int | None = option(
        Duration(("auto",)), "auto", 'Time that a sample lasts; "auto": as half of the recordings'
    )
    steps: int = option(_COUNT, 20, "Steps of a sample")
    windows: int = option(
        Number(0, whole=True), 1, "Samples of a recording, one after the other; 0: all that fit"
    )
    min_events: int = option(_COUNT, 1, "A sample with fewer events is left out")
    size: tuple[int, int] | str = option(
        ListOf(Number(1, 4096, whole=True), ("auto",), 2),
        "auto",
        'Width and height of a frame; "auto": the sensor\'s, divided until neither exceeds 64',
    )
    values: str = option(
        Choice(("binary", "count")), "binary", 'What a step sees: "binary" spikes, or the "count"'
    )


@dataclass(frozen=True, kw_only=True)
class Network:
    """The network to train."""

    kind: str = option(
        Choice(("convolutional", "dense", "recurrent")),
        "convolutional",
        '"convolutional", "dense" or "recurrent"',
    )
    channels: tuple[int, ...] = option(
        ListOf(_COUNT), [12, 24], "Channels of the convolutions; each halves width and height"
    )
    hidden: tuple[int, ...] = option(
        ListOf(_COUNT), [128], "Neurons of the hidden layers; none behind convolutions"
    )
    neuron: str = option(
        Choice(("lif", "lif_box", "iaf")),
        "lif",
        '"lif" (current and membrane; CubaLIF in NIR), "lif_box" (LIF in NIR), "iaf" (IF in NIR)',
    )
    readout: str = option(
        Choice(("membrane", "spikes")),
        "membrane",
        'What answers: the "membrane" of integrators, or "spikes", which more platforms have',
    )
    tau_mem: int | None = option(Duration(("auto",)), "auto", "Time constant of the membrane")
    tau_syn: int | None = option(Duration(("auto",)), "auto", "Time constant of the current")
    bias: bool = option(Switch(), True, "Whether layers have a bias; many chips have none")
    alpha: float = option(Number(1e-3), 10.0, "Steepness of the surrogate gradient (SuperSpike)")
    rate: float = option(
        Number(1e-6, 1), 0.1, "Spikes per neuron and step to which the first weights are calibrated"
    )


@dataclass(frozen=True, kw_only=True)
class Train:
    """How it is trained."""

    epochs: int = option(_COUNT, 15, "Passes over the training samples")
    batch_size: int = option(_COUNT, 32, "Samples per update, over all processes together")
    lr: float = option(Number(1e-9, 10), 3e-3, "Learning rate")
    patience: int = option(
        Number(0, whole=True), 0, "Stop after so many epochs without a better validation; 0 is off"
    )
    threads: int = option(Number(0, whole=True), 0, "Threads of torch in each process; 0: all")


@dataclass(frozen=True, kw_only=True)
class Quantize:
    """Fixed-point forms of the trained network."""

    bits: tuple[int, ...] = option(
        ListOf(Number(2, 32, whole=True)), [8, 4], "Bits of a weight; one network for each"
    )
    bias_bits: int = option(Number(2, 64, whole=True), 16, "Bits of a bias or threshold")
    scale: str = option(
        Choice(("max", "power_of_two")), "max", 'Step of the numbers: "max" or "power_of_two"'
    )
    per_channel: bool = option(Switch(), False, "A step for each output channel")


@dataclass(frozen=True, kw_only=True)
class Chips:
    """Chips whose limits are checked."""

    targets: tuple[str, ...] | str = option(
        ListOf(Text(), ("all",)), "all", 'Names or JSON tables of nir-core\'s targets, or "all"'
    )


@dataclass(frozen=True, kw_only=True)
class Verify:
    """How the exported network is run by the rules of other platforms."""

    samples: int = option(_COUNT, 8, "Test samples to run")
    profiles: tuple[str, ...] | str = option(
        ListOf(Text(), ("all",)), "all", 'Semantics profiles of nir-core, or "all"'
    )


@dataclass(frozen=True, kw_only=True)
class Frameworks:
    """Real frameworks that read the exported file."""

    names: tuple[str, ...] | str = option(
        ListOf(Text(), ("installed",)), "installed", 'Names, or "installed"; [] is none'
    )
    samples: int = option(_COUNT, 4, "Test samples to run")
    timeout: int = option(Duration(), "120s", "Time that a framework may take")
    python: dict[str, str] = option(  # noqa: RUF009
        Table(), {}, "Interpreters of frameworks that live in environments of their own, by name"
    )


_SECTIONS: Mapping[str, type[Any]] = {
    "data": Data,
    "clean": Clean,
    "frames": Frames,
    "network": Network,
    "train": Train,
    "quantize": Quantize,
    "chips": Chips,
    "verify": Verify,
    "frameworks": Frameworks,
}


@dataclass(frozen=True, kw_only=True)
class _Top:
    title: str = option(Text(), "From recordings to a verified network", "Heading of the report")
    seed: int = option(
        Number(0, 2**32 - 1, whole=True), 0, "Decides the split, the weights and their order"
    )
    output: str = option(Text(), "pipeline-output", "Folder of the results; from this file on")


@dataclass(frozen=True, kw_only=True)
class Config:
    """A pipeline's file, section by section.

    Attributes:
        title: Heading of the report.
        seed: Decides the split, the first weights and the order of training.
        output: Folder of the results.
        base: Folder that relative paths begin at.
        data: Where the recordings are and how they are divided.
        clean: Filters in front of everything.
        frames: How events become the steps of a network.
        network: The network to train.
        train: How it is trained.
        quantize: Fixed-point forms.
        chips: Chips whose limits are checked.
        verify: How the file is run by the rules of other platforms.
        frameworks: Real frameworks that read the file.
    """

    title: str
    seed: int
    output: Path
    base: Path
    data: Data
    clean: Clean
    frames: Frames
    network: Network
    train: Train
    quantize: Quantize
    chips: Chips
    verify: Verify
    frameworks: Frameworks

    def section(self, name: str) -> dict[str, Any]:
        """Give a section as plain data."""
        return asdict(getattr(self, name))

    def path(self, text: str) -> Path:
        """Give a path that the file names."""
        return (self.base / text).absolute()


def parse_config(values: Mapping[str, Any], *, base: Path, file: str = "config") -> Config:
    """Check a table as a TOML file would hold it.

    Args:
        values: The table.
        base: Folder that relative paths begin at.
        file: Name for errors.

    Returns:
        The configuration.

    Raises:
        NetworkError: A section or an option is unknown, missing or not what it should be.

    Example:
        >>> config = parse_config({"data": {"folder": "recordings"}}, base=Path("."))
        >>> config.frames.steps, config.network.neuron
        (20, 'lif')
    """
    top = {key: value for key, value in values.items() if key not in _SECTIONS}
    head = read_section(_Top, top, "", file, others=tuple(_SECTIONS))
    sections = {
        name: read_section(kind, values.get(name, {}), name, file)
        for name, kind in _SECTIONS.items()
    }
    config = Config(
        title=head.title,
        seed=head.seed,
        output=(base / head.output).absolute(),
        base=base,
        **sections,
    )
    _check_together(config, file)
    return config


def _check_together(config: Config, file: str) -> None:
    if config.train.patience and not config.data.validation_share:
        raise NetworkError(
            f"{file}: patience in [train] needs validation_share in [data]: the test recordings "
            "must not decide when training ends"
        )
    duration, steps = config.frames.duration, config.frames.steps
    if duration is not None and duration % steps:
        raise NetworkError(
            f"{file}: duration in [frames] is {duration} us, which {steps} steps do not divide "
            f"into whole microseconds; take {-(-duration // steps) * steps} us"
        )
    if config.network.kind == "convolutional" and not config.network.channels:
        raise NetworkError(f"{file}: channels in [network] is empty; a convolution needs one")
    if config.network.kind != "convolutional" and not config.network.hidden:
        raise NetworkError(f"{file}: hidden in [network] is empty; give the number of neurons")
    if config.network.kind == "recurrent" and config.network.neuron == "iaf":
        raise NetworkError(f"{file}: [network] kind 'recurrent' takes the neurons lif and lif_box")


def load_config(path: str | Path) -> Config:
    """Read a pipeline's file.

    Args:
        path: A TOML file; `example_config()` is one.

    Returns:
        The configuration.

    Raises:
        NetworkError: The file cannot be read, is no TOML, or says something unknown.
    """
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise NetworkError(
            f"{path}: cannot be read ({error.strerror}); `python -m norse_lite pipeline --init "
            f"{path.name}` writes an example"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NetworkError(f"{path}: is no TOML: {error}") from error
    return parse_config(values, base=path.absolute().parent, file=str(path))


def example_config(**given: Mapping[str, Any]) -> str:
    """Write a commented example of a pipeline's file.

    Args:
        **given: Values by section (`top` for those in front of all sections) that differ from the
            defaults; they are written without a comment sign.

    Returns:
        The text of a TOML file.

    Example:
        >>> tomllib.loads(example_config(data={"folder": "gestures"}))["data"]
        {'folder': 'gestures'}
    """
    values = {"data": {"folder": "recordings"}, **given}
    parts = [section_example(_Top, "", values.get("top", {}))]
    parts += [section_example(kind, n, values.get(n, {})) for n, kind in _SECTIONS.items()]
    head = "# From recordings to a verified network: python -m norse_lite pipeline THIS_FILE\n"
    return head + "\n" + "\n".join(parts)
