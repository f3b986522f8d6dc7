"""Two runs side by side: exams that match, and differences with their intervals."""

import numpy as np
import pytest
from reports import STORY, Page
from scipy import stats
from small_lives import lived

from mortal.report import read_history, write_comparison
from mortal.report.comparison import matches
from mortal.report.differences import paired, welch


def test_welch_s_interval_is_that_of_scipy():
    draws = np.random.default_rng(1)
    one, other = draws.normal(0.5, 0.1, 12), draws.normal(0.4, 0.3, 7)
    found = welch(np.append(one, np.nan), other)
    wanted = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert found.mean == pytest.approx(one.mean() - other.mean())
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))
    assert (found.is_paired, found.devices) == (False, 7)


def test_a_paired_interval_is_that_of_scipy():
    draws = np.random.default_rng(2)
    one = draws.normal(0.5, 0.1, 9)
    other = one + draws.normal(0.02, 0.01, 9)
    found = paired(np.append(other, 1.0), np.append(one, np.nan))
    wanted = stats.ttest_rel(other, one).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))
    assert (found.is_paired, found.devices) == (True, 9)


@pytest.mark.parametrize("difference", [welch, paired])
def test_of_a_single_device_there_is_no_interval(difference):
    found = difference([0.5], [0.25])
    assert found.mean == 0.25
    assert np.isnan([found.low, found.high]).all()
    assert np.isnan(difference([], []).mean)


def test_welch_covers_what_it_says():
    """Of 400 pairs of unlike groups 95 % must hold the true difference, within three errors."""
    draws = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        found = welch(draws.normal(0.7, 0.02, 8), draws.normal(0.6, 0.1, 24))
        held += found.low <= 0.1 <= found.high
    assert abs(held / 400 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 400), held / 400


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The life, the same devices taught otherwise, and other devices."""
    place = tmp_path_factory.mktemp("runs")
    lived(STORY, place / "a")
    lived(STORY.replace("epochs: 4", "epochs: 2"), place / "b")
    lived(STORY, place / "c", seed=8)
    return place


def test_the_same_devices_are_held_against_themselves(runs):
    found = matches(read_history(runs / "a"), read_history(runs / "b"))
    assert [one.one.cohort for one in found] == ["elders", "elders", "heirs", "clones"]
    first = found[0]
    assert first.difference.is_paired
    trees = [read_history(runs / name).tree for name in "ab"]
    accuracy = [tree["elders"]["exam_accuracy"].values[0] for tree in trees]
    wanted = stats.ttest_rel(accuracy[1], accuracy[0]).confidence_interval(0.95)
    assert first.difference.mean == pytest.approx((accuracy[1] - accuracy[0]).mean())
    assert (first.difference.low, first.difference.high) == pytest.approx((wanted.low, wanted.high))


def test_devices_of_another_seed_are_others(runs):
    found = matches(read_history(runs / "a"), read_history(runs / "c"))
    assert found
    assert not any(one.difference.is_paired for one in found)


def test_a_run_differs_from_itself_by_nothing(runs):
    for one in matches(read_history(runs / "a"), read_history(runs / "a")):
        assert one.difference.is_paired
        assert (one.difference.mean, one.difference.low, one.difference.high) == (0, 0, 0)


def test_the_command_names_settings_and_differences(runs, mortal):
    said = mortal("report", "--compare", runs / "a", runs / "b", "--out", runs / "c.html")
    assert (said.code, said.out) == (0, f"report: {runs / 'c.html'}\n")
    page = Page((runs / "c.html").read_text(encoding="utf-8"))
    (row,) = page.table("setting", "A", "B")
    assert (row["setting"][1], row["A"][1], row["B"][1]) == ("story.0.train.epochs", "4", "2")
    rows = page.table("exam", "B − A", "compared")
    found = matches(read_history(runs / "a"), read_history(runs / "b"))
    assert [float(row["B − A"][0]) for row in rows] == [one.difference.mean for one in found]
    assert rows[0]["compared"][1] == "each with itself"


def test_a_comparison_with_no_run_is_one_sentence(runs, mortal, tmp_path):
    said = mortal("report", "--compare", runs / "a", tmp_path)
    assert said.code == 2
    assert len(said.err.splitlines()) == 1
    assert write_comparison(runs / "a", runs / "b").name == "comparison.html"
