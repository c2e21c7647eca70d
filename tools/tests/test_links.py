from pathlib import Path

from devtools.links import broken, main


def test_links_to_files_and_names_that_exist_are_fine(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.html").write_text('<a href="sub/#there">x</a><a href="https://x.org/y">y</a>')
    (tmp_path / "sub" / "index.html").write_text('<h1 id="there"></h1><a href="../a.html#">b</a>')
    assert list(broken(tmp_path)) == []
    assert main([str(tmp_path)]) == 0


def test_every_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="gone.html">x</a><img src="gone.png">'
        '<a href="#gone">y</a><a href="b.html#gone">z</a>'
    )
    (tmp_path / "b.html").write_text("")
    found = list(broken(tmp_path))
    assert len(found) == 4
    assert "a.html: there is no gone.html" in found
    assert "a.html: b.html#gone names nothing on that page" in found
    assert main([str(tmp_path)]) == 1
