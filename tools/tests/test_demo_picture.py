from pathlib import Path

import numpy as np
from devtools.packages import ROOT
from PIL import Image

from demo import recording


def pictures(path: Path) -> list[np.ndarray]:
    frames = []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")))
    return frames


def test_the_picture_on_the_first_page_is_the_one_that_the_demo_makes(tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(1797)
    labels = recording.make_recording(tmp_path / "digits.raw", digits=order[-20:], seed=0)
    cleaned = recording.clean(tmp_path / "digits.raw", labels)
    made = pictures(recording.animate(cleaned, tmp_path / "made.gif", seconds=1.2))
    shown = pictures(ROOT / "docs" / "_static" / "demo.gif")
    assert len(made) == len(shown)
    assert all(np.array_equal(a, b) for a, b in zip(made, shown, strict=True)), (
        "copy demo-output/animation.gif to docs/_static/demo.gif"
    )
