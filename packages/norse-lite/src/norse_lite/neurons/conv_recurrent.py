"""Every spiking neuron in its convolutional recurrent forms, layer and cell.

The arguments are those of `ConvRecurrentLayer` with the parameters of the neuron.
"""

from norse_lite.forms._conv_recurrent import ConvRecurrentCell, ConvRecurrentLayer
from norse_lite.neurons.ada_lif import ADA_LIF_NEURON, AdaLIFRecurrentState
from norse_lite.neurons.coba_lif import COBA_LIF_NEURON, CobaLIFRecurrentState
from norse_lite.neurons.cuba_lif import CUBA_LIF_NEURON, CubaLIFRecurrentState
from norse_lite.neurons.iaf import IAF_NEURON, IAFRecurrentState
from norse_lite.neurons.izhikevich import IZHIKEVICH_NEURON, IzhikevichRecurrentState
from norse_lite.neurons.lif import LIF_NEURON, LIFRecurrentState
from norse_lite.neurons.lif_adex import LIF_ADEX_NEURON, LIFAdExRecurrentState
from norse_lite.neurons.lif_adex_refrac import LIF_ADEX_REFRAC_NEURON, LIFAdExRefracRecurrentState
from norse_lite.neurons.lif_box import LIF_BOX_NEURON, LIFBoxRecurrentState
from norse_lite.neurons.lif_ex import LIF_EX_NEURON, LIFExRecurrentState
from norse_lite.neurons.lif_refrac import LIF_REFRAC_NEURON, LIFRefracRecurrentState
from norse_lite.neurons.lsnn import LSNN_NEURON, LSNNRecurrentState
from norse_lite.neurons.resonate_fire import RESONATE_FIRE_NEURON, ResonateFireRecurrentState
from norse_lite.neurons.sigma_delta import SIGMA_DELTA_NEURON, SigmaDeltaRecurrentState

__all__ = [
    "AdaLIFConvRecurrent",
    "AdaLIFConvRecurrentCell",
    "CobaLIFConvRecurrent",
    "CobaLIFConvRecurrentCell",
    "CubaLIFConvRecurrent",
    "CubaLIFConvRecurrentCell",
    "IAFConvRecurrent",
    "IAFConvRecurrentCell",
    "IzhikevichConvRecurrent",
    "IzhikevichConvRecurrentCell",
    "LIFAdExConvRecurrent",
    "LIFAdExConvRecurrentCell",
    "LIFAdExRefracConvRecurrent",
    "LIFAdExRefracConvRecurrentCell",
    "LIFBoxConvRecurrent",
    "LIFBoxConvRecurrentCell",
    "LIFConvRecurrent",
    "LIFConvRecurrentCell",
    "LIFExConvRecurrent",
    "LIFExConvRecurrentCell",
    "LIFRefracConvRecurrent",
    "LIFRefracConvRecurrentCell",
    "LSNNConvRecurrent",
    "LSNNConvRecurrentCell",
    "ResonateFireConvRecurrent",
    "ResonateFireConvRecurrentCell",
    "SigmaDeltaConvRecurrent",
    "SigmaDeltaConvRecurrentCell",
]


class AdaLIFConvRecurrent(ConvRecurrentLayer[AdaLIFRecurrentState]):
    """`AdaLIF` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = AdaLIFConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = ADA_LIF_NEURON


class AdaLIFConvRecurrentCell(ConvRecurrentCell[AdaLIFRecurrentState]):
    """One step of `AdaLIFConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = AdaLIFConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = ADA_LIF_NEURON


class CobaLIFConvRecurrent(ConvRecurrentLayer[CobaLIFRecurrentState]):
    """`CobaLIF` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = CobaLIFConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = COBA_LIF_NEURON


class CobaLIFConvRecurrentCell(ConvRecurrentCell[CobaLIFRecurrentState]):
    """One step of `CobaLIFConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = CobaLIFConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = COBA_LIF_NEURON


class CubaLIFConvRecurrent(ConvRecurrentLayer[CubaLIFRecurrentState]):
    """`CubaLIF` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = CubaLIFConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = CUBA_LIF_NEURON


class CubaLIFConvRecurrentCell(ConvRecurrentCell[CubaLIFRecurrentState]):
    """One step of `CubaLIFConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = CubaLIFConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = CUBA_LIF_NEURON


class IAFConvRecurrent(ConvRecurrentLayer[IAFRecurrentState]):
    """`IAF` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = IAFConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = IAF_NEURON


class IAFConvRecurrentCell(ConvRecurrentCell[IAFRecurrentState]):
    """One step of `IAFConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = IAFConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = IAF_NEURON


class IzhikevichConvRecurrent(ConvRecurrentLayer[IzhikevichRecurrentState]):
    """`Izhikevich` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = IzhikevichConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = IZHIKEVICH_NEURON


class IzhikevichConvRecurrentCell(ConvRecurrentCell[IzhikevichRecurrentState]):
    """One step of `IzhikevichConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = IzhikevichConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = IZHIKEVICH_NEURON


class LIFConvRecurrent(ConvRecurrentLayer[LIFRecurrentState]):
    """`LIF` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> layer = LIFConvRecurrent(2, 4, 3, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(20, 1, 2, 6, 6))  # (T, B, channels, H, W)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((20, 1, 4, 6, 6), (1, 4, 6, 6))
    """

    neuron = LIF_NEURON


class LIFConvRecurrentCell(ConvRecurrentCell[LIFRecurrentState]):
    """One step of `LIFConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = LIF_NEURON


class LIFAdExConvRecurrent(ConvRecurrentLayer[LIFAdExRecurrentState]):
    """`LIFAdEx` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = LIFAdExConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = LIF_ADEX_NEURON


class LIFAdExConvRecurrentCell(ConvRecurrentCell[LIFAdExRecurrentState]):
    """One step of `LIFAdExConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFAdExConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = LIF_ADEX_NEURON


class LIFAdExRefracConvRecurrent(ConvRecurrentLayer[LIFAdExRefracRecurrentState]):
    """`LIFAdExRefrac` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = LIFAdExRefracConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = LIF_ADEX_REFRAC_NEURON


class LIFAdExRefracConvRecurrentCell(ConvRecurrentCell[LIFAdExRefracRecurrentState]):
    """One step of `LIFAdExRefracConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFAdExRefracConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = LIF_ADEX_REFRAC_NEURON


class LIFBoxConvRecurrent(ConvRecurrentLayer[LIFBoxRecurrentState]):
    """`LIFBox` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = LIFBoxConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = LIF_BOX_NEURON


class LIFBoxConvRecurrentCell(ConvRecurrentCell[LIFBoxRecurrentState]):
    """One step of `LIFBoxConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFBoxConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = LIF_BOX_NEURON


class LIFExConvRecurrent(ConvRecurrentLayer[LIFExRecurrentState]):
    """`LIFEx` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = LIFExConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = LIF_EX_NEURON


class LIFExConvRecurrentCell(ConvRecurrentCell[LIFExRecurrentState]):
    """One step of `LIFExConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFExConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = LIF_EX_NEURON


class LIFRefracConvRecurrent(ConvRecurrentLayer[LIFRefracRecurrentState]):
    """`LIFRefrac` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = LIFRefracConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = LIF_REFRAC_NEURON


class LIFRefracConvRecurrentCell(ConvRecurrentCell[LIFRefracRecurrentState]):
    """One step of `LIFRefracConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFRefracConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = LIF_REFRAC_NEURON


class LSNNConvRecurrent(ConvRecurrentLayer[LSNNRecurrentState]):
    """`LSNN` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = LSNNConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = LSNN_NEURON


class LSNNConvRecurrentCell(ConvRecurrentCell[LSNNRecurrentState]):
    """One step of `LSNNConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LSNNConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = LSNN_NEURON


class ResonateFireConvRecurrent(ConvRecurrentLayer[ResonateFireRecurrentState]):
    """`ResonateFire` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = ResonateFireConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = RESONATE_FIRE_NEURON


class ResonateFireConvRecurrentCell(ConvRecurrentCell[ResonateFireRecurrentState]):
    """One step of `ResonateFireConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = ResonateFireConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = RESONATE_FIRE_NEURON


class SigmaDeltaConvRecurrent(ConvRecurrentLayer[SigmaDeltaRecurrentState]):
    """`SigmaDelta` between convolutions, over whole sequences of images.

    Example:
        >>> import torch
        >>> z, state = SigmaDeltaConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    neuron = SIGMA_DELTA_NEURON


class SigmaDeltaConvRecurrentCell(ConvRecurrentCell[SigmaDeltaRecurrentState]):
    """One step of `SigmaDeltaConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = SigmaDeltaConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    neuron = SIGMA_DELTA_NEURON
