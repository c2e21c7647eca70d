"""Pages of the devices, from the tables of hw-drivers: identity, configuration, proof, limits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hw_drivers.config.schema import FieldRow, field_rows
from hw_drivers.devices import DRIVERS, Driver
from hw_drivers.tables.usb_identities import IDENTITIES, Identity

# What a reader has to know beside the tables; every sentence says what was not seen.
LIMITS: dict[str, tuple[str, ...]] = {
    "evk4": (
        "Start-up, registers and filters are those of OpenEB's tables for the IMX636.",
        "How the event rate follows the biases is a plausible law of the model.",
        "The board has no trigger output: `trigger_out` is refused with the reason.",
        "CenturyArks SilkyEvCam HD, IDS uEye XCP-E and EVK3 boards with this sensor open too.",
        "Rows of masks are those that events tell, as in OpenEB; some drivers count from below.",
    ),
    "evk3": (
        "Start-up is OpenEB's table for the Gen4.1; its reads that only compare are left out.",
        "How the sensor measures its temperature is not known: `temperature()` is refused.",
        "Firmware that knows no writes of several registers gets them one by one.",
    ),
    "evk2": (
        "Start-up is OpenEB's table for the IMX636 behind an EVK2.",
        "Boards with other sensors are refused by their number.",
        "The board has a trigger output, and can send its edges back as triggers on channel 3.",
        "How the sensor is cropped behind this board is not known: `crop` is refused.",
    ),
    "genx320": (
        "Start-up is OpenEB's table for the ES silicon.",
        "That of the later MP silicon is published under other terms: it is refused.",
        "The stream is EVT 2.1 in the order of this sensor.",
        "How the sensor measures light is not known: there is no `illuminance()`.",
    ),
}
_NONE = "–"


def overview(drivers: Sequence[Driver]) -> str:
    """Return the page with one row for each device."""
    rows = [
        [
            f"[{d.name}](device-{d.key}.md)",
            f"`{d.key}:`",
            " x ".join(map(str, d.size)),
            d.link,
            ", ".join(sorted({_numbers(i) for i in _identities(d)})) or _NONE,
            f"**{d.proof}**",
        ]
        for d in drivers
    ]
    heads = ["device", "URI", "pixels", "link", "USB numbers", "proof"]
    others = sorted({i.name for i in IDENTITIES if i.device not in DRIVERS})
    text = f"# All devices\n\n{_table(heads, rows)}"
    if {driver.proof for driver in drivers} == {"emulated"}:
        text += "\nNone of them was driven as a real device yet.\n"
    if others:
        text += "\nListed by `hw-drivers list`, without a driver: " + ", ".join(others) + ".\n"
    return text


def device_page(driver: Driver) -> str:
    """Return the page of one device."""
    parts = [
        f"# {driver.name}\n",
        (
            f"`{driver.key}:` opens it, `emulated:{driver.key}` its model; {driver.size[0]} x "
            f"{driver.size[1]} pixels. Proof: **{driver.proof}**.\n"
        ),
    ]
    identities = _identities(driver)
    if identities:
        rows = [
            [
                i.name,
                _numbers(i),
                _NONE if i.interface is None else "{:02X}/{:02X}".format(*i.interface),
                _texts(i),
                i.data,
                i.source,
            ]
            for i in identities
        ]
        heads = ["camera", "USB numbers", "interface", "texts begin with", "stream", "source"]
        parts += ["## Identity\n", _table(heads, rows)]
    limits = LIMITS.get(driver.key)
    if limits:
        parts += ["## What is known, and what is not\n", "\n".join(f"- {s}" for s in limits) + "\n"]
    rows = [_field(row) for row in field_rows(driver.load("config"))]
    heads = ["field", "default", "allowed", "meaning"]
    kind = driver.load("config").__name__
    parts += [
        "## Configuration\n",
        (
            f"`{kind}`, and `--set FIELD=VALUE` on the command line; "
            f"`hw-drivers config {driver.key} --schema` prints it as JSON schema.\n"
        ),
        _table(heads, rows),
    ]
    return "\n".join(parts)


def write_pages(folder: Path) -> None:
    """Write all pages; those of devices that are no more are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    drivers = list(DRIVERS.values())
    pages = {f"device-{driver.key}.md": device_page(driver) for driver in drivers}
    pages["overview.md"] = overview(drivers)
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def _identities(driver: Driver) -> list[Identity]:
    return [identity for identity in IDENTITIES if identity.device == driver.key]


def _numbers(identity: Identity) -> str:
    products = "/".join(f"{product:04X}" for product in identity.product_ids)
    return f"{identity.vendor_id:04X}:{products}"


def _texts(identity: Identity) -> str:
    texts = [text for text in (identity.manufacturer, identity.product) if text]
    if identity.probe:
        texts.append("the board's compatible text decides")
    return ", ".join(texts) or _NONE


def _field(row: FieldRow) -> list[str]:
    allowed = ", ".join(row.choices) if row.choices else _limits(row.allowed)
    if row.unit:
        allowed = row.unit if row.allowed is None else f"{allowed} {row.unit}"
    if row.recommended is not None:
        allowed += f"; advised: {_limits(row.recommended)}"
    default = "none" if row.default is None else f"{row.default}"
    if isinstance(row.default, float):
        default = f"{row.default:.6g}"
    if row.factory is not None:
        default += f" (factory {row.factory:g})"
    source = f" (*{row.source}*)" if row.source else ""
    return [f"`{row.path}`", default, allowed, f"{row.doc}{source}"]


def _limits(limits: tuple[float, float] | None) -> str:
    return _NONE if limits is None else f"{limits[0]:g} to {limits[1]:g}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |\n" for line in lines
    )


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", lambda app: write_pages(Path(app.srcdir) / "devices" / "pages"))
    return {"parallel_read_safe": True}
