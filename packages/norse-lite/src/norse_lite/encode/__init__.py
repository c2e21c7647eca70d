"""Encoders: from values to spike trains `(T, *shape)`, as functions and as modules.

Rate codes are random and take an explicit generator; all others are deterministic.
"""

from norse_lite.encode._current import constant_current_lif_encode, spike_latency_lif_encode
from norse_lite.encode._delta import delta_encode
from norse_lite.encode._modules import (
    ConstantCurrentLIFEncoder,
    DeltaEncoder,
    Encoder,
    PoissonEncoder,
    PoissonEncoderStep,
    PopulationEncoder,
    RankEncoder,
    SignedPoissonEncoder,
    SignedPoissonEncoderStep,
    SpikeLatencyEncoder,
    SpikeLatencyLIFEncoder,
    TTFSEncoder,
)
from norse_lite.encode._order import rank_encode, spike_latency_encode, ttfs_encode
from norse_lite.encode._poisson import (
    poisson_encode,
    poisson_encode_step,
    signed_poisson_encode,
    signed_poisson_encode_step,
)
from norse_lite.encode._population import gaussian_rbf, population_encode, squared_distance

__all__ = [
    "ConstantCurrentLIFEncoder",
    "DeltaEncoder",
    "Encoder",
    "PoissonEncoder",
    "PoissonEncoderStep",
    "PopulationEncoder",
    "RankEncoder",
    "SignedPoissonEncoder",
    "SignedPoissonEncoderStep",
    "SpikeLatencyEncoder",
    "SpikeLatencyLIFEncoder",
    "TTFSEncoder",
    "constant_current_lif_encode",
    "delta_encode",
    "gaussian_rbf",
    "poisson_encode",
    "poisson_encode_step",
    "population_encode",
    "rank_encode",
    "signed_poisson_encode",
    "signed_poisson_encode_step",
    "spike_latency_encode",
    "spike_latency_lif_encode",
    "squared_distance",
    "ttfs_encode",
]
