"""A cut covers every rank of every cohort once, and keeps together who meets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lives import HEAD, life

from mortal.config import load
from mortal.engine.lots import circles, cut, declare, lots_of
from mortal.errors import LogError

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon")


def plan_of(counts, meetings, head=HEAD):
    """A plan of cohorts of some counts, of which some meet."""
    cohorts = [
        f"{name}: {{technology: exact, layers: [64, 8], count: {count}}}"
        for name, count in zip(NAMES, counts, strict=False)
    ]
    steps = [f"distil: {{from: {NAMES[a]}, to: {NAMES[b]}, budget: 9}}" for a, b in meetings]
    return load(life("examine: {cohort: alpha}", *steps, cohorts=cohorts, head=head))


COUNTS = st.lists(st.integers(1, 300), min_size=1, max_size=5)
MEETINGS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=5)


def met(counts, meetings):
    """The meetings between different cohorts that are there."""
    return [(a, b) for a, b in meetings if a != b and max(a, b) < len(counts)]


@settings(max_examples=60, deadline=None)
@given(counts=COUNTS, meetings=MEETINGS)
def test_circles_hold_every_cohort_once_and_those_who_meet_together(counts, meetings):
    plan = plan_of(counts, met(counts, meetings))
    found = circles(plan)
    assert sorted(name for circle in found for name in circle) == sorted(NAMES[: len(counts)])
    of = {name: circle for circle in found for name in circle}
    for a, b in met(counts, meetings):
        assert of[NAMES[a]] is of[NAMES[b]]
    if not met(counts, meetings):
        assert len(found) == len(counts)


@settings(max_examples=60, deadline=None)
@given(counts=COUNTS, meetings=MEETINGS, most=st.integers(1, 400))
def test_lots_cover_every_rank_once_and_are_even(counts, meetings, most):
    plan = plan_of(counts, met(counts, meetings))
    lots = cut(plan, dict.fromkeys(circles(plan), most))
    assert [lot.number for lot in lots] == list(range(len(lots)))
    for name, cohort in plan.config.cohorts.items():
        ranges = sorted(lot.scope[name] for lot in lots if name in lot.scope)
        assert [r for first, last in ranges for r in range(first, last)] == list(
            range(cohort.count)
        )
    for circle in circles(plan):
        mine = [lot for lot in lots if any(name in lot.scope for name in circle)]
        spans = [max(b for _, b in lot.scope.values()) - min(lot.scope.values())[0] for lot in mine]
        assert max(spans) <= most
        assert max(spans) - min(spans) <= 1
        for lot in mine:
            assert set(lot.scope) <= set(circle)
            assert lot.devices == sum(last - first for first, last in lot.scope.values())
            assert f"lot {lot.number} (ranks " in str(lot)


def test_successors_meet_though_no_step_inside_joins_them(whole):
    assert circles(whole.plan) == (("elders", "heirs", "clones"), ("twins",), ("alone",))


def test_a_folder_keeps_its_cut(tmp_path, whole):
    assert lots_of(tmp_path) == {}
    lots = cut(whole.plan, dict.fromkeys(circles(whole.plan), 3))
    declare(tmp_path, whole.plan, lots)
    assert lots_of(tmp_path) == {lot.number: lot for lot in lots}
    declare(tmp_path, whole.plan, lots)
    with pytest.raises(LogError, match="lists other lots"):
        declare(tmp_path, whole.plan, cut(whole.plan, dict.fromkeys(circles(whole.plan), 4)))
