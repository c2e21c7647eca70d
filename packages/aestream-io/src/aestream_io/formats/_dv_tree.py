"""The description of an AEDAT 4 file's streams: a tree of nodes and attributes in XML."""

from dataclasses import dataclass, field
from html import escape

__all__ = ["Stream", "parse", "spell"]


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream of packets.

    Attributes:
        number: what its packets are marked with.
        kind: four letters: EVTS, FRME, IMUS or TRIG.
        name: what its writer called it.
        size: `(width, height)` in pixels, or None.
        attributes: all attributes, those of the inner node too.
    """

    number: int
    kind: str
    name: str = ""
    size: tuple[int, int] | None = None
    attributes: dict[str, str] = field(default_factory=dict)


def parse(text: str) -> list[Stream]:
    """The streams that a description names; none where it is damaged.

    Example:
        >>> parse(spell([Stream(number=0, kind="EVTS", name="events", size=(64, 48))]))[0].size
        (64, 48)
    """
    from xml.etree import ElementTree  # here, because most programs never need it

    if "<!" in text:
        return []  # definitions, which could expand without end, are no part of the format
    try:
        tree = ElementTree.fromstring(text.strip().rstrip("\0"))
    except (ElementTree.ParseError, ValueError):
        return []
    nodes = [tree, *tree.iter("node")]
    outputs = next((node for node in nodes if node.get("name") == "outInfo"), tree)
    streams = []
    for node in outputs.findall("node"):
        number = node.get("name", "")
        if not (number.isascii() and number.isdigit() and len(number) < 6):
            continue
        attributes = {
            attr.get("key", ""): (attr.text or "").strip()
            for part in (node, *node.findall("node"))
            for attr in part.findall("attr")
        }
        streams.append(
            Stream(
                number=int(number),
                kind=attributes.get("typeIdentifier", "")[:4],
                name=attributes.get("originalOutputName", ""),
                size=_size(attributes.get("sizeX"), attributes.get("sizeY")),
                attributes=attributes,
            )
        )
    return streams


def _size(width: str | None, height: str | None) -> tuple[int, int] | None:
    sides = []
    for text in (width, height):
        if text is None or not (text.isascii() and text.isdigit() and len(text) < 6):
            return None
        sides.append(int(text))
    return (sides[0], sides[1]) if all(0 < side <= 32768 for side in sides) else None


def spell(streams: list[Stream]) -> str:
    """The description of these streams."""
    out = ['<dv version="2.0">', '    <node name="outInfo" path="/outInfo/">']
    for one in streams:
        path = f"/outInfo/{one.number}/"
        out.append(f'        <node name="{one.number}" path="{path}">')
        outer = {"originalOutputName": one.name, "typeIdentifier": one.kind}
        inner = {"source": "aestream-io"}
        if one.size is not None:
            inner = {"sizeX": str(one.size[0]), "sizeY": str(one.size[1]), **inner}
        for key, value in one.attributes.items():
            (inner if key in ("source", "tsOffset") else outer)[key] = value
        out += [_attribute(key, value, 12) for key, value in sorted(outer.items())]
        out.append(f'            <node name="info" path="{path}info/">')
        out += [_attribute(key, value, 16) for key, value in sorted(inner.items())]
        out += ["            </node>", "        </node>"]
    return "\n".join([*out, "    </node>", "</dv>", ""])


_TYPES = {"sizeX": "int", "sizeY": "int", "tsOffset": "long"}


def _attribute(key: str, value: str, indent: int) -> str:
    kind = _TYPES.get(key, "string")
    return f'{" " * indent}<attr key="{escape(key)}" type="{kind}">{escape(value)}</attr>'
