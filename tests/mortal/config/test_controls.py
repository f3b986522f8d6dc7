"""A word in a lesson makes a control arm: devices of the same manufacture that live beside."""

import numpy as np
import pytest
from small_lives import ELDERS, life, lived

from mortal.config import load
from mortal.config.check import data_for
from mortal.errors import ConfigError
from mortal.story import moments

HEIRS = "heirs: {like: elders, death: {below: 0.5}}"
ARMS = ["untaught", "labels", "hard", "copy", "read-out"]
LESSON = (
    "distil: {from: elders, to: heirs, budget: 50, epochs: 3, answers: top-k, keep: 2, "
    "controls: [untaught, labels, hard, copy, read-out], read_error: 0.2}"
)


def plan_of(*steps, cohorts=(ELDERS, HEIRS)):
    return load(life(*steps, cohorts=cohorts))


def words(plan):
    """The steps of a story, as `train heirs-labels`."""
    told = []
    for entry in plan.config.story:
        ((word, step),) = entry.model_dump(by_alias=True).items()
        told.append(f"{word} {step.get('to') or ' '.join(step['cohort'])}")
    return told


def test_arms_are_cohorts_of_the_same_manufacture_and_share_what_happens():
    plan = plan_of(
        LESSON, "age: {cohort: heirs, by: 1 years}", "examine: {cohort: [elders, heirs]}"
    )
    arms = [f"heirs-{arm}" for arm in ARMS]
    assert list(plan.config.cohorts) == ["elders", "heirs", *arms]
    for arm, name in zip(ARMS, arms, strict=True):
        cohort = plan.config.cohorts[name]
        assert (cohort.identical_to, cohort.regrown_with, cohort.variant) == ("heirs", "heirs", arm)
        assert cohort.layers == (64, 16)
        assert cohort.death.below == (None if arm == "untaught" else 0.5)
    assert words(plan) == [
        "distil heirs",
        "train heirs-labels",
        "distil heirs-hard",
        "copy heirs-copy",
        "copy heirs-read-out",
        f"age heirs {' '.join(arms)}",
        f"examine elders heirs {' '.join(arms)}",
    ]
    train, hard = plan.config.story[1].train, plan.config.story[2].distil
    assert (train.budget, train.epochs) == (50, 3)
    assert (hard.answers, hard.keep, hard.budget, hard.epochs) == ("hard", None, 50, 3)
    assert plan.config.story[4].copy_.read_error == 0.2
    assert load(plan.text()).hash() == plan.hash()


def test_labels_are_shown_as_often_as_answers_stage_by_stage():
    plan = plan_of(
        "distil: {from: elders, to: heirs, epochs: 4, controls: [labels], stages: ["
        "{budget: 60, rounds: 3}, {budget: 20, epochs: 2, inputs: {name: train, without: [3]}}, "
        "{budget: 9, inputs: [{name: train, only: [7, 8]}]}]}"
    )
    first, second, third = (entry.train for entry in plan.config.story[1:])
    assert (first.budget, first.epochs, first.without) == (60, 8, ())
    assert (second.budget, second.epochs, second.without) == (20, 2, (3,))
    assert (third.budget, third.epochs, third.only) == (9, 4, (7, 8))


@pytest.mark.parametrize(
    "inputs", ["validation", "{name: validation}", "[{name: mixed, of: validation}]"]
)
def test_labels_are_of_the_split_that_is_asked_about(inputs):
    asked = f"{{from: elders, to: heirs, inputs: {inputs}, budget: 30, controls: [labels]}}"
    for split in ("validation", "train"):
        plan = plan_of(f"distil: {asked.replace('validation', split)}")
        assert plan.config.story[1].train.data == split


def test_labels_are_shown_for_as_long_as_a_budget_lasts_where_answers_are():
    plan = plan_of(
        "distil: {from: elders, to: heirs, controls: [labels], budget: 60, rounds: 3, "
        "stop: {pulses: 9000}}"
    )
    lesson, control = plan.config.story[0].distil, plan.config.story[1].train
    assert (control.epochs, control.decay, control.stop) == (1000, 1.0, lesson.stop)
    assert (lesson.epochs, lesson.decay) == (1000, 1.0)


def test_an_arm_that_is_named_is_not_named_twice():
    plan = plan_of(LESSON, "examine: {cohort: [heirs-hard, heirs]}")
    others = [f"heirs-{arm}" for arm in ARMS if arm != "hard"]
    assert words(plan)[-1] == f"examine heirs-hard heirs {' '.join(others)}"


def test_in_a_lineage_controls_are_grown_afresh_and_succeed_nobody():
    plan = plan_of(
        "train: {cohort: elders, epochs: 1}",
        f"repeat: {{generations: 2, story: [{LESSON}, examine: {{cohort: heirs}}]}}",
    )
    data_for(plan)
    assert plan.config.story[1].repeat.succession == {"elders": "heirs"}
    born = [(m.cohort, m.generation) for m in moments(plan) if m.word == "birth"]
    assert [name for name, generation in born if generation == 1] == [
        "heirs",
        *(f"heirs-{arm}" for arm in ARMS),
    ]


def test_a_sweep_gives_every_point_its_controls():
    plan = load(
        life("distil: {from: elders, to: heirs, controls: [labels]}", cohorts=[ELDERS, HEIRS]),
        overrides=["sweep.over.story.0.distil.budget=[10, 20]"],
    )
    assert words(plan) == [
        "distil heirs-1",
        "train heirs-1-labels",
        "distil heirs-2",
        "train heirs-2-labels",
    ]
    assert plan.config.cohorts["heirs-2-labels"].variant == "story.0.distil.budget=20, labels"


def test_a_control_that_cannot_be_is_told_at_the_users_line():
    with pytest.raises(
        ConfigError, match=r"text:12:18: weights of elders have no place in heirs-copy"
    ):
        data_for(
            plan_of(
                "distil:\n      from: elders\n      to: heirs\n      controls: [copy]",
                cohorts=[ELDERS, "heirs: {like: elders, layers: [64, 8]}"],
            )
        )
    with pytest.raises(
        ConfigError, match=r"text:8:3: the controls of heirs make a cohort heirs-hard"
    ):
        plan_of(
            "distil: {from: elders, to: heirs, controls: [hard]}",
            cohorts=[ELDERS, HEIRS, "heirs-hard: {like: heirs}"],
        )


def test_arms_are_the_very_devices_and_the_untaught_know_nothing(tmp_path):
    log = lived(
        life(
            "train: {cohort: elders, epochs: 10}",
            LESSON,
            "examine: {cohort: heirs}",
            cohorts=[
                "elders: {technology: mortal-default, layers: [64, 16], count: 2}",
                "heirs: {like: elders}",
            ],
        ),
        tmp_path / "run",
    )
    for arm in ARMS:
        made = log[f"heirs-{arm}"].birth_step_std.values
        np.testing.assert_array_equal(made, log["heirs"].birth_step_std.values)
    accuracy = {arm: log[f"heirs-{arm}"].exam_accuracy.values.mean() for arm in ARMS}
    print(accuracy)
    assert accuracy["untaught"] < 0.2 < accuracy["labels"]
    assert (
        log["heirs-copy"].copy_error.values.mean() < log["heirs-read-out"].copy_error.values.mean()
    )
