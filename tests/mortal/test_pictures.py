"""Pictures show what was measured, name their units, and refuse files they cannot write."""

import numpy as np
import pytest

from devices import Technology, preset
from devices.technology import Read, Retention, Spread
from mortal.errors import PictureError
from mortal.pictures import picture_of_technology
from mortal.pictures.measured import program_scatter, pulse_curve, read_scatter, rest_curve

DRAWN = ("mortal-default", "pcm-inference-nandakumar2019", "pcm-training-nandakumar2020", "exact")


def plain(*, kind="constant", step=1 / 64, cell=None, **more):
    """Return a technology without spreads or noise."""
    response = {"kind": kind, "step": step}
    cell = {"g_min": 1e-6, "g_max": 21e-6} | (cell or {})
    told = {"name": "plain", "response": response, "spread": {"initial": 0.0}, "cell": cell}
    return Technology.model_validate(told | more)


def test_a_train_goes_nearly_all_the_way_up_and_back():
    curve = pulse_curve(plain())
    # Constant steps of 1/64: 122 pulses for 95 % of a window of 2, in bursts of two.
    assert curve.turn == 122
    assert curve.pulses[-1] == 244
    turn = int(np.flatnonzero(curve.pulses == curve.turn)[0])
    np.testing.assert_allclose(curve.conductance[0], 1e-6, rtol=1e-5)
    np.testing.assert_allclose(curve.conductance[turn], (1 + 20 * 61 / 64) * 1e-6, rtol=1e-5)
    np.testing.assert_allclose(curve.conductance[-1], 1e-6, rtol=1e-5)
    np.testing.assert_allclose(curve.conductance[turn // 2], 10.5e-6, atol=0.4e-6)


def test_one_sided_cells_are_only_pulsed_up_and_pairs_are_shown_as_cells():
    response = {"kind": "constant", "step": 1 / 64, "w_min": 0.0}
    curve = pulse_curve(plain(cell={"kind": "one-sided"}, response=response))
    assert curve.turn == curve.pulses[-1] == 61
    assert (np.diff(curve.conductance[:, 0]) > 0).all()
    assert curve.conductance.shape[1] == pulse_curve(plain()).conductance.shape[1]


def test_rest_is_that_of_the_declaration():
    curve = rest_curve(plain(retention=Retention(decay_time=1e6)))
    decayed = curve.conductance[:, 0] - 11e-6
    np.testing.assert_allclose(decayed, decayed[0] * np.exp(-curve.seconds / 1e6), atol=2e-12)
    assert curve.seconds[0] == 0
    assert curve.seconds[-1] == pytest.approx(10 * 365.25 * 86400)


def test_reads_scatter_by_their_noise_and_by_the_mismatch_of_devices():
    noisy = plain(read=Read(output_noise=0.2), spread=Spread(column_offset=0.5))
    found = read_scatter(noisy)
    assert found.step == 0
    assert found.repeats.std() == pytest.approx(0.2, rel=0.02)
    # 128 columns with offsets of deviation 0.5 beside the noise.
    assert found.errors.std() == pytest.approx(np.hypot(0.5, 0.2), rel=0.3)
    assert read_scatter(plain(read=Read(adc_bits=9))).step == pytest.approx(40 / 510)


def test_a_programmed_cell_scatters_as_declared():
    told = {"scatter": "0.5 uS"}
    found = program_scatter(plain(programming=told, cell={"g_min": 10e-6, "g_max": 30e-6}))
    off = found.conductance - found.target
    assert off.std() == pytest.approx(0.5e-6, rel=0.06)
    assert found.target[[0, -1]] == pytest.approx([10e-6, 30e-6])


def test_what_is_not_known_is_not_measured():
    assert pulse_curve(preset("exact")) is None
    assert rest_curve(preset("exact")) is None
    assert rest_curve(plain()) is None
    assert program_scatter(plain()) is None


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_names_its_technology_and_its_units(mortal, tmp_path, name):
    path = tmp_path / "picture.svg"
    told, said = mortal("presets", name), mortal("presets", name, "--picture", path)
    assert (said.code, said.err, said.out) == (0, "", f"{told.out}\npicture: {path}\n")
    drawn = path.read_text(encoding="utf-8")
    assert name in drawn
    known = preset(name)
    wanted = ["(uS)"] if known.is_pulsed else ["no pulses"]
    wanted.append("time since" if known.retention else "not declared by the source")
    wanted.append("weight x full-scale input" if known.is_pulsed else "exact: no noise")
    wanted += ["Write-verify" if known.programming else "Pulses"]
    missing = [text for text in wanted if text not in drawn]
    assert not missing


def test_a_picture_is_a_png_by_its_name_and_the_same_every_time(tmp_path):
    drawn = []
    for name in ("one.png", "two.PNG"):
        picture_of_technology(plain(cell={"g_max": 20e-6}), tmp_path / name)
        drawn.append((tmp_path / name).read_bytes())
    assert drawn[0].startswith(b"\x89PNG\r\n")
    assert drawn[0] == drawn[1]


def test_a_fit_is_drawn_with_its_data(mortal, tmp_path):
    up = 22 - 20 * 0.9 ** np.arange(31)
    rows = [*up, *(2 + (up[-1] - 2) * 0.9 ** np.arange(1, 31))]
    table, path = tmp_path / "table.csv", tmp_path / "fit.svg"
    lines = [f"{pulse},{value:.6g}" for pulse, value in enumerate(rows)]
    table.write_text("\n".join(["pulse,conductance_uS", *lines]), encoding="utf-8")
    said = mortal("fit", table, "--picture", path)
    assert (said.code, said.err) == (0, "")
    drawn = path.read_text(encoding="utf-8")
    for text in ("fitted-table", "measured", "model without noise", "change by one pulse (uS)"):
        assert text in drawn


@pytest.mark.parametrize("ending", [".gif", "", ".jpeg"])
def test_other_endings_are_refused(mortal, tmp_path, ending):
    path = tmp_path / f"picture{ending}"
    said = mortal("presets", "exact", "--picture", path)
    assert said.code == 2
    expected = (
        f"mortal: {path}: a picture ends in .png, .svg or .pdf, found {ending or 'no ending'}\n"
    )
    assert said.err == expected
    assert not path.exists()
    with pytest.raises(PictureError):
        picture_of_technology(preset("exact"), path)


def test_a_picture_wants_one_preset_and_a_folder_that_is_there(mortal, tmp_path):
    said = mortal("presets", "--picture", tmp_path / "a.png")
    assert (said.code, said.err) == (2, "mortal: --picture draws one preset: give its name\n")
    said = mortal("presets", "exact", "--picture", tmp_path / "none" / "a.png")
    assert said.code == 2
    assert "No such file or directory" in said.err
