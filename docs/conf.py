"""Settings of the documentation: Sphinx with the furo theme and MyST Markdown."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE / "_ext")]

from conformance.page import page  # noqa: E402

project = "Neuromorphic stack"
author = "the contributors"
project_copyright = "the contributors, Apache-2.0"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinxcontrib.programoutput",
    "devices",
    "docstrings",
    "bits",
    "executed",
    "profiles",
    "house",
    "licences",
    "reference",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "**/made", "conformance/table.md"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nitpicky = True
# Types in signatures are written for readers; not each of them has a page.
nitpick_ignore_regex = [("py:.*", ".*")]

# Two packages may have a name in common.
suppress_warnings = ["ref.python"]

default_role = "code"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
autosummary_generate = False
napoleon_use_ivar = True
napoleon_use_rtype = False
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "Neuromorphic stack"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]

# Pages that Sphinx does not make; they are copied beside those that it makes.
EXTRA = HERE / "_build" / "extra"
(EXTRA / "conformance").mkdir(parents=True, exist_ok=True)
(EXTRA / "conformance" / "report.html").write_text(
    page(HERE / "conformance" / "results.json"), "utf-8"
)
html_extra_path = [str(EXTRA)]
