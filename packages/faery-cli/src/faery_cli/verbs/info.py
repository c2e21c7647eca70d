"""`fae info`: what a recording holds."""

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faery_cli.console import bytes_text, count_text, rate_text
from faery_cli.context import Context
from faery_cli.errors import FaeError, InputError
from faery_cli.registry import FLAG, Parameter
from faery_cli.sources import make_source
from faery_cli.units import SIZE, TEXT
from faery_cli.verbs._registry import Line, Verb

if TYPE_CHECKING:
    from neuro_kernels import Events

__all__ = ["VERB", "Facts", "collect"]


@dataclass
class Facts:
    """Counts over a stream, complete when all events were added.

    Args:
        hashed: also hash the columns.
    """

    hashed: bool = True
    events: int = 0
    on: int = 0
    first_us: int | None = None
    last_us: int | None = None
    backward: int = 0
    _end: int | None = None
    _hashes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.hashed:
            self._hashes = {name: hashlib.sha256() for name in "txyp"}

    def add(self, events: "Events") -> None:
        """Count some events."""
        if not len(events):
            return
        t = events.t
        self.events += len(events)
        self.on += int(events.p.sum(dtype="int64"))
        if self._end is not None:
            self.backward += int(t[0]) < self._end
        if events.is_sorted:
            low, high = int(t[0]), int(t[-1])
        else:
            low, high = int(t.min()), int(t.max())
            self.backward += int((t[1:] < t[:-1]).sum())
        self._end = int(t[-1])
        self.first_us = low if self.first_us is None else min(low, self.first_us)
        self.last_us = high if self.last_us is None else max(high, self.last_us)
        for name, digest in self._hashes.items():
            column = getattr(events, name)
            digest.update(column.astype(column.dtype.newbyteorder("<"), copy=False).data)

    @property
    def rate_hz(self) -> float | None:
        """Mean events per second, None where no time passes."""
        if self.first_us is None or self.last_us is None or self.last_us == self.first_us:
            return None
        return self.events * 1e6 / (self.last_us - self.first_us)

    def columns(self) -> dict[str, str]:
        """Give the SHA-256 of each column (t int64, x and y uint16, p uint8, little-endian)."""
        return {name: digest.hexdigest() for name, digest in self._hashes.items()}

    def hash(self) -> str | None:
        """Give one hash of all: the SHA-256 of the four digests, one after the other."""
        if not self._hashes:
            return None
        return hashlib.sha256(b"".join(d.digest() for d in self._hashes.values())).hexdigest()


def collect(context: Context, line: Line, path: str) -> dict[str, Any]:
    """Read a recording and give its facts.

    Raises:
        InputError: it is missing or of no known format.
    """
    from faery_cli.console import Progress

    source = make_source(path, format=line["input_format"], size=line["input_size"])
    facts = Facts(hashed=not line["no_hash"])
    progress = Progress("none" if context.quiet or context.json else context.progress)
    from faery_cli.run import Run

    with Run(source, ()) as run:
        for item in run:
            facts.add(item.events)
            progress(run)
        progress.clear()
        header: Any = getattr(run.opened, "header", None)
        result: dict[str, Any] = {"path": path}
        if header is not None:
            result |= {"format": header.format, "version": header.version}
        width, height = run.input_shape.size
        result |= {"width": width, "height": height}
        if header is not None:
            result["size_from"] = header.size_source
        result |= {
            "events": facts.events,
            "on": facts.on,
            "off": facts.events - facts.on,
            "t_first_us": facts.first_us,
            "t_last_us": facts.last_us,
            "duration_us": None
            if facts.last_us is None or facts.first_us is None
            else facts.last_us - facts.first_us,
            "rate_hz": facts.rate_hz,
            "backward_steps": facts.backward,
        }
        if header is not None:
            result |= {"t0_us": header.t0, "bytes": _bytes(path)}
            result["metadata"] = dict(header.metadata)
        if facts.hashed:
            result |= {"sha256": facts.hash(), "column_sha256": facts.columns()}
        result["damage"] = run.problems
    return result


def _bytes(path: str) -> int | None:
    import os

    return os.path.getsize(path) if os.path.isfile(path) else None


def as_text(facts: dict[str, Any]) -> str:
    """Write facts for people."""
    rows: list[tuple[str, str]] = []
    if facts.get("format"):
        text = facts["format"] + (f" {facts['version']}" if facts.get("version") else "")
        if facts.get("bytes") is not None:
            text += f", {bytes_text(facts['bytes'])}"
        rows.append(("format", text))
    size = f"{facts['width']}x{facts['height']}"
    if facts.get("size_from") not in (None, "header"):
        size += f" (from the {facts['size_from']})"
    rows.append(("size", size))
    events = count_text(facts["events"])
    if facts["events"]:
        events += f" ({count_text(facts['on'])} ON, {count_text(facts['off'])} OFF)"
    rows.append(("events", events))
    if facts["events"]:
        first, last = count_text(facts["t_first_us"]), count_text(facts["t_last_us"])
        rows.append(("time", f"{first} to {last} us ({facts['duration_us'] / 1e6:.6g} s)"))
    if facts["rate_hz"] is not None:
        rows.append(("rate", f"mean {rate_text(facts['rate_hz'])}"))
    if facts["backward_steps"]:
        rows.append(("order", f"time steps back {count_text(facts['backward_steps'])} times"))
    if facts.get("t0_us") is not None:
        rows.append(("t0", f"{count_text(facts['t0_us'])} us"))
    for key, value in (facts.get("metadata") or {}).items():
        rows.append((key, str(value)))
    if facts.get("sha256"):
        rows.append(("sha256", facts["sha256"]))
    if facts["damage"]:
        rows.append(("damage", facts["damage"]))
    width = min(16, max(len(name) for name, _ in rows))
    return "\n".join([facts["path"], *(f"  {n:{width}}  {t}" for n, t in rows)])


def run(context: Context, line: Line) -> int:
    code = 0
    for path in line["inputs"]:
        try:
            facts = collect(context, line, path)
        except FaeError as error:
            if len(line["inputs"]) == 1:
                raise
            context.warn(error.message)
            code = max(code, error.exit_code)
            continue
        if context.json:
            context.data(facts)
        else:
            print(as_text(facts))
        if facts["damage"]:
            code = InputError.exit_code
    return code


VERB = Verb(
    "info",
    "Say what a recording holds: size, events, time, rate, hash.",
    run,
    (
        Parameter("inputs", TEXT, "files or addresses", many=True),
        Parameter(
            "input_format", TEXT, "format of the input (found by its content)", None, named=True
        ),
        Parameter(
            "input_size", SIZE, "width and height of the sensor, if the input does not say", None,
            named=True,
        ),
        Parameter("no_hash", FLAG, "leave out the hash", False),
    ),
    details="sha256 is that of the four columns' SHA-256 digests one after the other (t int64, x "
    "and y uint16, p uint8, little-endian): it is the same in every format. With --json there is "
    "one object per line.",
    examples=("fae info in.es", "fae info --json rec/*.raw"),
)  # fmt: skip
