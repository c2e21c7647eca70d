"""What the blocks of a page print is kept, and shown below each of them."""

import json
import sys
from pathlib import Path

import pytest
from devtools import readme
from sphinx.errors import ExtensionError

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "_ext"))

import executed

FENCE = "```"
PAGE = f"""# A page

{FENCE}python
for n in range(2):
    print(n)
{FENCE}

Words.

{FENCE}sh
echo from the shell
{FENCE}

{FENCE}python
silent = True
{FENCE}

{FENCE}text
not run
{FENCE}
"""


def test_what_each_block_prints_is_kept_by_its_line(tmp_path: Path) -> None:
    path, kept = tmp_path / "page.md", tmp_path / "kept.json"
    path.write_text(PAGE)
    assert readme.main([str(path), "--outputs", str(kept)]) == 0
    outputs = json.loads(kept.read_text())
    assert outputs == {"4": "0\n1\n", "11": "from the shell\n", "15": ""}


def test_it_is_shown_below_the_block_and_nothing_else_changes() -> None:
    shown = executed.with_outputs(PAGE, {4: "0\n1\n", 11: "from the shell\n", 15: ""})
    assert (
        f"    print(n)\n{FENCE}\n\n`````{{code-block}} text\n:class: prints\n\n0\n1\n`````\n"
        in shown
    )
    assert "echo from the shell\n```\n\n`````{code-block} text\n" in shown
    assert shown.count("{code-block}") == 2
    assert executed.with_outputs(PAGE, {}) == PAGE


def test_outputs_are_shown_as_a_terminal_would_leave_them() -> None:
    assert executed.readable("\x1b[1mbold\x1b[0m\n 10 %\r100 %\n\n\n") == ["bold", "100 %"]
    many = executed.readable("x\n" * 40)
    assert len(many) == 24
    assert many[-1] == "... and 17 more lines"


def test_a_page_is_run_once_and_its_failure_stops_the_documentation(tmp_path: Path) -> None:
    page, outputs = tmp_path / "page.md", tmp_path / "made" / "page" / "outputs.json"
    page.write_text(f"{FENCE}sh\necho once > here\necho done in $PWD\n{FENCE}\n")
    executed.make(page)
    assert json.loads(outputs.read_text()) == {"2": "done in .\n"}
    (outputs.parent / "here").unlink()
    executed.make(page)
    assert not (outputs.parent / "here").exists()
    page.write_text(f"{FENCE}sh\nfalse\n{FENCE}\n")
    with pytest.raises(ExtensionError, match=r"the code of page\.md fails"):
        executed.make(page)
    page.write_text(f"{FENCE}sh\ntrue\n{FENCE}\n![a picture](made/page/none.png)\n")
    with pytest.raises(ExtensionError, match=r"none\.png, which its code does not write"):
        executed.make(page)


def test_blocks_that_install_the_packages_are_left_to_the_checks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{FENCE}sh\npython3 tools/dev.py demo\n{FENCE}\n")
    executed.make(page)
    assert not (tmp_path / "made").exists()
    page.write_text(f"{page.read_text()}\n{FENCE}sh\necho done\n{FENCE}\n")
    executed.make(page)
    outputs = tmp_path / "made" / "page" / "outputs.json"
    assert json.loads(outputs.read_text()) == {"6": "done\n"}
