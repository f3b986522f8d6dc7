"""The claims' book-keeping: nothing is measured twice, torn or foreign lines count for nothing."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "scripts" / "claims"))

findings = importlib.import_module("findings")

TASK = {"layers": (64, 32)}
CASE = {"arm": "soft", "seed": 1}


def never():
    raise AssertionError("measured again")


def test_a_case_is_measured_once_and_read_back_as_it_was(tmp_path):
    path = tmp_path / "found.jsonl"
    first = findings.Findings(path, TASK).measure(CASE, lambda: {"accuracy": np.array([0.5, 0.7])})
    again = findings.Findings(path, TASK)
    assert again.measure({"seed": 1, "arm": "soft"}, never) == first
    assert again.values("accuracy", arm="soft").tolist() == [0.6]
    assert again.values("accuracy", arm="hard").size == 0


def test_a_torn_line_is_measured_again_and_spoils_no_other(tmp_path):
    path = tmp_path / "found.jsonl"
    findings.Findings(path, TASK).measure(CASE, lambda: {"accuracy": 0.5})
    findings.Findings(path, TASK).measure({**CASE, "seed": 2}, lambda: {"accuracy": 0.6})
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    torn = findings.Findings(path, TASK)
    assert len(torn) == 1
    torn.measure({**CASE, "seed": 2}, lambda: {"accuracy": 0.7})
    assert findings.Findings(path, TASK).values("accuracy").tolist() == [0.5, 0.7]


def test_lines_of_another_task_stay_and_count_for_nothing(tmp_path):
    path = tmp_path / "found.jsonl"
    findings.Findings(path, {"layers": (64, 16)}).measure(CASE, lambda: {"accuracy": 0.5})
    other = findings.Findings(path, TASK)
    assert CASE not in other
    other.measure(CASE, lambda: {"accuracy": 0.6})
    kept = [json.loads(line)["accuracy"] for line in path.read_text().splitlines()]
    assert kept == [0.5, 0.6]


def test_a_section_is_written_between_its_own_markers_only(tmp_path):
    page = tmp_path / "claims.md"
    page.write_text((ROOT / "docs" / "claims.md").read_text(encoding="utf-8"), encoding="utf-8")
    findings.write_section("peers", "one", page)
    once = page.read_text(encoding="utf-8")
    findings.write_section("peers", "two", page)
    assert page.read_text(encoding="utf-8") == once.replace("one\n\n<!--", "two\n\n<!--")
    with pytest.raises(ValueError, match="no section 'pears'"):
        findings.write_section("pears", "three", page)


def test_a_mean_says_over_how_many_it_was_taken():
    assert findings.said([90.0, 91.0]) == "90.5 ± 0.5"
    assert findings.said([90.0]) == "90.0 (one seed)"
    assert findings.said([]) == "not yet"


def test_what_is_asked_is_judged_by_its_mean():
    text = findings.verdicts([("a", 90, [89.0, 92.0]), ("b", 90, [89.5]), ("c", 90, [])])
    assert [line.split(" | ")[-1] for line in text.splitlines()[2:]] == [
        "yes |",
        "no, 0.5 short |",
        " |",
    ]
