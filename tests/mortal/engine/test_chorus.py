"""What many lots tell is heard as one: rows of whole cohorts, in the order of the story."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lives import Listener, life

from mortal.config import load
from mortal.config.check import data_for
from mortal.engine import Processes, run
from mortal.engine.chorus import Chorus
from mortal.engine.lots import circles, cut
from mortal.engine.relay import Relay
from mortal.narrator import ExamRow
from mortal.progress import read_all
from mortal.story import moments

PLAN = load(
    life(
        "examine: {cohort: [elders, others]}",
        "examine: {cohort: elders}",
        cohorts=(
            "elders: {technology: exact, layers: [64, 8], count: 5}",
            "others: {technology: exact, layers: [64, 8], count: 2}",
        ),
    )
)
DATA = data_for(PLAN)
TOLD = moments(PLAN)
LOTS = cut(PLAN, dict.fromkeys(circles(PLAN), 2))


class Watcher(Listener):
    """Remembers where the run stood, too."""

    def __init__(self):
        super().__init__()
        self.standings = []

    def progress(self, standing):
        self.standings.append(standing)


def news_of(lot):
    """All that one lot of the plan tells, in its order."""
    news = []
    relay = Relay(lot.number, news.append)
    for moment in TOLD:
        first, last = lot.scope.get(moment.cohort, (0, 0))
        if moment.word == "examine" and last > first:
            accuracy = np.arange(first, last) / 10
            relay.exam(ExamRow(moment.step, moment.cohort, 0, 1.0, accuracy, 0.1, 0.1, 0))
        relay.turn(moment.number + 1)
    return news


def heard(folder, order, lots=LOTS):
    """A watcher of lots that speak in some order: one number of a lot for each piece of news."""
    watcher = Watcher()
    chorus = Chorus(folder, PLAN, DATA, lots, watcher)
    speech = {lot.number: iter(news_of(lot)) for lot in lots}
    for number in order:
        if (news := next(speech[number], None)) is not None:
            chorus.hear(news)
    return chorus, watcher


EVERYBODY = [lot.number for lot in LOTS for _ in range(20)]


@settings(max_examples=30, deadline=None)
@given(order=st.permutations(EVERYBODY))
def test_rows_are_of_whole_cohorts_and_each_cohorts_in_order(order, tmp_path_factory):
    chorus, watcher = heard(tmp_path_factory.mktemp("chorus"), order)
    for lot in LOTS:
        chorus.ended(lot.number, "done")
    rows = [(row.step, row.cohort, sorted(row.accuracy.tolist())) for row in watcher.exams]
    whole = {"elders": [0.0, 0.1, 0.2, 0.3, 0.4], "others": [0.0, 0.1]}
    assert len(rows) == 3
    assert all(accuracy == whole[cohort] for _, cohort, accuracy in rows)
    assert [step for step, cohort, _ in rows if cohort == "elders"] == ["0", "1"]
    done = [standing.done for standing in watcher.standings]
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(done))
    assert done[-1] == pytest.approx(watcher.standings[-1].total)
    assert watcher.standings[-1].lots_done == watcher.standings[-1].lots == len(LOTS)


def test_nothing_is_told_before_all_lots_of_a_cohort_have_passed(tmp_path):
    last = LOTS[2].number
    assert set(LOTS[2].scope) == {"elders"}
    chorus, watcher = heard(tmp_path, [n for n in EVERYBODY if n != last])
    assert [row.cohort for row in watcher.exams] == ["others"]
    for news in news_of(LOTS[2]):
        chorus.hear(news)
    assert [row.cohort for row in watcher.exams] == ["others", "elders", "elders"]


def test_rows_of_an_earlier_session_are_told_again(tmp_path):
    first = [lot.number for lot in LOTS if lot.number != 1]
    chorus, watcher = heard(tmp_path, [n for n in EVERYBODY if n in first])
    for number in first:
        chorus.ended(number, "done")
    assert [row.cohort for row in watcher.exams] == ["others"]
    again = Watcher()
    chorus = Chorus(tmp_path, PLAN, DATA, LOTS, again)
    chorus.tell_earlier()
    for news in news_of(LOTS[1]):
        chorus.hear(news)
    assert [(row.cohort, row.accuracy.size) for row in again.exams] == [
        ("others", 2), ("elders", 5), ("elders", 5),
    ]  # fmt: skip


def test_a_lot_taken_up_again_takes_back_what_it_will_tell_again(tmp_path):
    chorus, _ = heard(tmp_path, EVERYBODY)
    chorus.hear({"lot": 0, "news": "turn", "reached": len(TOLD) - 1})
    chorus.ended(0, "waiting")
    kept = read_all(tmp_path)[0]
    assert all(row["moment"] < len(TOLD) - 1 for row in kept.rows)
    assert kept.state == "waiting"


def test_an_exam_is_kept_at_once_for_a_driver_that_is_killed(tmp_path):
    lot = LOTS[0]
    upto = next(n for n, news in enumerate(news_of(lot)) if news["news"] == "exam")
    heard(tmp_path, [lot.number] * (upto + 1))
    (kept,) = [told for told in read_all(tmp_path).values() if told.rows]
    assert kept.rows[0]["row"]["accuracy"] == [0.0]


def test_processes_tell_the_same_rows_and_sentences_as_one(whole, tmp_path):
    here, there = Watcher(), Watcher()
    run(whole.plan, tmp_path / "here", lots=1, narrator=here)
    run(whole.plan, tmp_path / "there", lots=2, narrator=there, engine=Processes(2))
    rows = [
        {
            (row.step, row.cohort, row.generation, row.dead, tuple(row.accuracy))
            for row in watcher.exams
        }
        for watcher in (here, there)
    ]
    assert rows[0] == rows[1]
    assert len(here.exams) == len(there.exams) == len(rows[0])
    lessons = [sorted(note for note in w.notes if "agreement" in note) for w in (here, there)]
    assert lessons[0] == lessons[1]
    assert len(lessons[0]) == 3 + 1
    assert not (tmp_path / "there" / "progress").exists()
