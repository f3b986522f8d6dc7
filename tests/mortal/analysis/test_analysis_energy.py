"""Energy against accuracy: the front, the price of a point, and the log they come from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from mortal.analysis import energy_table, joules_per_point, pareto_front
from mortal.errors import AnalysisError
from mortal.logbook import open_log

POINTS = some.lists(some.tuples(some.integers(0, 9), some.integers(0, 9)), min_size=1, max_size=12)


@given(POINTS)
def test_a_point_stands_on_the_front_if_and_only_if_none_beats_it(points):
    energy, accuracy = np.array(points, float).T
    front = pareto_front(energy, accuracy)
    kept = {(energy[at], accuracy[at]) for at in front}
    for e, a in zip(energy, accuracy, strict=True):
        beaten = ((energy <= e) & (accuracy >= a) & ((energy < e) | (accuracy > a))).any()
        assert ((e, a) in kept) != beaten
    assert (np.diff(energy[front]) > 0).all()
    assert (np.diff(accuracy[front]) > 0).all()


def test_a_point_costs_what_was_spent_over_what_was_gained():
    found = joules_per_point([1.0, 3.0, 4.0], [0.5, 0.6, 0.55])
    assert found[0] == pytest.approx(0.2)
    assert np.isnan(found[1])


def test_who_missed_an_exam_does_not_change_the_price():
    energy = np.array([[1.0, 9.0], [3.0, np.nan]])
    accuracy = np.array([[0.5, 0.1], [0.6, np.nan]])
    assert joules_per_point(energy, accuracy) == pytest.approx([0.2])


def test_the_table_says_what_the_log_says(lineage):
    log = open_log(lineage.folder)
    table = energy_table(log)
    elders = table[table["cohort"] == "elders"]
    energy, accuracy = (log["elders"][f"exam_{name}"].values for name in ("energy", "accuracy"))
    assert elders["energy"].tolist() == pytest.approx(energy.mean(axis=1).tolist())
    assert elders["accuracy"].tolist() == pytest.approx(accuracy.mean(axis=1).tolist())
    assert elders["accuracy_deviation"].tolist() == pytest.approx(accuracy.std(1, ddof=1).tolist())
    assert elders["devices"].tolist() == [2, 2]
    assert table["is_on_front"].any()


def test_an_exam_that_was_not_held_is_named(lineage):
    with pytest.raises(AnalysisError, match="no exam on 'validation'"):
        energy_table(open_log(lineage.folder), data="validation")
    with pytest.raises(AnalysisError, match="found 1 points that are not"):
        pareto_front([1, np.nan], [1, 1])
