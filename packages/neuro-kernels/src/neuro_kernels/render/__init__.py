"""Pictures of events as index images (uint8 into a palette of at most 256 colours)."""

from neuro_kernels.render._gif import Gif, gif_delays
from neuro_kernels.render._latest import LatestEvents
from neuro_kernels.render._pictures import enlarge, yuv420, yuv_table
from neuro_kernels.render._png import Apng, png
from neuro_kernels.render._shading import DECAYS, DecayTable, Shading, decay_table
from neuro_kernels.render._surfaces import Intensity, Recency

__all__ = [
    "DECAYS",
    "Apng",
    "DecayTable",
    "Gif",
    "Intensity",
    "LatestEvents",
    "Recency",
    "Shading",
    "decay_table",
    "enlarge",
    "gif_delays",
    "png",
    "yuv420",
    "yuv_table",
]
