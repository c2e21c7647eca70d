"""Check the links of built pages that lead to files beside them: `python -m devtools.links FOLDER`.

Every address without a host has to be a file below the folder, and what follows `#` has to be the
name of something on that page. Addresses elsewhere are not asked.
"""

import sys
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from devtools.messages import say


class Page(HTMLParser):
    """What a page links to, and the names that others can link to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.names: set[str] = {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses and names of an element."""
        for key, value in attrs:
            if value and (key in ("href", "src") and tag != "base"):
                self.links.add(value)
            elif value and (key == "id" or (key == "name" and tag == "a")):
                self.names.add(value)


def broken(folder: Path) -> Iterator[str]:
    """Give a sentence for every link that leads nowhere.

    Args:
        folder: of built pages.
    """
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            if target.is_dir():
                target /= "index.html"
            where = path.relative_to(folder)
            if not target.exists():
                yield f"{where}: there is no {link}"
            elif target in pages and unquote(parts.fragment) not in pages[target].names:
                yield f"{where}: {link} names nothing on that page"


def main(arguments: Sequence[str]) -> int:
    """Check a folder; the exit status is 1 if a link is broken."""
    (name,) = arguments
    found = list(broken(Path(name).resolve()))
    for sentence in found:
        say(sentence)
    say(f"{name}: {len(found)} broken links")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
