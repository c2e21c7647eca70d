"""Plasticity without gradients: spike timing, reward, short-term depression and facilitation."""

from norse_lite.plasticity._rules import STDPParameters, STDPState
from norse_lite.plasticity._short_term import (
    TsodyksMarkram,
    TsodyksMarkramParameters,
    TsodyksMarkramState,
    tsodyks_markram_step,
)
from norse_lite.plasticity.reward import (
    RewardSTDP,
    RewardSTDPParameters,
    RewardSTDPState,
    reward_stdp_step_conv2d,
    reward_stdp_step_linear,
)
from norse_lite.plasticity.stdp import STDP, stdp_step_conv2d, stdp_step_linear

__all__ = [
    "STDP",
    "RewardSTDP",
    "RewardSTDPParameters",
    "RewardSTDPState",
    "STDPParameters",
    "STDPState",
    "TsodyksMarkram",
    "TsodyksMarkramParameters",
    "TsodyksMarkramState",
    "reward_stdp_step_conv2d",
    "reward_stdp_step_linear",
    "stdp_step_conv2d",
    "stdp_step_linear",
    "tsodyks_markram_step",
]
