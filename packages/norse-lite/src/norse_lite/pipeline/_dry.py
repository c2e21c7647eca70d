"""What a run would do, without doing it."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from norse_lite.pipeline._config import Config
from norse_lite.pipeline._plan import make_plan, versions
from norse_lite.pipeline._stages import Stages

__all__ = ["describe"]


def describe(config: Config) -> dict[str, Any]:
    """Find the recordings and the stages; nothing is written.

    Args:
        config: The options.

    Returns:
        Recordings by class, files without one, and stages with whether their result is there.
    """
    plan = make_plan(config, Stages(config.output / "stages", lambda *_: None), keep=False)
    labels = Counter(one.label for one in plan.found.recordings)
    return {
        "output": str(config.output),
        "seed": config.seed,
        "versions": versions(),
        "classes": dict(sorted(labels.items())),
        "findings": [asdict(one) for one in plan.found.findings],
        "stages": [{"name": one.name, "done": one.done} for one in plan.all()],
    }
