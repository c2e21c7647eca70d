"""The stages of a run with their keys, known before any of them is done."""

import hashlib
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from norse_lite._errors import NetworkError
from norse_lite.pipeline._aestream import aestream_io
from norse_lite.pipeline._config import Config
from norse_lite.pipeline._frameworks import framework_names, framework_version
from norse_lite.pipeline._recordings import Found, discover
from norse_lite.pipeline._stages import Stage, Stages
from norse_lite.pipeline._verify import profile_names, target_names

__all__ = ["Plan", "make_plan", "versions"]

# Raised when a stage of the same inputs gives another result than before.
_FORMAT = 1
_PACKAGES = ("norse-lite", "neuro-kernels", "nir-core", "aestream-io", "torch", "numpy")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the results depend on."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "from source"
    return found


@dataclass(frozen=True)
class Plan:
    """What will be done.

    Attributes:
        found: The recordings.
        survey: Looks through them.
        frames: Makes frames of them.
        train: Trains the network.
        evaluate: Scores it.
        export: Writes it as a file, and compares.
        quantize: Fixed-point forms, by bits.
        chips: Checks of chips, by target.
        profiles: Runs by other rules, by profile.
        frameworks: Runs in real frameworks, by name.
    """

    found: Found
    survey: Stage
    frames: Stage
    train: Stage
    evaluate: Stage
    export: Stage
    quantize: dict[int, Stage]
    chips: dict[str, Stage]
    profiles: dict[str, Stage]
    frameworks: dict[str, Stage]

    def all(self) -> list[Stage]:
        """All stages in their order."""
        single = [self.survey, self.frames, self.train, self.evaluate, self.export]
        several = (self.quantize, self.chips, self.profiles, self.frameworks)
        return [*single, *(stage for group in several for stage in group.values())]


def _refuse_packages() -> None:
    aestream_io()
    try:
        import nir_core  # noqa: F401
    except ImportError:
        raise NetworkError(
            "the pipeline needs the package nir-core: pip install 'norse-lite[pipeline]'"
        ) from None


def make_plan(config: Config, stages: Stages, *, keep: bool = True) -> Plan:
    """Find the recordings and name every stage.

    Args:
        config: The options.
        stages: Where results are kept.
        keep: Whether to remember the digests of files.

    Raises:
        NetworkError: A folder is missing, a name is unknown, or a package is not installed.
    """
    _refuse_packages()
    from nir_core import NirError

    where = "profiles in [verify]"
    try:
        profiles = profile_names(config.verify.profiles)
        where = "targets in [chips]"
        chips = target_names(config.chips.targets, config.base)
    except NirError as error:
        raise NetworkError(f"{where}: {' '.join(str(error).split())}") from error
    frameworks = framework_names(config.frameworks)
    folder = config.path(config.data.folder)
    apart = config.data.test_folder
    digests = stages.folder / "digests.json" if keep else None
    found = discover(config.data, folder, None if apart is None else config.path(apart), digests)
    rules = {k: v for k, v in config.section("data").items() if not k.endswith("folder")}
    files = [(one.name, one.label, one.test, one.digest) for one in found.recordings]
    survey = stages.stage("survey", _FORMAT, versions(), files, rules, config.section("clean"))
    frames = stages.stage("frames", survey.key, config.section("frames"))
    training = {k: v for k, v in config.section("train").items() if k != "threads"}
    train = stages.stage("train", frames.key, config.seed, config.section("network"), training)
    reader = framework_version("nir")
    export = stages.stage("export", train.key, config.verify.samples, reader)
    quantize = config.section("quantize")
    bits = quantize.pop("bits")
    return Plan(
        found=found,
        survey=survey,
        frames=frames,
        train=train,
        evaluate=stages.stage("evaluate", train.key),
        export=export,
        quantize={n: stages.stage(f"quantize-{n}", export.key, quantize) for n in bits},
        chips={one: _chip(stages, one, export.key, config.verify.samples) for one in chips},
        profiles={one: stages.stage(f"profile-{_slug(one)}", export.key, one) for one in profiles},
        frameworks={
            one: stages.stage(
                f"framework-{one}",
                export.key,
                config.frameworks.samples,
                config.frameworks.timeout,
                config.frameworks.python.get(one),
                framework_version(one),
                profiles,
            )
            for one in frameworks
        },
    )


def _chip(stages: Stages, target: str, *inputs: object) -> Stage:
    path = Path(target)
    table = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return stages.stage(f"chip-{_slug(path.stem if table else target)}", target, table, *inputs)


def _slug(text: str) -> str:
    return "".join(c if c.isalnum() or c == "-" else "-" for c in text)
