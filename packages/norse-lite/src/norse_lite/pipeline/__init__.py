"""From labelled recordings to a verified network: train, export, quantize, check, compare.

`python -m norse_lite pipeline CONFIG.toml` runs it; `run` does the same from Python:

    outcome = run(load_config("gestures.toml"))
    outcome.report["evaluation"]["accuracy"]
"""

from norse_lite.pipeline._config import Config, example_config, load_config, parse_config
from norse_lite.pipeline._frames import Layout, to_frames
from norse_lite.pipeline._run import Outcome, run

__all__ = [
    "Config",
    "Layout",
    "Outcome",
    "example_config",
    "load_config",
    "parse_config",
    "run",
    "to_frames",
]
