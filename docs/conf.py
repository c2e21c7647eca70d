"""Settings of the documentation: Sphinx with the furo theme and MyST Markdown."""

project = "Neuromorphic stack"
author = "the contributors"
project_copyright = "the contributors, Apache-2.0"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = "Neuromorphic stack"
html_copy_source = False
