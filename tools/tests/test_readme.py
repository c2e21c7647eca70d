"""The runner of Markdown code blocks: it runs them all, and notices the one that fails."""

from pathlib import Path

import pytest
from devtools import readme

FENCE = "```"


def page(folder: Path, *parts: tuple[str, str]) -> Path:
    """Write a Markdown file of fenced blocks."""
    path = folder / "page.md"
    text = "".join(f"Words.\n{FENCE}{kind}\n{body}\n{FENCE}\n" for kind, body in parts)
    path.write_text(text)
    return path


def test_blocks_run_in_order_in_one_folder_and_namespace(tmp_path: Path) -> None:
    path = page(
        tmp_path,
        ("python", "from pathlib import Path\nPath('made').write_text('one')\nvalue = 41"),
        ("sh", 'test "$(cat made)" = one\necho two > made'),
        ("python", "assert Path('made').read_text() == 'two\\n'\nvalue += 1"),
        ("console", "$ test -f made\nthis line is output and does not run"),
        ("text", "neither does this"),
        ("python", ">>> value\n42"),
    )
    assert readme.run_file(path) == 5
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("python", "1 / 0", "ZeroDivisionError"),
        ("python", "raise SystemExit(0)", "SystemExit"),
        ("python", "def broken(:", "SyntaxError"),
        ("python", ">>> 1 + 1\n3", "prints something else"),
        ("sh", "false\ntrue", "end with status 1"),
        ("sh", "false | true", "end with status 1"),
        ("console", "$ no-such-command-anywhere", "end with status 127"),
    ],
)
def test_a_planted_failing_block_is_caught(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, body: str, reason: str
) -> None:
    path = page(tmp_path, ("python", "fine = True"), (kind, body))
    assert readme.main([str(path)]) == 1
    printed = capsys.readouterr().out
    assert f"FAILED {path}:7: " in printed
    assert reason in printed


def test_a_block_that_is_never_closed_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"{FENCE}python\nx = 1\n")
    with pytest.raises(readme.BlockError, match="line 1: this block is never closed"):
        readme.run_file(path)


def test_an_indented_block_is_run_without_its_indent(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"- item\n  {FENCE}python\n  if True:\n      x = 1\n  {FENCE}\n")
    assert readme.run_file(path) == 1


def test_commands_run_elsewhere_are_named_and_exist(root: Path) -> None:
    noxfile = (root / "noxfile.py").read_text("utf-8")
    assert '"tools/dev.py", "demo", "--quick"' in noxfile
    assert "python3 tools/dev.py test" in (root / ".ci" / "run").read_text("utf-8")
    assert set(readme.ELSEWHERE) == {"python3 tools/dev.py demo", "python3 tools/dev.py test"}
