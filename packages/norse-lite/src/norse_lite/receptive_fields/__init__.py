"""Receptive fields of vision: Gaussian derivatives in space, leaky integrators in time.

After Lindeberg, "A computational theory of visual receptive fields", Biological Cybernetics 107,
2013, and "Time-causal and time-recursive spatio-temporal receptive fields", JMIV 55, 2016.
"""

from norse_lite.receptive_fields._kernels import (
    covariance_matrix,
    derive_kernel,
    gaussian_kernel,
    spatial_parameters,
    spatial_receptive_field,
    spatial_receptive_fields,
    spatio_temporal_parameters,
    temporal_scale_distribution,
)
from norse_lite.receptive_fields._spatial import (
    ParameterizedSpatialReceptiveField2d,
    SampledSpatialReceptiveField2d,
    SpatialReceptiveField2d,
)
from norse_lite.receptive_fields._temporal import (
    SpatioTemporalReceptiveField2d,
    TemporalReceptiveField,
    TemporalReceptiveFieldCell,
)

__all__ = [
    "ParameterizedSpatialReceptiveField2d",
    "SampledSpatialReceptiveField2d",
    "SpatialReceptiveField2d",
    "SpatioTemporalReceptiveField2d",
    "TemporalReceptiveField",
    "TemporalReceptiveFieldCell",
    "covariance_matrix",
    "derive_kernel",
    "gaussian_kernel",
    "spatial_parameters",
    "spatial_receptive_field",
    "spatial_receptive_fields",
    "spatio_temporal_parameters",
    "temporal_scale_distribution",
]
