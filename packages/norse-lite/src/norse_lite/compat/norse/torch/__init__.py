"""`norse.torch`: parameters, states, steps and modules of all models, by their own names."""

# ruff: noqa: F403

from importlib.util import find_spec

from norse_lite.compat.norse.torch import (
    functional as functional,
)
from norse_lite.compat.norse.torch import (
    models as models,
)
from norse_lite.compat.norse.torch import (
    module as module,
)
from norse_lite.compat.norse.torch import (
    utils as utils,
)
from norse_lite.compat.norse.torch.functional.adjoint.lif_adjoint import *
from norse_lite.compat.norse.torch.functional.adjoint.lif_mc_adjoint import *
from norse_lite.compat.norse.torch.functional.adjoint.lif_mc_refrac_adjoint import *
from norse_lite.compat.norse.torch.functional.adjoint.lif_refrac_adjoint import *
from norse_lite.compat.norse.torch.functional.adjoint.lsnn_adjoint import *
from norse_lite.compat.norse.torch.functional.coba_lif import *
from norse_lite.compat.norse.torch.functional.correlation_sensor import *
from norse_lite.compat.norse.torch.functional.decode import (
    sum_decode as sum_decode,
)
from norse_lite.compat.norse.torch.functional.encode import *
from norse_lite.compat.norse.torch.functional.heaviside import *
from norse_lite.compat.norse.torch.functional.iaf import *
from norse_lite.compat.norse.torch.functional.izhikevich import *
from norse_lite.compat.norse.torch.functional.leaky_integrator import *
from norse_lite.compat.norse.torch.functional.leaky_integrator_box import *
from norse_lite.compat.norse.torch.functional.lif import *
from norse_lite.compat.norse.torch.functional.lif_adex import *
from norse_lite.compat.norse.torch.functional.lif_adex_refrac import *
from norse_lite.compat.norse.torch.functional.lif_box import *
from norse_lite.compat.norse.torch.functional.lif_correlation import *
from norse_lite.compat.norse.torch.functional.lif_ex import *
from norse_lite.compat.norse.torch.functional.lif_mc import *
from norse_lite.compat.norse.torch.functional.lif_mc_refrac import *
from norse_lite.compat.norse.torch.functional.lif_refrac import *
from norse_lite.compat.norse.torch.functional.lift import *
from norse_lite.compat.norse.torch.functional.logical import *
from norse_lite.compat.norse.torch.functional.lsnn import *
from norse_lite.compat.norse.torch.functional.receptive_field import *
from norse_lite.compat.norse.torch.functional.regularization import *
from norse_lite.compat.norse.torch.functional.reset import *
from norse_lite.compat.norse.torch.functional.spikes_to_times_decoder import *
from norse_lite.compat.norse.torch.functional.stdp_sensor import *
from norse_lite.compat.norse.torch.functional.superspike import *
from norse_lite.compat.norse.torch.functional.threshold import (
    circ_dist_fn as circ_dist_fn,
)
from norse_lite.compat.norse.torch.functional.threshold import (
    heavi_circ_fn as heavi_circ_fn,
)
from norse_lite.compat.norse.torch.functional.threshold import (
    heavi_erfc_fn as heavi_erfc_fn,
)
from norse_lite.compat.norse.torch.functional.threshold import (
    heavi_tanh_fn as heavi_tanh_fn,
)
from norse_lite.compat.norse.torch.functional.threshold import (
    logistic_fn as logistic_fn,
)
from norse_lite.compat.norse.torch.functional.threshold import (
    triangle_fn as triangle_fn,
)
from norse_lite.compat.norse.torch.functional.tsodyks_makram import *
from norse_lite.compat.norse.torch.models.conv import *
from norse_lite.compat.norse.torch.models.mobilenet import (
    MobileNetV2 as MobileNetV2,
)
from norse_lite.compat.norse.torch.models.mobilenet import (
    mobilenet_v2 as mobilenet_v2,
)
from norse_lite.compat.norse.torch.models.vgg import *
from norse_lite.compat.norse.torch.module.coba_lif import *
from norse_lite.compat.norse.torch.module.conv import *
from norse_lite.compat.norse.torch.module.encode import *
from norse_lite.compat.norse.torch.module.exp_filter import *
from norse_lite.compat.norse.torch.module.iaf import *
from norse_lite.compat.norse.torch.module.izhikevich import *
from norse_lite.compat.norse.torch.module.leaky_integrator import *
from norse_lite.compat.norse.torch.module.leaky_integrator_box import *
from norse_lite.compat.norse.torch.module.lif import *
from norse_lite.compat.norse.torch.module.lif_adex import *
from norse_lite.compat.norse.torch.module.lif_adex_refrac import *
from norse_lite.compat.norse.torch.module.lif_box import *
from norse_lite.compat.norse.torch.module.lif_correlation import *
from norse_lite.compat.norse.torch.module.lif_ex import *
from norse_lite.compat.norse.torch.module.lif_mc import *
from norse_lite.compat.norse.torch.module.lif_mc_refrac import *
from norse_lite.compat.norse.torch.module.lif_refrac import *
from norse_lite.compat.norse.torch.module.lift import *
from norse_lite.compat.norse.torch.module.lsnn import *
from norse_lite.compat.norse.torch.module.receptive_field import *
from norse_lite.compat.norse.torch.module.regularization import *
from norse_lite.compat.norse.torch.module.sequential import *
from norse_lite.compat.norse.torch.module.spikes_to_times_decoder import *
from norse_lite.compat.norse.torch.utils.export_nir import (
    to_nir as to_nir,
)
from norse_lite.compat.norse.torch.utils.import_nir import (
    from_nir as from_nir,
)
from norse_lite.compat.norse.torch.utils.plot.plot import *
from norse_lite.compat.norse.torch.utils.tensorboard.tensorboard import *

HAS_MATPLOTLIB = find_spec("matplotlib") is not None
HAS_TENSORBOARD = find_spec("tensorboard") is not None
