"""What cannot be swept is told once, where it stands, before anything is grown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lives import LINEAGE
from small_sweeps import ELDERS, HEIRS, SAME, refusal, swept

from mortal.config import load
from mortal.config.check import data_for
from mortal.errors import ConfigError

RATES = "cohorts.elders.rule.rate: [0.1, 0.2]"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("cohorts.eldrs.count: [1]", "8:5: no cohort is called 'eldrs'; did you mean elders?"),
        ("cohorts.elders.cout: [1]", "8:5: cohorts.elders.cout: unknown key; did you mean count?"),
        (
            "cohorts.elders.technology.spred.step: [1]",
            "8:5: cohorts.elders-1.technology.spred: unknown key; did you mean spread?",
        ),
        (
            "cohorts.elders.technology.spread.cell_gian: [1]",
            "8:5: cohorts.elders-1.technology.spread.cell_gian: unknown key; did you mean cell_gai",
        ),
        (
            "cohorts.elders.technology.spread.cell_gain: [0, -1]",
            "8:53: cohorts.elders-2.technology.spread.cell_gain: expected a number of at least 0",
        ),
        ("cohorts.elders.technology: [exact, exakt]", "8:40: no technology is called 'exakt'; did"),
        ("cohorts.elders.rule: [mono-forward, mono]", "8:41: cohorts.elders.rule: no rule is call"),
        ("cohorts.elders.rule.rats: [1]", "8:5: cohorts.elders.rule.rats: unknown key; did you me"),
        (
            "cohorts.elders.rule.rate: [0.1, 0.2, 0]",
            "8:42: cohorts.elders.rule.rate: expected a number above 0, found 0",
        ),
        ("cohorts.elders.layers.7: [1]", "8:5: cohorts.elders.layers has 2 entries (0 to 1)"),
        ("cohorts.elders.count.x: [1]", "8:5: cohorts.elders.count is 2, and has no x"),
        ("cohorts.elders.like: [elders]", "8:27: cohorts.elders.like: elders is like elders in t"),
        ("story.7.train.epochs: [1]", "8:5: story has 1 step (0)"),
        ("story.0.train.epochs: [1]", "8:5: step 0 is examine, and has no train"),
        ("story.0.examne.data: [test]", "8:5: step 0 is examine, and has no examne; did you mean"),
        ("story.0.examine.dat: [test]", "8:5: story[0].examine.dat: unknown key; did you mean dat"),
        ("story.0.examine.data: [test, tset]", "8:34: story[0].examine.data: expected test, valid"),
        ("story.0.examine.cohort: [elders, eldrs]", "8:38: no cohort is called 'eldrs'; did you m"),
        ("seed: [1, 2]", "8:5: seed is one for all cohorts of a run and cannot be swept; run the"),
        ("data.train: [1, 2]", "8:5: data is one for all cohorts"),
        ("name: [a, b]", "8:5: name is one for all cohorts"),
        ("version: [1]", "8:5: version is one for all cohorts"),
        ("backend: [auto]", "8:5: backend is one for all cohorts"),
        ("cohort.elders.count: [1]", "8:5: there is no 'cohort' to sweep; did you mean cohorts?"),
        ("sweep.by: [zip]", "8:5: there is no 'sweep' to sweep"),
        ("cohorts.elders: [{}]", "8:5: cohorts.elders names no field; write cohorts.NAME.FIELD"),
        ("cohorts..count: [1]", "8:5: cohorts..count names no field"),
        ("story: [1]", "8:5: story names no field"),
        ("cohorts.elders.count: []", "8:27: sweep.over.cohorts.elders.count: expected at least 1"),
        ("cohorts.elders.count: 5", "8:27: sweep.over.cohorts.elders.count: expected a list"),
        ("cohorts.elders.count:", "8:26: sweep.over.cohorts.elders.count: expected a list"),
        ("cohorts.elders.count: {from: 1, to: 5}", "8:5: sweep.over.cohorts.elders.count: missing"),
        (
            "cohorts.elders.count: {from: 1, to: 5, count: 3, scle: log}",
            "8:54: sweep.over.cohorts.elders.count.scle: unknown key; did you mean scale?",
        ),
        (
            "cohorts.elders.count: {from: 1, to: 5, count: 4, scale: log}",
            "8:27: cohorts.elders.count: expected a whole number, found 1.70997594668",
        ),
        (
            "cohorts.elders.count: {from: 0, to: 5, count: 4, scale: log}",
            "8:27: sweep.over.cohorts.elders.count: a log scale needs from and to above 0, found",
        ),
        (
            "cohorts.elders.count: {from: 1 s, to: 5, count: 4}",
            "8:27: sweep.over.cohorts.elders.count: from and to need the same unit, found '1 s'",
        ),
        ("cohorts.elders.count: {from: 1, to: 5, count: 20000}", "8:51: sweep.over.cohorts.elders"),
        ("cohorts.elders.count: &few [1]", "8:27: anchors (&) and aliases (*) are not read"),
    ],
)
def test_a_wrong_field_or_value_is_told_with_its_place(field, said):
    message = refusal(swept(field))
    assert message.startswith(f"text:{said}"), message
    assert message.count("text:") == 1


@pytest.mark.parametrize(
    ("over", "more", "said"),
    [
        (
            [RATES, "cohorts.elders.count: [1, 2, 3]"],
            {"by": "zip"},
            "9:5: cohorts.elders.count has 3 values and cohorts.elders.rule.rate has 2; zipped",
        ),
        ([RATES, RATES], {}, "9:5: key 'cohorts.elders.rule.rate' is given twice"),
        (
            ["story.0.examine.data: [test]", "story.00.examine.data: [train]"],
            {},
            "9:5: two fields of the sweep lead to the same place",
        ),
        ([RATES], {"by": "crossed"}, "6:7: sweep.by: expected cross or zip, found 'crossed'"),
        ([RATES], {"more": "\n  bye: 1"}, "7:3: sweep.bye: unknown key; did you mean by?"),
        (
            [
                "cohorts.elders.count: {from: 1, to: 200, count: 200}",
                "cohorts.elders.rule.rate: {from: 1, to: 2, count: 51}",
            ],
            {},
            "8:5: 10,200 points make 10,200 cohorts; a run has at most 10,000",
        ),
        ([RATES], {"cohorts": [ELDERS, "elders-2: {}"]}, "11:3: the sweep makes a cohort elders-2"),
        (
            [RATES],
            {"cohorts": [ELDERS, "heirs: {like: eldest}"]},
            "11:17: cohorts.heirs.like: no cohort is called 'eldest'; did you mean elders? "
            "(there are: elders, heirs)",
        ),
        (
            [RATES],
            {"steps": ["examine: {cohort: [elders, eldest]}"]},
            "12:32: no cohort is called 'eldest'; did you mean elders? (there are: elders)",
        ),
        (
            ["cohorts.elders.identical_to: [heirs, eldest]"],
            {"cohorts": [HEIRS, ELDERS]},
            "8:42: no cohort is called 'eldest'; did you mean elders? (there are: heirs, elders)",
        ),
        (
            ["cohorts.elders.count: [1, 2]"],
            {"more": SAME},
            "7:17: elders.count is 2 with cohorts.elders.count=2 and 1 with",
        ),
        (
            ["cohorts.elders.layers.1: [8, 9]"],
            {"more": SAME},
            "7:17: elders.layers is [64, 9] with cohorts.elders.layers.1=9 and [64, 8] with",
        ),
        (
            ["cohorts.elders.rule: [mono-forward, forward-forward]"],
            {"more": SAME},
            "7:17: elders.rule.name is forward-forward with",
        ),
        (
            [RATES],
            {
                "more": SAME,
                "cohorts": [ELDERS, HEIRS],
                "steps": ["repeat: {generations: 2, story: [distil: {from: elders, to: heirs}]}"],
            },
            "7:17: heirs is grown afresh by a repeat",
        ),
    ],
)
def test_a_wrong_sweep_is_told_with_its_place(over, more, said):
    message = refusal(swept(*over, **more))
    assert message.startswith(f"text:{said}"), message


def test_a_mistake_of_the_file_itself_is_told_once_by_its_own_name():
    message = refusal(swept(RATES, cohorts=[ELDERS, "heirs: {like: elders, cont: 3}"]))
    assert message.startswith("text:11:25: cohorts.heirs.cont: unknown key; did you mean count?")


def test_cohorts_that_no_longer_fit_each_other_are_told_at_the_step_they_meet_in():
    steps = ["distil: {from: elders, to: heirs}"]
    plan = load(swept("cohorts.elders.count: [2, 3]", cohorts=[ELDERS, HEIRS], steps=steps))
    with pytest.raises(ConfigError, match=r"^text:13:32: heirs-2 has 2 devices and elders-2 has"):
        data_for(plan)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 300) | st.text("elders-1 .", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("acfo", max_size=4), inner),
)
_STEPS = (
    "cohorts story elders heirs 0 4 distil from to like layers technology rule identical_to budget "
    "spread variant cohort train"
)
_FIELDS = st.lists(st.sampled_from(_STEPS.split()), min_size=1, max_size=5).map(".".join)


@settings(deadline=None, max_examples=150)
@given(_FIELDS, _VALUES)
def test_any_sweep_is_expanded_or_refused_in_sentences(field, value):
    text = LINEAGE + f"sweep: {{over: {{{field}: {_flow(value)}}}}}\n"
    try:
        plan = load(text)
    except ConfigError as error:
        told = str(error)
    else:
        told = "text: fine" if load(plan.text()).hash() == plan.hash() else "it reads back as other"
    assert told.startswith("text:"), told


def _flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {_flow(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return f'"{value}"' if isinstance(value, str) else str(value)
