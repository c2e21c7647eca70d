"""The text form: one line for each node, field and edge, made to be read and compared.

    nir-text 1
    metadata {"semantics": {"dt": 0.001, "profile": "norse", "version": 1}}
    node input Input
      input_type [2]
    node lif LIF
      tau float64[2] [0.01, 0.02]
      weight float32[100,50] blake2b:0f3c...
    edge input -> lif

Names that are not plain words stand in quotes as in JSON. A nested graph is a node of type
NIRGraph whose content is indented. An array is `dtype[shape]` and either its numbers, or the
hash of its content, which is looked up in the arrays given to `from_text`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from math import isfinite, prod
from typing import Any, Literal

import numpy as np

from nir_core._values import digest
from nir_core.errors import NirFileError, NirTypeError
from nir_core.files._document import DocumentReader, describe
from nir_core.files._limits import Budget, Limits
from nir_core.findings import Finding, node_path
from nir_core.graph import NIRGraph

__all__ = ["HEAD", "from_text", "read_text_form", "to_text"]

HEAD = "nir-text 1"
_WORD = re.compile(r"[A-Za-z0-9_.\-]+")
_ARRAY = re.compile(r"([a-z0-9]+)\[([0-9, ]*)\] (.+)", re.DOTALL)
_HASH = re.compile(r"blake2b:([0-9a-f]{32})")
_DTYPES = frozenset(
    (
        *("float16", "float32", "float64", "bool"),
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    )
)


def _name(name: str) -> str:
    return name if _WORD.fullmatch(name) else json.dumps(name)


def _numbers(array: np.ndarray) -> str:
    """Shortest decimals that give the same bits; NaN and infinity by name."""

    def one(value: Any) -> str:
        if array.dtype.kind == "f":
            return str(value) if isfinite(value) else repr(float(value))
        return str(value.item() if array.dtype.kind != "b" else bool(value)).lower()

    if array.ndim == 0:
        return one(array[()])
    if array.ndim == 1:
        return "[" + ", ".join(one(v) for v in array) + "]"
    return "[" + ", ".join(_numbers(row) for row in array) + "]"


def _array(array: Any, most: int | None) -> str:
    values = np.asarray(array) if most is None or prod(array.shape) <= most else array
    shape = ",".join(map(str, array.shape))
    head = f"{np.dtype(array.dtype).name}[{shape}] "
    if most is not None and prod(array.shape) > most:
        return f"{head}blake2b:{digest(values).hex()}"
    return head + _numbers(values)


def to_text(graph: NIRGraph, *, weights: Literal["inline", "reference"] | int = "inline") -> str:
    """Give a graph as text.

    Args:
        graph: the graph.
        weights: "inline" writes all numbers; "reference" writes the hash of every array with
            more than 64 elements, and a number sets another limit.

    Returns:
        Text that `from_text` turns into an equal graph.

    Example:
        >>> from nir_core import Scale
        >>> print(to_text(NIRGraph.from_list(Scale([1.0, 2.5]))))
        nir-text 1
        node input Input
          input_type [2]
        node scale Scale
          scale float64[2] [1.0, 2.5]
        node output Output
          output_type [2]
        edge input -> scale
        edge scale -> output
        <BLANKLINE>
    """
    most = (
        {"inline": None, "reference": 64}.get(weights, weights)
        if isinstance(weights, str)
        else int(weights)
    )
    content = describe(graph, lambda array: _Token(_array(array, most)))  # type: ignore[arg-type]
    lines = [HEAD]
    _lines(content, lines, "")
    return "\n".join(lines) + "\n"


class _Token(str):
    """An array in its written form, which must not be quoted."""


def _lines(content: Mapping[str, Any], lines: list[str], indent: str) -> None:
    if "metadata" in content:
        lines.append(f"{indent}metadata {json.dumps(content['metadata'], allow_nan=False)}")
    if content["type"] == "NIRGraph":
        for name, node in content["nodes"].items():
            lines.append(f"{indent}node {_name(name)} {node['type']}")
            _lines(node, lines, indent + "  ")
        for source, target in content["edges"]:
            lines.append(f"{indent}edge {_name(source)} -> {_name(target)}")
        return
    for name, value in content.items():
        if name not in ("type", "metadata"):
            text = value if isinstance(value, _Token) else json.dumps(value)
            lines.append(f"{indent}{name} {text}")


class _Parser:
    """Turns lines into the same tree that `describe` makes."""

    def __init__(self, text: str) -> None:
        self.lines = [
            (number, line)
            for number, line in enumerate(text.split("\n"), 1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        self.at = 0

    def fail(self, message: str) -> NirFileError:
        number = self.lines[min(self.at, len(self.lines) - 1)][0] if self.lines else 1
        return NirFileError(f"line {number}: {message}")

    def name(self, text: str) -> tuple[str, str]:
        """Read a name and give the rest of the line."""
        if text.startswith('"'):
            try:
                found, end = json.JSONDecoder().raw_decode(text)
            except ValueError:
                raise self.fail("the quotes of a name do not end") from None
            return found, text[end:].strip()
        match = _WORD.match(text)
        if not match:
            raise self.fail(f"expected a name, got {text[:40]!r}")
        return match[0], text[match.end() :].strip()

    def block(self, depth: int, kind: str, level: int) -> dict[str, Any]:
        """Read the lines of one node; `depth` is their indentation."""
        if level > 200:
            raise self.fail("nested too deep")
        content: dict[str, Any] = {"type": kind}
        if kind == "NIRGraph":
            content.update(nodes={}, edges=[])
        while self.at < len(self.lines):
            line = self.lines[self.at][1]
            indent = len(line) - len(line.lstrip(" "))
            if indent < depth:
                break
            if indent > depth:
                raise self.fail(f"expected {depth} spaces at the start, got {indent}")
            word, _, rest = line.strip().partition(" ")
            if word == "node" and kind == "NIRGraph":
                name, inner = self.name(rest)
                if name in content["nodes"]:
                    raise self.fail(f"the name {name!r} stands twice")
                self.at += 1
                content["nodes"][name] = self.block(depth + 2, inner, level + 1)
                continue
            if word == "edge" and kind == "NIRGraph":
                source, arrow = self.name(rest)
                if not arrow.startswith("->"):
                    raise self.fail("an edge is written: edge source -> target")
                target, left = self.name(arrow[2:].strip())
                if left:
                    raise self.fail(f"nothing may follow an edge, got {left[:40]!r}")
                content["edges"].append([source, target])
            else:
                self.field(content, word, rest)
            self.at += 1
        return content

    def field(self, content: dict[str, Any], word: str, rest: str) -> None:
        if word in content:
            raise self.fail(f"{word!r} stands twice")
        if _ARRAY.fullmatch(rest):
            content[word] = _Token(rest)
            return
        try:
            content[word] = json.loads(rest, parse_constant=self._refuse)
        except (ValueError, RecursionError):
            raise self.fail(f"the value of {word!r} cannot be read: {rest[:40]!r}") from None

    @staticmethod
    def _refuse(text: str) -> Any:
        raise ValueError(text)


class _ArrayReader:
    def __init__(self, arrays: Mapping[str, np.ndarray], budget: Budget) -> None:
        self.arrays, self.budget = arrays, budget

    def load(self, token: Any, path: tuple[str, ...]) -> np.ndarray:
        here = node_path(*path)
        match = _ARRAY.fullmatch(token) if isinstance(token, str) else None
        if match is None or match[1] not in _DTYPES:
            raise NirFileError(f"{here}: expected an array such as float64[2] [0.1, 0.2]")
        try:
            shape = tuple(int(n) for n in match[2].replace(" ", "").split(",") if n)
        except ValueError:
            raise NirFileError(f"{here}: the shape [{match[2][:40]}] cannot be read") from None
        hashed = _HASH.fullmatch(match[3])
        if hashed:
            array = self.arrays.get(hashed[1])
            if array is None:
                raise NirFileError(
                    f"{here}: no array with the hash {hashed[1]} was given; "
                    "pass the graph that holds it as weights="
                )
            if array.shape != shape or array.dtype != np.dtype(match[1]):
                raise NirFileError(
                    f"{here}: the array with this hash is {array.dtype}{array.shape}"
                )
            return array
        return self._numbers(match[1], shape, match[3], here)

    def _numbers(self, dtype: str, shape: tuple[int, ...], text: str, here: str) -> np.ndarray:
        words = re.findall(r"[^\s,\[\]]+", text)
        self.budget.take_bytes(8 * len(words), here)
        if len(words) != prod(shape):
            raise NirFileError(
                f"{here}: shape {shape} takes {prod(shape)} numbers, got {len(words)}"
            )
        try:
            if dtype == "bool":
                flat = np.array([{"true": True, "false": False}[w] for w in words], bool)
            elif dtype.startswith("float"):
                flat = np.array([float(w) for w in words]).astype(dtype)
            else:
                # numpy before 2 wraps a number that does not fit, with a warning.
                flat = np.array([_fitting(int(w), dtype) for w in words], dtype=dtype)
        except (KeyError, ValueError, OverflowError):
            raise NirFileError(f"{here}: a number of type {dtype} cannot be read") from None
        array = flat.reshape(shape)
        array.flags.writeable = False
        return array


def _fitting(number: int, dtype: str) -> int:
    limits = np.iinfo(dtype)
    if not limits.min <= number <= limits.max:
        raise OverflowError
    return number


def _by_hash(weights: NIRGraph | Iterable[np.ndarray] | None) -> dict[str, np.ndarray]:
    if weights is None:
        return {}
    found: list[Any] = []
    if isinstance(weights, NIRGraph):
        describe(weights, found.append)
    else:
        found = list(weights)
    return {digest(np.asarray(array)).hex(): np.asarray(array) for array in found}


def read_text_form(
    text: str, limits: Limits, weights: NIRGraph | Iterable[np.ndarray] | None = None
) -> tuple[NIRGraph, list[Finding]]:
    """Read the text form; the graph is not checked."""
    parser = _Parser(text)
    if not parser.lines or parser.lines[0][1].strip() != HEAD:
        raise NirFileError(f"line 1: expected {HEAD!r}")
    parser.at = 1
    content = parser.block(0, "NIRGraph", 0)
    if parser.at < len(parser.lines):
        raise parser.fail("expected no spaces at the start")
    budget = Budget(limits)
    reader = DocumentReader(_ArrayReader(_by_hash(weights), budget).load, budget)
    budget.take_nodes(1, "/")
    return reader.graph(content), reader.findings


def from_text(
    text: str,
    *,
    weights: NIRGraph | Iterable[np.ndarray] | None = None,
    type_check: bool = True,
    limits: Limits | None = None,
) -> NIRGraph:
    """Build the graph that a text describes.

    Args:
        text: what `to_text` gives.
        weights: a graph, or arrays, in which arrays written by hash are looked up.
        type_check: raise when structure or shapes cannot be right.
        limits: what the text may ask for.

    Returns:
        The graph.

    Raises:
        NirFileError: the text cannot be read; the message names the line or the node.

    Example:
        >>> from nir_core import Scale
        >>> graph = NIRGraph.from_list(Scale([0.1, 0.2]))
        >>> from_text(to_text(graph)) == graph
        True
    """
    if not isinstance(text, str):
        raise NirTypeError(f"from_text reads text, got {type(text).__name__}")
    graph, findings = read_text_form(text, limits or Limits(), weights)
    if findings:
        raise NirFileError("\n".join(map(str, findings)))
    if type_check:
        graph.check_types()
    return graph
