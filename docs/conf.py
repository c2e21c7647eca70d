"""Settings of the documentation: Sphinx with the furo theme and MyST Markdown."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))

from conformance.page import page  # noqa: E402

project = "Neuromorphic stack"
author = "the contributors"
project_copyright = "the contributors, Apache-2.0"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "conformance/table.md"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = "Neuromorphic stack"
html_copy_source = False

# Pages that Sphinx does not make; they are copied beside those that it makes.
EXTRA = HERE / "_build" / "extra"
(EXTRA / "conformance").mkdir(parents=True, exist_ok=True)
(EXTRA / "conformance" / "report.html").write_text(
    page(HERE / "conformance" / "results.json"), "utf-8"
)
html_extra_path = [str(EXTRA)]
