"""`mortal fit`: a table in, a technology out that a run's file takes; bad tables get a sentence."""

import numpy as np
import pytest
from small_lives import life

from devices import preset
from devices.technology import Technology
from mortal.config import load, technology_in, technology_text
from mortal.errors import ConfigError, DataError
from mortal.measurement import read_measurement, technology_name


def train(way=40):
    """Return pulses and microsiemens of soft bounds from 2 to 22, worked by hand."""
    up = 22 - 20 * 0.95 ** np.arange(way + 1)
    down = 2 + (up[-1] - 2) * 0.95 ** np.arange(1, way + 1)
    return np.arange(2 * way + 1), np.concatenate([up, down])


@pytest.fixture
def table(tmp_path):
    """A CSV file as an instrument leaves it, with a byte order mark and an empty line."""
    rows = [f"{pulse}, {value:.6g}" for pulse, value in zip(*train(), strict=True)]
    path = tmp_path / "My Device (3).csv"
    path.write_text("\n".join(["pulse, conductance_uS", *rows, ""]), encoding="utf-8-sig")
    return path


def test_a_table_becomes_a_technology_that_a_run_can_grow(mortal, table, tmp_path):
    out = tmp_path / "fitted.yaml"
    said = mortal("fit", table, "--out", out)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[1].startswith("soft-bounds"), said.out
    assert f"technology: {out}" in said.out
    made_of = technology_in(out)
    assert made_of.name == "fitted-my-device-3"
    assert made_of.response.kind == "soft-bounds"
    # w' = (G - 2) / 10 - 1 and a step of 5 % of what is left: 0.05 at w' = 0.
    assert made_of.response.step == pytest.approx(0.05, rel=1e-3)
    assert (made_of.cell.g_min, made_of.cell.g_max) == pytest.approx((2e-6, 22e-6), rel=1e-3)
    _, measured = train()
    assert made_of.valid_range == f"2 to {measured.max():.4g} uS, pulses as in {table.name}"
    assert made_of.source_of("response.step") == f"fitted to {table.name}"
    assert made_of.source_of("cell.g_max") == f"fitted to {table.name}"
    file = tmp_path / "life.yaml"
    cohort = "{technology: fitted.yaml, layers: [64, 8], count: 2, rule: forward-forward}"
    file.write_text(life("examine: {cohort: a}", cohorts=[f"a: {cohort}"]), encoding="utf-8")
    plan = load(file)
    assert plan.technologies["a"] == made_of
    assert load(plan.text()).technologies["a"] == made_of, "the resolved file stands alone"
    changed = cohort.replace("fitted.yaml", "{like: fitted.yaml, response: {step: 0.01}}")
    file.write_text(life("examine: {cohort: a}", cohorts=[f"a: {changed}"]), encoding="utf-8")
    assert load(file).technologies["a"].response.step == 0.01


def test_a_response_can_be_asked_for(mortal, table):
    said = mortal("fit", table, "--response", "linear")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()[:2]] == ["response", "linear"]
    assert "response.gamma_up: " in said.out


@pytest.mark.parametrize("unit", ["S", "mS", "uS", "nS", "pS", ""])
def test_units_stand_in_the_header(tmp_path, unit):
    pulse, seen = train()
    factor = {"S": 1e-6, "": 1e-6, "mS": 1e-3, "uS": 1.0, "nS": 1e3, "pS": 1e6}[unit]
    path = tmp_path / "table.csv"
    rows = [f"{p},{s * factor!r}" for p, s in zip(pulse, seen.tolist(), strict=True)]
    name = f"conductance_{unit}" if unit else "conductance"
    path.write_text("\n".join([f"pulse,{name}", *rows]), encoding="utf-8")
    np.testing.assert_allclose(read_measurement(path).conductance, seen * 1e-6, rtol=1e-12)


def test_directions_devices_and_cycles_are_read(tmp_path):
    rows = ["device,cycle,pulse,direction,conductance"]
    for device in ("left", "right"):
        for cycle in (1, 2):
            for pulse in range(20):
                way = ("up", "+1", "1")[pulse % 3] if pulse < 10 else ("down", "-1")[pulse % 2]
                rows.append(f"{device},{cycle},{pulse},{way},{1e-6 * min(pulse, 20 - pulse)}")
    path = tmp_path / "table.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    found = read_measurement(path)
    assert np.bincount(found.device).tolist() == [40, 40]
    assert np.bincount(found.trace).tolist() == [20] * 4
    assert found.direction.tolist() == ([1] * 10 + [-1] * 10) * 4


MISTAKES = {
    "empty": ("", ":1: no column pulse and no column conductance; begin the file with a header"),
    "no header": ("1,2e-6\n2,3e-6", ":1: '1' is no column of a measurement (allowed: pulse,"),
    "unit": ("pulse,conductance_mho\n1,2", ":1: 'conductance_mho' is no column"),
    "semicolons": (
        "pulse;conductance_uS\n1;2",
        ":1: columns stand between ';'; separate them by commas",
    ),
    "twice": ("pulse,pulse,conductance\n1,1,2", ":1: the column pulse stands twice"),
    "no conductance": ("pulse,device\n1,2", ":1: no column conductance; begin"),
    "text": ("pulse,conductance_uS\n0,1.5\n1,much", ":3: conductance is 'much', a finite number"),
    "infinite": ("pulse,conductance\n0,inf", ":2: conductance is 'inf', a finite number"),
    "half a pulse": ("pulse,conductance\n0.5,1", ":2: pulse is '0.5', a whole number"),
    "negative pulse": ("pulse,conductance\n-1,1", ":2: pulse is '-1', a whole number of 0 or more"),
    "short row": ("pulse,conductance\n0,1\n\n7", ":4: found 1 entries, the header has 2"),
    "direction": (
        "pulse,conductance,direction\n1,1,left",
        ":2: direction is 'left', allowed are up",
    ),
    "few rows": (
        "pulse,conductance_uS\n0,1\n1,2\n2,1",
        ": a fit needs 8 steps up at least, found 1",
    ),
    "flat": ("pulse,conductance_uS\n" + "\n".join(f"{n},1" for n in range(30)), ": a fit needs 8"),
    "not text": (b"pulse,conductance\n\xff\xfe", ": not UTF-8 text"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_bad_table_is_one_sentence_with_its_line(mortal, tmp_path, mistake):
    content, expected = MISTAKES[mistake]
    path, out = tmp_path / "table.csv", tmp_path / "out.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = mortal("fit", path, "--out", out)
    assert said.code == 2, said
    assert said.err.startswith(f"mortal: {path}{expected}"), said.err
    assert len(said.err.splitlines()) == 1
    assert not out.exists()
    with pytest.raises(DataError):
        read_measurement(path)


def test_a_missing_file_and_an_unknown_response_are_told(mortal, table, tmp_path):
    said = mortal("fit", tmp_path / "none.csv")
    assert (said.code, said.err) == (
        2,
        f"mortal: {tmp_path / 'none.csv'}: No such file or directory\n",
    )
    said = mortal("fit", table, "--response", "cubic")
    assert said.code == 2
    assert "response must be one of constant, linear, soft-bounds" in said.err


@pytest.mark.parametrize("name", ["mortal-default", "pcm-inference-nandakumar2019"])
def test_a_technology_written_as_yaml_reads_back_as_the_same(tmp_path, name):
    path = tmp_path / "technology.yaml"
    path.write_text(technology_text(preset(name)), encoding="utf-8")
    assert technology_in(path) == preset(name)


def test_a_wrong_technology_file_is_told_with_its_line(tmp_path):
    path = tmp_path / "technology.yaml"
    path.write_text(
        "name: mine\nresponse: {kind: constant, step: 0.01, stepp: 2}\n", encoding="utf-8"
    )
    cohort = "a: {technology: technology.yaml, layers: [64, 8], count: 2, rule: forward-forward}"
    file = tmp_path / "life.yaml"
    file.write_text(life("examine: {cohort: a}", cohorts=[cohort]), encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{path}:2:\d+: .*stepp.*did you mean step"):
        load(file)
    path.unlink()
    with pytest.raises(ConfigError, match=rf"^{file}:6:\d+: there is no file {path}$"):
        load(file)


def test_names_of_technologies_are_made_of_names_of_files(tmp_path):
    for stem, name in {
        "HfO2_run.07": "fitted-hfo2-run-07",
        "übung": "fitted-bung",
        "--": "fitted",
    }.items():
        assert technology_name(tmp_path / f"{stem}.csv") == name
        Technology.model_validate({"name": name, "response": {"kind": "exact"}})
