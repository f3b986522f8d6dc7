"""A story laid out flat: who is born with which number, and which events belong to which moment."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lives import life, lived

from mortal.config import load
from mortal.story import moments

COHORTS = (
    "elders: {technology: exact, layers: [64, 8], count: 3}",
    "heirs: {like: elders}",
    "others: {like: elders, count: 2}",
)
STEPS = (
    "train: {cohort: [elders, others], epochs: 0}",
    "examine: {cohort: [others, heirs, elders]}",
    "age: {cohort: elders, by: 1 years}",
    "distil: {from: elders, to: heirs, budget: 10, epochs: 0}",
    "bury: {cohort: others}",
    "repeat: {generations: 3, story: [{distil: {from: elders, to: heirs, budget: 10, epochs: 0}}]}",
)
LINEAGE = life(*STEPS, cohorts=COHORTS)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=6))
def test_sequences_are_disjoint_and_in_order(steps):
    plan = load(life(*steps, cohorts=COHORTS))
    told = moments(plan)
    assert [moment.number for moment in told] == list(range(len(told)))
    assert all(b.sequence == a.sequence + a.events for a, b in pairwise(told))
    assert told == moments(plan)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=6))
def test_serial_numbers_are_given_once_and_without_gaps(steps):
    plan = load(life(*steps, cohorts=COHORTS))
    born = [moment for moment in moments(plan) if moment.word == "birth"]
    given_out = [
        moment.first_serial + rank
        for moment in born
        for rank in range(plan.config.cohorts[moment.cohort].count)
    ]
    assert given_out == list(range(len(given_out)))


def test_a_lineage_is_laid_out_generation_by_generation():
    told = moments(load(LINEAGE))
    births = [(m.step, m.cohort, m.generation, m.first_serial) for m in told if m.word == "birth"]
    assert births == [
        ("birth", "elders", 0, 0),
        ("birth", "heirs", 0, 3),
        ("birth", "others", 0, 6),
        ("5.0", "heirs", 1, 8),
        ("5.1", "heirs", 2, 11),
    ]
    assert [m.step for m in told if m.word == "succeed"] == ["5.0", "5.1"]
    assert [(m.step, m.cohort) for m in told if m.word == "examine"] == [
        ("1", "others"),
        ("1", "heirs"),
        ("1", "elders"),
    ]


def test_the_log_numbers_events_as_the_layout_does(tmp_path):
    log = lived(LINEAGE, tmp_path / "run")
    told = moments(load(LINEAGE))
    seen = 0
    for word, table in (("examine", "exam"), ("distil", "transfer"), ("age", "ageing")):
        for cohort in ("elders", "heirs", "others"):
            expected = [m.sequence for m in told if m.word == word and m.cohort == cohort]
            name = f"{table}_sequence"
            found = np.unique(log[cohort][name].values).tolist() if name in log[cohort] else []
            assert found == expected, (cohort, table)
            seen += len(found)
    assert seen == 8
