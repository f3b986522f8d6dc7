"""What a story may say of lessons: what goes together, and what is refused with its place."""

import pytest
from small_lives import ELDERS, HEAD, life

from mortal.config import load
from mortal.config.check import data_for
from mortal.errors import ConfigError

HEIRS = "heirs: {like: elders}"
ONE = "one: {like: elders, count: 1}"
THIRD = "third: {like: elders, count: 3}"
EVERYBODY = (ELDERS, HEIRS, ONE, THIRD)


def distil(words, head=HEAD):
    """The text of a life with one lesson of heirs."""
    return life(f"distil: {{from: elders, to: heirs, {words}}}", cohorts=EVERYBODY, head=head)


def refusal(text):
    with pytest.raises(ConfigError) as caught:
        data_for(load(text))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("text:")
    return message


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("budgett: 5", "unknown key; did you mean budget?"),
        ("answers: ranked", "did you mean ranking?"),
        ("inputs: markinal", "did you mean marginal?"),
        ("inputs: {name: mixed, withot: [3]}, budget: 9", "did you mean without?"),
        ("choosing: margine, budget: 9, rounds: 2", "did you mean margin?"),
        ("controls: [untought]", "did you mean untaught?"),
        ("pairing: all-to-eech", "did you mean all-to-each?"),
        ("stages: [{anwsers: hard}]", "did you mean answers?"),
        ("softening: 0", "expected a number above 0, found 0"),
        ("stages: []", "expected at least 1 entries, found a list of 0"),
        ("inputs: []", "expected a source of questions"),
        ("budget: 9, budget_bits: 80", "budget is 9 and budget_bits is 80; give one of them"),
        ("budget_bits: 79", "budget_bits is 79 and one answer costs 80"),
        ("budget: 121, repeats: false", "budget is 121 answers and the inputs are 120"),
        ("budget: 120, choosing: margin, rounds: 2", "nothing is to be chosen"),
        ("budget: 9, choosing: margin", "give rounds of at least 2"),
        ("budget: 9, rounds: 10", "10 rounds cannot ask 9 inputs"),
        ("until: 0.9", "give rounds of at least 2"),
        ("right: 0.5", "only 'hard' answers are corrupted on purpose"),
        ("keep: 3", "only 'top-k' and 'ranking' keep some of the classes"),
        ("answers: top-k", "keep"),
        ("answers: top-k, keep: 11", "11"),
        ("answers: features", "give layer"),
        ("answers: features, layer: 1", "layer 1 of elders has 16 units, and students answer 10"),
        ("answers: features, layer: 2", "elders has layers 1 to 1, found 2"),
        ("inputs: mixed", "mixed questions are made as they are needed; give a budget"),
        ("inputs: {name: train, noise: 0.1}", "give a budget"),
        ("inputs: {name: train, low: 0.5}", "low means nothing for train, only for uniform"),
        ("inputs: {name: train, without: [3], only: [4]}", "exclude each other"),
        ("inputs: {name: train, without: [11]}", "there is no class 11"),
        ("inputs: {name: train, only: [1]}, budget: 99, repeats: false", "the inputs are 8"),
        ("inputs: {name: uniform, low: 1, high: 0}, budget: 9", "low must be below high"),
        ("inputs: generated, budget: 9", "elders learns by mono-forward, which cannot dream"),
        ("inputs: validation", "set data.validation above 0"),
        ("correct: {}", "set data.validation above 0"),
        ("correct: {prior: [0.5, 0.5], inputs: train}", "a share for each of 10 classes"),
        ("exam: validation", "set data.validation above 0"),
        ("trust: reliability", "trust weighs those who teach together"),
        ("pairing: one-to-all", "one device teaches them all, and elders has 2"),
        ("stages: [{budget: 9}, {answers: soft, right: 0.5}]", "stage 1: right is 0.5"),
        ("stages: [{budget: 9}, {budget: 500, repeats: false}]", "budget is 500 answers"),
        ("controls: [copy, copy]", "controls are named once each"),
        ("controls: [labels], budget_bits: 800", "say the budget in answers"),
    ],
)
def test_a_lesson_that_cannot_be_is_refused_in_a_sentence(words, said):
    assert said in refusal(distil(words))


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("distil: {from: [elders, one], to: heirs}", "write pairing: all-to-each"),
        ("distil: {from: third, to: heirs}", "they pair one to one"),
        ("distil: {from: [elders, heirs], to: heirs, pairing: all-to-each}", "both from and to"),
        (
            "distil: {from: [elders, one, elders], to: heirs, pairing: all-to-each}",
            "expected each cohort once, found elders again",
        ),
        ("distil: {from: [elders, two], to: heirs, pairing: all-to-each}", "no cohort is called"),
        (
            "distil: {from: [elders, one], to: heirs, pairing: all-to-each, trust: [1]}",
            "trust has 1 weights for 2 cohorts",
        ),
        (
            "distil: {from: [elders, one], to: heirs, pairing: all-to-each, controls: [copy]}",
            "the control copy copies one device into another",
        ),
        (
            "distil: {from: third, to: one, pairing: all-to-each, answers: features, layer: 1}",
            "features of many teachers have no mean",
        ),
        (
            "distil: {from: elders, to: one, pairing: all-to-each, budget: 9, rounds: 2, "
            "choosing: disagreement}",
            "one has one device, which has nobody to disagree with",
        ),
        ("mutual: {cohort: one}", "one has one device; peers are at least two"),
        ("mutual: {cohort: elders, labels: 61}", "2 peers cannot own 61 labels each of 120"),
        ("mutual: {cohort: elders, labels: 50, per_round: 21}", "20 are owned by nobody"),
        ("mutual: {cohort: elders, round: 3}", "did you mean rounds?"),
        ("mutuall: {cohort: elders}", "did you mean mutual?"),
        ("train: {cohort: elders, budget: 121}", "121 labelled samples and there are 120"),
        ("train: {cohort: elders, without: [10]}", "there is no class 10"),
        ("train: {cohort: elders, without: [1], only: [2]}", "without and only exclude each other"),
        ("train: {cohort: elders, only: [1, 10]}", "there is no class 10"),
        ("train: {cohort: elders, right: 1.1}", "expected a number of at most 1"),
        (
            "repeat: {generations: 2, story: "
            "[distil: {from: one, to: heirs, pairing: one-to-all}]}",
            "heirs has 2 devices and one has 1",
        ),
    ],
)
def test_a_meeting_that_cannot_be_is_refused_in_a_sentence(step, said):
    assert said in refusal(life(step, cohorts=EVERYBODY))


@pytest.mark.parametrize(
    "step",
    [
        "distil: {from: one, to: heirs, pairing: one-to-all, budget_bits: 80}",
        "distil: {from: [elders, third], to: one, pairing: all-to-each, trust: [2, 0.5]}",
        "distil: {from: elders, to: heirs, budget: 500}",
        "distil: {from: elders, to: heirs, answers: ranking, "
        "stages: [{}, {answers: top-k, keep: 2}]}",
        "mutual: {cohort: [elders, third], labels: 30, per_round: 3}",
    ],
)
def test_what_is_written_out_reads_back_as_the_same_run(step):
    plan = load(life(step, cohorts=EVERYBODY))
    data_for(plan)
    assert load(plan.text()).hash() == plan.hash()


def test_a_stage_says_only_what_is_otherwise():
    text = distil(
        "budget: 50, answers: top-k, keep: 3, stages: [{budget_bits: 800}, {answers: hard}]"
    )
    first, second = load(text).config.story[0].distil.lessons()
    assert (first.answers, first.keep, first.budget, first.budget_bits) == ("top-k", 3, None, 800)
    assert (second.answers, second.keep, second.budget, second.epochs) == ("hard", None, 50, 10)


def test_lessons_can_be_swept():
    text = distil("budget: 20, inputs: {name: mixed, share: [1, 1]}, stages: [{}, {rounds: 2}]")
    plan = load(
        text,
        overrides=[
            "sweep.over.story.0.distil.stages.1.answers=[soft, hard]",
            "sweep.over.story.0.distil.from=[elders, [elders]]",
        ],
    )
    steps = [entry.distil for entry in plan.config.story]
    assert [step.lessons()[1].answers for step in steps] == ["soft", "soft", "hard", "hard"]
    assert [step.teachers for step in steps] == [(f"elders-{n}",) for n in range(1, 5)]
    assert {step.student for step in steps} == {f"heirs-{n}" for n in range(1, 5)}
