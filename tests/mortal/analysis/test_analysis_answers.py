"""Answers of an exam reach the log when asked for, and a map is drawn from the log alone."""

import numpy as np
import pytest
from small_lives import life, lived, world_after

from mortal.analysis import answer_distances, draw_map, event_table, logged_answers
from mortal.errors import AnalysisError, ConfigError
from mortal.logbook import differences, open_log

SIX = "elders: {technology: mortal-default, layers: [64, 16], count: 6}"
THREE = "others: {technology: mortal-default, layers: [64, 16], count: 3}"


@pytest.fixture(scope="module")
def examined(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers") / "run"
    text = life(
        "train: {cohort: [elders, others], epochs: 1}",
        "examine: {cohort: elders, answers: 9}",
        "train: {cohort: elders, epochs: 1}",
        "examine: {cohort: elders, answers: 12}",
        "examine: {cohort: [elders, others]}",
        "examine: {cohort: others, answers: 30}",
        cohorts=(SIX, THREE),
    )
    return folder, world_after(text, folder), text


def test_the_log_holds_what_the_devices_answer(examined):
    folder, world, _ = examined
    found = logged_answers(open_log(folder))
    assert found.question.tolist() == list(range(12)), "put to all, in their last such exam"
    assert found.serial.tolist() == list(range(9))
    assert found.cohort.tolist() == ["elders"] * 6 + ["others"] * 3
    assert found.answers.shape == (9, 12, 10)
    assert np.exp(found.answers).sum(axis=2) == pytest.approx(1)
    inputs, labels = world.split("test")
    exam = world.cohorts["elders"].population.examine(inputs, labels, keep=12)
    assert (found.answers[:6] == exam.answers).all()
    table = event_table(open_log(folder), "answer", "others")
    assert len(table) == 3 * 30
    assert table["answer_log_probability[9]"][0] == found.answers[6, 0, 9]
    alone = logged_answers(open_log(folder), "others")
    assert alone.question.size == 30
    assert (alone.answers[:, :12] == found.answers[6:]).all()


def test_accuracy_in_the_log_is_that_of_the_answers_in_it(tmp_path):
    text = life("train: {cohort: elders, epochs: 1}", "examine: {cohort: elders, answers: 60}")
    world = world_after(text, tmp_path / "run")
    log = open_log(tmp_path / "run")
    right = logged_answers(log).answers.argmax(axis=2) == world.split("test")[1]
    assert log["elders"]["exam_accuracy"].values[0] == pytest.approx(right.mean(axis=1))


def test_watching_more_closely_changes_no_life(examined, tmp_path):
    folder, _, text = examined
    plain = (
        text.replace(", answers: 9", "").replace(", answers: 12", "").replace(", answers: 30", "")
    )
    other = lived(plain, tmp_path / "run")
    found = differences(open_log(folder), other)
    assert found
    assert all("/answer" in line or "only in the first" in line for line in found), found
    with pytest.raises(AnalysisError, match=r"no answers on 'test' .* answers: 200"):
        logged_answers(other)


def test_a_map_is_drawn_from_the_log_alone(examined):
    pytest.importorskip("openTSNE", reason="maps need openTSNE, which is optional")
    found = logged_answers(open_log(examined[0]))
    drawn = draw_map(answer_distances(found.answers), neighbours=4)
    assert drawn.positions.shape == (9, 2)
    assert np.isfinite(drawn.positions).all()


def test_more_answers_than_questions_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="61 answers are to be logged, and test has 60 questions"):
        lived(life("examine: {cohort: elders, answers: 61}"), tmp_path / "run")
