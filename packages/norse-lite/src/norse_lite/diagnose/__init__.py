"""Networks that live: set their activity, find out why they do not learn, count what they cost."""

from norse_lite.diagnose._calibrate import Calibration, CalibrationRow, calibrate
from norse_lite.diagnose._doctor import Diagnosis, doctor
from norse_lite.diagnose._finding import Finding
from norse_lite.diagnose._initialize import fluctuation_driven_
from norse_lite.diagnose._synops import EnergyModel, OperationCount, OperationRow, synops

__all__ = [
    "Calibration",
    "CalibrationRow",
    "Diagnosis",
    "EnergyModel",
    "Finding",
    "OperationCount",
    "OperationRow",
    "calibrate",
    "doctor",
    "fluctuation_driven_",
    "synops",
]
