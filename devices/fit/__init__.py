"""From a measured train of pulses to a technology: which response, and with what numbers.

Knows pulses and conductances; reads no file. The columns come from whoever read them.
"""

from devices.fit.candidates import KINDS
from devices.fit.fit import Candidate, Fit, fit
from devices.fit.measured import Measured

__all__ = ["KINDS", "Candidate", "Fit", "Measured", "fit"]
