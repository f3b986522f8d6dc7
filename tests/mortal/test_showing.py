"""What is shown of technologies and logs is what they hold."""

import re
from itertools import pairwise

import numpy as np
import pytest
from pydantic import BaseModel
from small_lives import life, lived

from devices import preset, preset_names
from mortal import open_log
from mortal.config import load
from mortal.engine.folder import prepare
from mortal.logbook import Logbook
from mortal.showing import age, run_summary

YEAR = 365.25 * 86400
PIECES = (
    "response", "spread", "cell", "read", "write", "programming", "retention", "wear", "disturb",
    "energy",
)  # fmt: skip


def numbers(path, part):
    """Yield the dotted path, owner, key and value of each number of a piece and its pieces."""
    for key, value in part:
        if isinstance(value, BaseModel):
            yield from numbers(f"{path}.{key}", value)
        else:
            yield f"{path}.{key}", (part, key, value)


def test_the_catalog_has_a_line_a_preset(mortal):
    said = mortal("presets")
    assert (said.code, said.err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert lines == {name: preset(name).summary for name in preset_names()}


@pytest.mark.parametrize("name", preset_names())
def test_every_number_of_a_preset_is_shown_with_its_unit_meaning_and_source(mortal, name):
    said = mortal("presets", name)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    found = preset(name)
    assert lines[:3] == [name, found.summary, f"source: {found.source}"]
    assert lines[3] == f"valid for: {found.valid_range}"
    shown = {}
    for line, origin in pairwise(lines):
        if match := re.match(r"((?:\w+\.)*\w+) {2,}(\S.*?) {2,}(\S.*)$", line):
            source = re.fullmatch(r" +from: (.+)", origin)
            assert source, f"{line} has no source"
            shown[match[1]] = (match[2], match[3], source[1])
    parts = {piece: getattr(found, piece) for piece in PIECES}
    declared = {}
    for piece, part in parts.items():
        if part is not None:
            declared |= numbers(piece, part)
    assert set(shown) == {*declared, *(piece for piece, part in parts.items() if part is None)}
    for path, (part, key, value) in declared.items():
        text, meaning, source = shown[path]
        unit = (type(part).model_fields[key].json_schema_extra or {}).get("unit", "1")
        plain = "none" if value is None else f"{value:g}" if type(value) is float else str(value)
        assert text == (plain if unit == "1" or value is None else f"{plain} {unit}"), path
        assert len(meaning) > 5, path
        origin = found.source_of(path) if key in part.model_fields_set else "default"
        assert source == (origin or "the declaration"), path
        assert origin or key == "kind", f"{path} has no source"
    for item in (*found.non_idealities, *found.not_modelled):
        assert f"  - {item}" in lines


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (3 * YEAR, "3 years"),
        (3 * YEAR + 0.04, "3 years"),
        (1.5 * YEAR, "18 months"),
        (372.2049e-6, "372.2 us"),
        (86400.0, "1 day"),
        (45.678, "45.68 s"),
    ],
)
def test_ages_are_said_as_people_say_them(seconds, text):
    assert age(seconds) == text


def test_a_finished_run_is_summed_up(mortal, lineage):
    said = mortal("inspect", lineage.folder)
    assert (said.code, said.err) == (0, "")
    log = open_log(lineage.folder)
    lines = said.out.splitlines()
    assert lines[0] == f"{lineage.folder}: configuration {load(lineage.file).hash()[:12]}"
    assert lines[1].startswith("finished, ")
    assert "elders: 2 devices, 2 dead" in lines
    assert "heirs: 2 devices, 0 dead" in lines
    steps = [line for line in lines if line.startswith("  step ")]
    lessons = [line for line in steps if "taught by 100 soft answers of 1.0 KiB, agreement" in line]
    assert len(lessons) == 1
    exams = [line for line in steps if line not in lessons]
    assert len(exams) == 4
    for name, at in (("elders", 0), ("elders", 1), ("heirs", 0), ("clones", 0)):
        cohort = log[name]
        accuracy = cohort.exam_accuracy.values[at]
        expected = (
            f"  step {cohort.exam_step.values[at]}: age {age(cohort.exam_age.values[at].mean())}, "
            f"accuracy {accuracy.mean():.3f} ({accuracy.min():.3f}-{accuracy.max():.3f}), "
            "chance 0.100"
        )
        assert expected in exams
    assert run_summary(lineage.folder / "log.h5").splitlines()[2:] == lines[3:]


def test_a_run_without_any_birth_is_summed_up(mortal, tmp_path):
    plan = load(life("examine: {cohort: elders}"))
    folder = tmp_path / "run"
    prepare(folder, plan, overwrite=False)
    Logbook.create(folder, configuration_text=plan.text(), configuration_hash=plan.hash())
    said = mortal("inspect", folder)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[1:] == ["begun, not finished, 1 commits", "no device was born yet"]


def test_an_exam_that_some_did_not_live_to_see_is_of_those_who_did(tmp_path):
    exam = "examine: {cohort: elders}"
    build = "technology: exact, layers: [64, 6], count: 6, rule: forward-forward"
    free = lived(life(exam, cohorts=[f"elders: {{{build}}}"]), tmp_path / "free")["elders"]
    limit = float(np.median(free.exam_accuracy))
    cohort = f"elders: {{{build}, death: {{below: {limit!r}}}}}"
    text = life(exam, exam, "bury: {cohort: elders}", exam, cohorts=[cohort])
    first, second = lived(text, tmp_path / "run")["elders"].exam_accuracy.values
    assert 0 < np.isnan(second).sum() < 6, "the claim needs some deaths"
    lines = run_summary(tmp_path / "run").splitlines()
    assert f"accuracy {first.mean():.3f} ({first.min():.3f}" in lines[-2]
    assert f"accuracy {np.nanmean(second):.3f} ({np.nanmin(second):.3f}" in lines[-1]
    assert "elders: 6 devices, 6 dead" in lines


def test_a_log_says_what_was_switched_off(tmp_path):
    build = "technology: {like: mortal-default, without: [wear, spread.step]}"
    cohort = f"elders: {{{build}, layers: [64, 4], count: 1}}"
    log = lived(life("examine: {cohort: elders}", cohorts=[cohort]), tmp_path / "run")
    assert log["devices"].technology.values == ["mortal-default without wear, spread.step"]
    told = log["provenance"].attrs["configuration"]
    assert "without:\n      - wear\n      - spread.step\n" in told
