"""From labelled recordings to a verified network: train, export, quantize, check, compare.

`python -m norse_lite pipeline CONFIG.toml` runs it; `run` does the same from Python:

    outcome = run(load_config("gestures.toml"))
    outcome.report["evaluation"]["accuracy"]
"""

from norse_lite.pipeline._config import Config, example_config, load_config, parse_config
from norse_lite.pipeline._figures import line_chart
from norse_lite.pipeline._frames import Layout, to_frames
from norse_lite.pipeline._html import Page, Verdict, embed_picture
from norse_lite.pipeline._network import scores
from norse_lite.pipeline._run import Outcome, run

__all__ = [
    "Config",
    "Layout",
    "Outcome",
    "Page",
    "Verdict",
    "embed_picture",
    "example_config",
    "line_chart",
    "load_config",
    "parse_config",
    "run",
    "scores",
    "to_frames",
]
