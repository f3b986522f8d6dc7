"""Configurations of aihwkit become technologies, and nothing of them is dropped in silence."""

from dataclasses import fields, replace

import numpy as np
import pytest
import stand_in_aihwkit as peer

from devices import CrossbarArray, preset, probe
from mortal.adapters.aihwkit import technology_from
from mortal.errors import ConfigError

WINDOW = {"w_max": 1.0, "w_min": -1.0}
PRESETS = {
    "idealized-rasch2019": peer.ConstantStepDevice(dw_min=0.0002, up_down_dtod=0.0, **WINDOW),
    "ecram-mo-kim2019": peer.LinearStepDevice(
        dw_min=0.00028214, dw_min_dtod=0.1, dw_min_std=2.0, w_max=1.1714, w_min=-0.8286,
        w_max_dtod=0.05, w_min_dtod=0.05, gamma_up=0.4152, gamma_down=0.7342,
    ),
    "reram-sb-gong2018": peer.SoftBoundsDevice(
        dw_min=0.002, dw_min_std=3.75, w_max=1.25, w_min=-0.75, w_max_dtod=0.24, w_min_dtod=0.4,
        mult_noise=False, write_noise_std=56,
    ),
    "reram-es-gong2018": peer.ExpStepDevice(
        dw_min=0.00135, up_down=0.259359, dw_min_dtod=0.2, up_down_dtod=0.05, dw_min_std=5.0,
        a=-0.5, b=-0.5, gamma_up=5.0, gamma_down=5.0, A_up=-1.18445, A_down=-0.081404,
        write_noise_std=75, **WINDOW,
    ),
    "reram-array-om-gong2022": peer.SoftBoundsReferenceDevice(
        dw_min=0.0949, dw_min_dtod=0.7829, dw_min_dtod_log_normal=True, dw_min_std=0.4158,
        w_max_dtod=0.3499, w_min_dtod=0.5695, mult_noise=False, write_noise_std=1.4113,
        corrupt_devices_prob=0.1348, corrupt_devices_range=0.01, reference_std=0.05,
        subtract_symmetry_point=True, **WINDOW,
    ),
}  # fmt: skip
EVERY = {
    **PRESETS,
    "power": peer.PowStepDevice(pow_gamma=2.0, pow_up_down=0.1, lifetime=100.0),
    "table": peer.PiecewiseStepDevice(piecewise_up=[1.0, 0.5], piecewise_down=[0.2, 0.6, 1.0]),
    "one-sided": peer.OneSidedUnitCell([peer.ExpStepDevice(), peer.ExpStepDevice()], 1),
    "differential": peer.VectorUnitCell([peer.SoftBoundsDevice()] * 2, gamma_vec=[1.0, -1.0]),
    "exact": peer.IdealDevice(),
}


def numbers(piece):
    """Return the numbers of a declaration, rounded as the catalog writes them."""
    return {
        name: pytest.approx(value, rel=1e-5) if isinstance(value, float) else value
        for name, value in piece.model_dump().items()
    }


@pytest.mark.parametrize("name", PRESETS)
def test_presets_become_what_the_catalog_has(name):
    found, wanted = technology_from(peer.preset(PRESETS[name])).technology, preset(name)
    for piece in ("response", "spread", "read", "write"):
        assert getattr(found, piece).model_dump() == numbers(getattr(wanted, piece)), piece


@pytest.mark.parametrize("name", EVERY)
def test_every_attribute_has_one_line(name):
    config = peer.preset(EVERY[name])
    found = technology_from(config)
    told = [line.theirs for line in found.lines]
    assert len(told) == len(set(told))
    wanted = {f"forward.{f.name}" for f in fields(config.forward)} | {"backward"}
    if name != "exact":
        wanted |= {f"update.{f.name}" for f in fields(config.update)}
    wanted |= {f"device.{f.name}" for f in fields(config.device)}
    for part in getattr(config.device, "unit_cell_devices", [])[:1]:
        wanted |= {f"device.unit_cell_devices[0].{f.name}" for f in fields(part)}
    assert set(told) == wanted


@pytest.mark.parametrize("name", EVERY)
def test_what_was_read_can_be_grown_and_written(name):
    technology = technology_from(peer.preset(EVERY[name])).technology
    array = CrossbarArray(technology, 40, 30, serials=[0], seed=0)
    before = probe.look(array)
    array.update(np.ones((5, 40)), np.ones((5, 30)), 0.5)
    assert array.ledger.pulses[0] > 0 or name == "exact"
    assert (probe.look(array) - before).mean() > 0
    assert array.forward(np.eye(40)).shape == (1, 40, 30)


def test_steps_of_a_power_are_told_by_their_exponents():
    found = technology_from(peer.preset(EVERY["power"]))
    told = found.technology.response
    assert (told.gamma_up, told.gamma_down) == (pytest.approx(2.2), pytest.approx(1.8))
    assert found.technology.spread.gamma == pytest.approx(0.2)
    assert found.technology.not_modelled == (
        "device.lifetime: acts there once a batch, here in seconds (retention)",
        "forward.max_bm_res: the inputs' resolution stops nothing here",
    )


def test_reads_without_management_clip_where_they_did():
    plain = peer.IOParameters(
        inp_bound=2.0, noise_management=peer.NoiseManagementType.NONE, inp_res=-1, out_res=0.5,
        inp_noise=0.01, bound_management=peer.BoundManagementType.NONE,
    )  # fmt: skip
    found = technology_from(peer.SingleRPUConfig(forward=plain, backward=replace(plain)))
    read = found.technology.read
    assert (read.noise_management, read.input_range) == ("constant", 2.0)
    assert (read.output_bound, read.output_noise) == (6.0, 0.03)
    assert (read.dac_bits, read.adc_bits, read.bound_management) == (None, 2, 0)
    assert read.noise is not None
    assert read.noise.input == 0.01


def test_what_is_lost_is_said_in_the_table_and_in_the_technology():
    forward = peer.IOParameters(
        ir_drop=1.0, w_noise=0.02, w_noise_type=peer.WeightNoiseType.ADDITIVE_CONSTANT,
        noise_management=peer.NoiseManagementType.MAX,
        bound_management=peer.BoundManagementType.SHIFT,
    )  # fmt: skip
    update = peer.UpdateParameters(pulse_type=peer.PulseType.DETERMINISTIC_IMPLICIT, desired_bl=63)
    config = peer.SingleRPUConfig(forward=forward, update=update)
    found = technology_from(config)
    lost = {line.theirs for line in found.of("lost")}
    assert lost == {
        "forward.ir_drop", "forward.w_noise", "forward.w_noise_type", "forward.bound_management",
        "backward.ir_drop", "backward.w_noise", "backward.w_noise_type",
        "backward.noise_management", "update.pulse_type",
    }  # fmt: skip
    assert {line.theirs for line in found.of("changed")} == {
        "forward.noise_management", "update.desired_bl",
    }  # fmt: skip
    assert {text.partition(":")[0] for text in found.technology.not_modelled} == lost
    table = str(found)
    assert "device.dw_min" in table
    assert table.splitlines()[-1].endswith("that do nothing there")


def test_what_cannot_be_read_is_refused_in_a_sentence():
    with pytest.raises(ConfigError, match="an rpu_config has a device, object has none"):
        technology_from(object())
    with pytest.raises(ConfigError, match="the unit cell TransferCompound has no counterpart"):
        technology_from(peer.SingleRPUConfig(peer.TransferCompound()))
    with pytest.raises(ConfigError, match="the device IOParameters has no counterpart here"):
        technology_from(peer.SingleRPUConfig(peer.IOParameters()))
    with pytest.raises(ConfigError, match="the device SoftBoundsPmaxDevice has no counterpart"):
        technology_from(peer.SingleRPUConfig(peer.SoftBoundsPmaxDevice()))
    with pytest.raises(ConfigError, match=r"up_down 2\.5 leave no step"):
        technology_from(peer.SingleRPUConfig(peer.SoftBoundsDevice(up_down=2.5)))
    with pytest.raises(ConfigError, match=r"response\.constant\.w_max: .*, found -1"):
        technology_from(peer.SingleRPUConfig(peer.ConstantStepDevice(w_max=-1.0)))
