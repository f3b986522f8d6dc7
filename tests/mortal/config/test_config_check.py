"""What a story asks is held against its cohorts and its data before anything is grown."""

import pytest
from small_lives import ELDERS, LINEAGE, life

from mortal.config import check, load, succession_of
from mortal.config.check import data_for, walk
from mortal.data import from_arrays
from mortal.errors import ConfigError

HEIRS = "heirs: {like: elders}"


def refusal(text) -> str:
    with pytest.raises(ConfigError) as caught:
        data_for(load(text))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_sound_life_gives_its_data():
    data = data_for(load(LINEAGE))
    assert (data.features, data.classes) == (64, 10)
    assert (len(data.inputs_train), len(data.inputs_test)) == (200, 100)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("train: {cohort: eldrs}", "no cohort is called 'eldrs'; did you mean elders?"),
        ("examine: {cohort: [elders, heir]}", "did you mean heirs?"),
        ("age: {cohort: young, by: 1 s}", "no cohort is called 'young' (there are: elders, heirs)"),
        ("bury: {cohort: eldrs}", "did you mean elders?"),
        ("distil: {from: eldrs, to: heirs}", "did you mean elders?"),
        ("copy: {from: elders, to: hairs}", "did you mean heirs?"),
        ("repeat: {generations: 2, story: [train: {cohort: eldrs}]}", "did you mean elders?"),
        (
            "repeat: {generations: 2, story: [train: {cohort: elders}], succession: {elders: x}}",
            "no cohort is called 'x'",
        ),
        ("distil: {from: elders, to: elders}", "elders cannot be both from and to"),
        ("copy: {from: elders, to: elders}", "elders cannot be both from and to"),
        ("examine: {cohort: elders, data: validation}", "set data.validation above 0"),
        ("distil: {from: elders, to: heirs, inputs: validation}", "set data.validation above 0"),
    ],
)
def test_a_step_that_cannot_be_is_refused_with_its_place(step, said):
    message = refusal(life(step, cohorts=[ELDERS, HEIRS]))
    assert said in message
    assert message.startswith("text:9:")


@pytest.mark.parametrize(
    ("change", "word", "said"),
    [
        ("count: 3", "distil", "pair one to one"),
        ("count: 3", "copy", "pair one to one"),
        ("layers: [64, 8]", "copy", "same layers and rule"),
        ("rule: forward-forward", "copy", "same layers and rule"),
        ("rule: {name: mono-forward, bias: false}", "copy", "same layers and rule"),
    ],
)
def test_cohorts_that_cannot_meet_are_refused(change, word, said):
    step = f"{word}: {{from: elders, to: heirs}}"
    assert said in refusal(life(step, cohorts=[ELDERS, f"heirs: {{like: elders, {change}}}"]))


def test_distilling_needs_neither_the_same_layers_nor_the_same_rule():
    other = (
        "heirs: {technology: ecram-tang2018, layers: [64, 9, 8], count: 2, rule: forward-forward}"
    )
    assert data_for(load(life("distil: {from: elders, to: heirs}", cohorts=[ELDERS, other])))


@pytest.mark.parametrize(
    ("cohorts", "said"),
    [
        ([ELDERS, "twins: {like: elders, identical_to: elder}"], "did you mean elders?"),
        (["twins: {like: elders, identical_to: elders}", ELDERS], "declared before twins"),
        ([ELDERS, "twins: {like: elders, identical_to: twins}"], "declared before twins"),
        ([ELDERS, "twins: {like: elders, identical_to: elders, count: 3}"], "pair one to one"),
    ],
)
def test_twins_need_elder_twins_of_their_number(cohorts, said):
    assert said in refusal(life("examine: {cohort: twins}", cohorts=cohorts))


def test_layers_begin_with_the_features_of_the_data():
    message = refusal(life("examine: {cohort: elders}", cohorts=["elders: {layers: [65, 8]}"]))
    assert message == (
        "text:6:20: cohorts.elders.layers begins with 65, but digits has 64 features"
    )


def test_a_cohort_that_a_slip_on_the_command_line_would_make_is_refused():
    text = life("distil: {from: elders, to: heirs}", cohorts=[ELDERS, HEIRS])
    with pytest.raises(ConfigError) as caught:
        data_for(load(text, overrides=["cohorts.eldrs.count=3"]))
    assert str(caught.value) == (
        "--set cohorts.eldrs.count=3: no step of the story names a cohort 'eldrs'; "
        "did you mean elders?"
    )
    asked_for = ["cohorts.young={like: elders}", "story=[examine: {cohort: young}]"]
    assert data_for(load(text, overrides=asked_for)).features == 64


@pytest.mark.parametrize(
    "crowd",
    ["{layers: [64, 64], count: 1000000000}", "{technology: exact, layers: [64, 1000000000]}"],
)
def test_more_than_memory_holds_is_refused_before_it_is_grown(crowd):
    message = refusal(life("examine: {cohort: crowd}", cohorts=[ELDERS, f"crowd: {crowd}"]))
    assert message.startswith("text:7:")
    assert "the devices down to crowd need at least" in message
    assert "take fewer devices or smaller layers" in message


def test_data_that_cannot_be_had_is_refused_with_its_place():
    text = life("examine: {cohort: elders}")
    assert "text:4:7: 1200 training" in refusal(
        text.replace("train: 120", "train: 1200, validation: 100")
    )
    assert "MORTAL_DATA" in refusal(text.replace("digits, train", "mnist, train"))


def test_data_with_one_class_teaches_nothing():
    ones = [[[0.5] * 64] * 3, [0] * 3]
    data = from_arrays(
        inputs_train=ones[0], labels_train=ones[1], inputs_test=ones[0], labels_test=ones[1]
    )
    with pytest.raises(ConfigError, match="one class"):
        check(load(life("examine: {cohort: elders}")), data)


def test_a_walk_meets_every_step_with_its_place():
    text = life(
        "train: {cohort: elders}",
        "repeat: {generations: 2, story: [copy: {from: elders, to: heirs}, bury: {cohort: heirs}]}",
        cohorts=[ELDERS, HEIRS],
    )
    found = [(place, word) for place, word, _ in walk(load(text).config.story)]
    inner = ("story", 1, "repeat", "story")
    assert found == [
        (("story", 0, "train"), "train"),
        (("story", 1, "repeat"), "repeat"),
        ((*inner, 0, "copy"), "copy"),
        ((*inner, 1, "bury"), "bury"),
    ]


def test_heirs_succeed_as_the_story_distils_unless_it_says_otherwise():
    steps = "story: [distil: {from: elders, to: heirs}, train: {cohort: heirs}]"
    for said, expected in (
        ("", {"elders": "heirs"}),
        (", succession: {}", {}),
        (", succession: {heirs: elders}", {"heirs": "elders"}),
    ):
        text = life(f"repeat: {{generations: 2, {steps}{said}}}", cohorts=[ELDERS, HEIRS])
        assert dict(succession_of(load(text).config.story[0].repeat)) == expected


def test_names_the_log_keeps_for_itself_are_refused():
    for name in ("devices", "provenance"):
        text = life(f"examine: {{cohort: {name}}}", cohorts=[f"{name}: {{layers: [64, 8]}}"])
        assert f"no cohort can be called {name}" in refusal(text)
