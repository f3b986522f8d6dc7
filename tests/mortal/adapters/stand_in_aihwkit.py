"""Dataclasses with the attribute names and defaults that aihwkit publishes, and nothing else.

Origin: aihwkit 0.9, documentation of `simulator.configs.devices`, `simulator.parameters.io`,
`.training` and `.enums`, and `simulator.presets.devices` for the numbers of presets.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class NoiseManagementType(Enum):
    NONE = "None"
    ABS_MAX = "AbsMax"
    MAX = "Max"
    CONSTANT = "Constant"


class BoundManagementType(Enum):
    NONE = "None"
    ITERATIVE = "Iterative"
    SHIFT = "Shift"


class PulseType(Enum):
    STOCHASTIC_COMPRESSED = "StochasticCompressed"
    DETERMINISTIC_IMPLICIT = "DeterministicImplicit"


class WeightNoiseType(Enum):
    NONE = "None"
    ADDITIVE_CONSTANT = "AdditiveConstant"


@dataclass
class IOParameters:
    is_perfect: bool = False
    mv_type: str = "OnePass"
    inp_bound: float = 1.0
    inp_noise: float = 0.0
    inp_res: float = 1 / (2**7 - 2)
    inp_sto_round: bool = False
    inp_asymmetry: float = 0.0
    out_bound: float = 12.0
    out_noise: float = 0.06
    out_noise_std: float = 0.0
    out_res: float = 1 / (2**9 - 2)
    out_scale: float = 1.0
    bound_management: BoundManagementType = BoundManagementType.ITERATIVE
    noise_management: NoiseManagementType = NoiseManagementType.ABS_MAX
    w_noise: float = 0.0
    w_noise_type: WeightNoiseType = WeightNoiseType.NONE
    ir_drop: float = 0.0
    ir_drop_g_ratio: float = 1.0 / 0.35 / 5e-6
    out_nonlinearity: float = 0.0
    out_nonlinearity_std: float = 0.0
    r_series: float = 0.0
    v_offset_w_min: float = -1.0
    max_bm_factor: int = 1000
    max_bm_res: float = 0.25
    bm_test_negative_bound: bool = True
    nm_thres: float = 0.0


@dataclass
class UpdateParameters:
    desired_bl: int = 31
    fixed_bl: bool = True
    pulse_type: PulseType = PulseType.STOCHASTIC_COMPRESSED
    res: float = 0
    sto_round: bool = False
    update_bl_management: bool = True
    update_management: bool = True
    um_grad_scale: float = 1.0


@dataclass
class PulsedDevice:
    construction_seed: int = 0
    corrupt_devices_prob: float = 0.0
    corrupt_devices_range: float = 1000
    diffusion: float = 0.0
    dw_min: float = 0.001
    dw_min_dtod: float = 0.3
    dw_min_dtod_log_normal: bool = False
    dw_min_std: float = 0.3
    enforce_consistency: bool = True
    lifetime: float = 0.0
    perfect_bias: bool = False
    reset: float = 0.01
    reset_dtod: float = 0.0
    reset_std: float = 0.01
    up_down: float = 0.0
    up_down_dtod: float = 0.01
    w_max: float = 0.6
    w_max_dtod: float = 0.3
    w_min: float = -0.6
    w_min_dtod: float = 0.3


@dataclass
class ConstantStepDevice(PulsedDevice):
    pass


@dataclass
class LinearStepDevice(PulsedDevice):
    gamma_up: float = 0.0
    gamma_down: float = 0.0
    gamma_up_dtod: float = 0.05
    gamma_down_dtod: float = 0.05
    mean_bound_reference: bool = True
    mult_noise: bool = True
    write_noise_std: float = 0.0


@dataclass
class SoftBoundsDevice(PulsedDevice):
    mult_noise: bool = True
    write_noise_std: float = 0.0


@dataclass
class SoftBoundsPmaxDevice(SoftBoundsDevice):
    p_max: int = 1000


@dataclass
class SoftBoundsReferenceDevice(SoftBoundsDevice):
    slope_up_dtod: float = 0.0
    reference_std: float = 0.0
    subtract_symmetry_point: bool = False


@dataclass
class ExpStepDevice(PulsedDevice):
    A_up: float = 0.00081
    A_down: float = 0.36833
    gamma_up: float = 12.44625
    gamma_down: float = 12.78785
    a: float = 0.244
    b: float = 0.2425
    dw_min_std_add: float = 0.0
    dw_min_std_slope: float = 0.0
    write_noise_std: float = 0.0


@dataclass
class PowStepDevice(PulsedDevice):
    pow_gamma: float = 1.0
    pow_gamma_dtod: float = 0.1
    pow_up_down: float = 0.0
    write_noise_std: float = 0.0


@dataclass
class PiecewiseStepDevice(PulsedDevice):
    piecewise_up: list[float] = field(default_factory=lambda: [1.0])
    piecewise_down: list[float] = field(default_factory=lambda: [1.0])


@dataclass
class IdealDevice:
    construction_seed: int = 0


@dataclass
class VectorUnitCell:
    unit_cell_devices: list[Any] = field(default_factory=list)
    update_policy: str = "All"
    gamma_vec: list[float] = field(default_factory=list)


@dataclass
class OneSidedUnitCell:
    unit_cell_devices: list[Any] = field(default_factory=list)
    refresh_every: int = 0
    units_in_mbatch: bool = True
    refresh_upper_thres: float = 0.75
    refresh_lower_thres: float = 0.25


@dataclass
class TransferCompound:
    unit_cell_devices: list[Any] = field(default_factory=list)


@dataclass
class SingleRPUConfig:
    device: Any = field(default_factory=ConstantStepDevice)
    forward: IOParameters = field(default_factory=IOParameters)
    backward: IOParameters = field(default_factory=IOParameters)
    update: UpdateParameters = field(default_factory=UpdateParameters)


def preset_io() -> IOParameters:
    """Return what the presets read with (PresetIOParameters)."""
    return IOParameters(out_bound=20.0, out_noise=0.1)


def preset(device: Any) -> SingleRPUConfig:
    """Return a configuration as a preset has it."""
    return SingleRPUConfig(device, preset_io(), preset_io())
