import importlib
import inspect
import sys
import tomllib
from pathlib import Path
from typing import get_origin
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "_ext"))

import bits
import docstrings
import executed
import house
import licences
import profiles
import reference
from sphinx.errors import ExtensionError

import nir_core


@pytest.mark.parametrize("package", reference.MODULES)
def test_every_public_name_of_a_package_is_documented_once(package: str) -> None:
    documented = [one.path for page in reference.entries(package).values() for one in page]
    top = importlib.import_module(package)
    names = {
        f"{package}.{name}"
        for name in reference.public_names(top)
        if not inspect.ismodule(getattr(top, name))
    }
    assert names <= set(documented)
    assert len(set(documented)) == len(documented)


@pytest.mark.parametrize("package", reference.MODULES)
def test_every_documented_class_and_function_says_what_it_is(package: str) -> None:
    entries = [one for page in reference.entries(package).values() for one in page]
    silent = [
        one.path
        for one in entries
        if (inspect.isfunction(one.value) or isinstance(one.value, type))
        and get_origin(one.value) is None
        and not one.value.__dict__.get("__doc__", one.value.__doc__)
    ]
    assert silent == []


def test_pages_that_nothing_asks_for_any_more_are_removed(tmp_path: Path) -> None:
    old = tmp_path / "nir_core" / "nir_core.gone.rst"
    old.parent.mkdir()
    old.write_text("gone\n====\n")
    reference.write_pages(tmp_path)
    assert not old.exists()
    text = (tmp_path / "nir_core" / "nir_core.rst").read_text()
    assert ".. autofunction:: nir_core.check\n" in text


def test_docstrings_keep_stars_and_tables_of_plain_text() -> None:
    lines = ["Shape (T, B, *shape), see `a * b`.", "", "| a | b |", "|---|---|", "| 1 | *2 |"]
    assert docstrings.readable(lines) == [
        r"Shape (T, B, \*shape), see `a * b`.",
        "",
        "",
        ".. list-table::",
        "   :header-rows: 1",
        "",
        "   * - a",
        "     - b",
        "   * - 1",
        r"     - \*2",
        "",
    ]


def test_examples_in_docstrings_stay_as_they_are() -> None:
    lines = [">>> a * b", "*", "", "a * b"]
    assert docstrings.readable(lines) == [">>> a * b", "*", "", r"a \* b"]


def test_pictures_of_a_page_are_made_by_its_code(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("```python\nopen('p.svg', 'w').write('<svg/>')\n```\n\n![x](made/a/p.svg)\n")
    executed.make(page)
    assert (tmp_path / "made" / "a" / "p.svg").read_text() == "<svg/>"
    (tmp_path / "made" / "a" / "p.svg").write_text("kept")
    executed.make(page)
    assert (tmp_path / "made" / "a" / "p.svg").read_text() == "kept"
    page.write_text(page.read_text() + "\nchanged\n")
    executed.make(page)
    assert (tmp_path / "made" / "a" / "p.svg").read_text() == "<svg/>"


@pytest.mark.parametrize(
    ("code", "message"), [("1 / 0", "fails"), ("pass", "does not write")], ids=["fails", "absent"]
)
def test_a_picture_that_is_not_made_stops_the_build(
    code: str, message: str, tmp_path: Path
) -> None:
    page = tmp_path / "a.md"
    page.write_text(f"```python\n{code}\n```\n\n![x](made/a/p.svg)\n")
    with pytest.raises(ExtensionError, match=message):
        executed.make(page)


@pytest.mark.parametrize("equation", ["lif", "cuba", "integrate", "evidence"])
def test_every_profile_has_a_row_in_every_table_of_rules(equation: str) -> None:
    heads, *rows = profiles.rules(equation)
    assert [row[0] for row in rows] == list(nir_core.PROFILES)
    assert {len(row) for row in rows} == {len(heads)}


def test_words_are_drawn_to_scale() -> None:
    name, fields = bits.parse("event: type 2 [15:12] | p [11] | x [10:0]", 16)
    assert (name, [(one.text, one.high, one.low) for one in fields]) == (
        "event",
        [("type 2", 15, 12), ("p", 11, 11), ("x", 10, 0)],
    )
    svg = ElementTree.fromstring(bits.drawing([(name, fields)], 16))
    widths = [float(one.attrib["width"]) for one in svg.findall("rect")]
    assert widths == [640, 160, 40, 440]


@pytest.mark.parametrize("line", ["e: x", "e: x [16:0]", "e: x [3:0] | y [4]", "e: x [0:3]"])
def test_words_whose_bits_are_out_of_place_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"e: x"):
        bits.parse(line, 16)


def test_the_licence_of_every_requirement_is_written_down() -> None:
    heads, *listed = licences.rows()
    assert heads == ["package", "licence", "asked for by"]
    named = {row[0]: row for row in listed}
    assert named["numpy"][1] == "BSD-3-Clause"
    assert "faery-cli[video]" in named["av"][2]
    assert set(named) == set(tomllib.loads(licences.KNOWN.read_text("utf-8")))


def test_the_house_shows_who_needs_whom() -> None:
    needs, can = house.arrows()
    assert ("norse-lite", "neuro-kernels") in needs
    assert ("aestream-io", "hw-drivers") in can
    assert not needs & can
    level = house.floors(needs)
    assert all(level[upper] > level[lower] for upper, lower in needs)
    svg = ElementTree.fromstring(house.drawing())
    assert {one.text for one in svg.findall("text")} == set(level)


def test_what_comes_from_bases_without_an_entry_is_documented_with_the_class() -> None:
    import hw_drivers

    (line,) = reference._inherited(hw_drivers.Evk4, "hw_drivers")
    others = line.partition(":inherited-members: ")[2].split(", ")
    assert "Device" in others  # has an entry of its own
    assert not {"HdCamera", "Streaming"} & set(others)
    assert list(reference._inherited(hw_drivers.Window, "hw_drivers")) == []
