"""From a file to a plan: what is left out is filled in, and nothing is lost when it is written."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_lives import ELDERS, LINEAGE, life

from devices import preset
from mortal.config import load
from mortal.config.resolve import Plan
from mortal.errors import ConfigError

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=50)

EXAM = "examine: {cohort: elders}"


def plan(*cohorts, **more) -> Plan:
    return load(life(EXAM, cohorts=cohorts or (ELDERS,)), **more)


def refusal(*cohorts, **more) -> str:
    with pytest.raises(ConfigError) as caught:
        plan(*cohorts, **more)
    return str(caught.value)


def test_like_takes_over_what_is_not_said_through_any_number_of_cohorts():
    cohorts = plan(
        "heirs: {like: clones, count: 5}",
        "clones: {like: elders, death: {below: 0.2}, rule: forward-forward}",
        "elders: {technology: exact, layers: [64, 16], count: 2}",
    ).config.cohorts
    assert list(cohorts) == ["heirs", "clones", "elders"], "the order gives the serial numbers"
    heirs = cohorts["heirs"]
    assert (heirs.technology, heirs.layers, heirs.count) == ("exact", (64, 16), 5)
    assert (heirs.rule.name, heirs.death.below) == ("forward-forward", 0.2)
    assert cohorts["elders"].rule.name == "mono-forward"
    assert cohorts["elders"].death.below is None


def test_a_twin_is_a_relation_that_like_does_not_pass_on():
    cohorts = plan(
        ELDERS, "twins: {like: elders, identical_to: elders}", "others: {like: twins}"
    ).config.cohorts
    assert cohorts["twins"].identical_to == "elders"
    assert cohorts["others"].identical_to is None


def test_a_chain_of_thousands_is_followed():
    chain = [f"c{number}: {{like: c{number + 1}}}" for number in range(1500)]
    cohorts = plan(*chain, "c1500: {technology: exact, layers: [64, 3], count: 1}").config.cohorts
    assert cohorts["c0"].layers == (64, 3)


@pytest.mark.parametrize(
    "cohorts",
    [
        ["elders: {like: elders}"],
        ["elders: {like: heirs}", "heirs: {like: elders}"],
        ["first: {like: elders}", "elders: {like: heirs}", "heirs: {like: elders}"],
    ],
)
def test_a_circle_of_likes_is_refused(cohorts):
    message = refusal(*cohorts)
    assert "in turn" in message
    assert message.startswith("text:")
    assert "\n" not in message


def test_an_unknown_like_is_refused_with_the_nearest():
    message = refusal(ELDERS, "heirs: {like: eldest}")
    assert message == (
        "text:7:17: cohorts.heirs.like: no cohort is called 'eldest'; did you mean elders? "
        "(there are: elders, heirs)"
    )


def test_changes_of_a_preset_touch_what_they_name_and_say_that_they_did():
    changes = "{like: mortal-default, spread: {cell_gain: 0.5}, read: {duration: 1 us}, wear: null}"
    changed = plan(f"elders: {{technology: {changes}, layers: [64, 16]}}").technologies["elders"]
    origin = preset("mortal-default")
    assert changed.name == "mortal-default-changed"
    assert (changed.spread.cell_gain, changed.read.duration) == (0.5, 1e-6)
    assert changed.wear is None
    assert changed.spread.step == origin.spread.step
    assert changed.response == origin.response
    assert changed.source_of("spread.cell_gain") == "changed in the configuration"
    assert changed.source_of("spread.step") == origin.source_of("spread.step")


def test_another_kind_of_response_brings_its_own_numbers():
    changes = "{like: mortal-default, response: {kind: constant, step: 0.002}}"
    changed = plan(f"elders: {{technology: {changes}, layers: [64, 16]}}").technologies["elders"]
    assert (changed.response.kind, changed.response.step) == ("constant", 0.002)
    assert changed.read == preset("mortal-default").read


def test_a_preset_that_is_not_changed_keeps_its_name():
    whole = plan("elders: {technology: {like: exact}, layers: [64, 16]}").technologies["elders"]
    assert whole == preset("exact")


def test_what_is_switched_off_changes_no_number_and_is_written_down():
    changes = "{like: mortal-default, without: [spread.cell_gain, wear]}"
    first = plan(f"elders: {{technology: {changes}, layers: [64, 16]}}")
    found, whole = first.technologies["elders"], preset("mortal-default")
    assert found == whole.ablated("spread.cell_gain", "wear")
    assert "without:\n      - spread.cell_gain\n      - wear\n" in first.text()
    assert load(first.text()).technologies["elders"] == found
    assert first.hash() != plan("elders: {technology: mortal-default, layers: [64, 16]}").hash()


@pytest.mark.parametrize(
    ("technology", "said"),
    [
        ("exakt", "no technology is called 'exakt'; did you mean exact?"),
        ("{like: exakt}", "no technology is called 'exakt'; did you mean exact?"),
        ("{like: 5}", "no technology is called '5'"),
        (
            "{like: mortal-default, without: [spread.cel_gain]}",
            "there is no 'spread.cel_gain' to switch off; did you mean spread.cell_gain?",
        ),
        (
            "{like: mortal-default, without: [response.step]}",
            "response.step is not a non-ideality (can be switched off: response.cycle_noise",
        ),
        ("{like: mortal-default, without: wear}", "expected a list, found 'wear'"),
        ("{like: exact, spread: {initail: 1}}", "unknown key; did you mean initial?"),
        ("{like: exact, spread: {initial: -1}}", "a number of at least 0, found -1"),
        ("{like: exact, spread: 5}", "expected a mapping"),
        ("{like: exact, response: {kind: exakt}}", "did you mean exact?"),
        ("[exact]", "found a list of 1"),
        ("null", "found nothing"),
    ],
)
def test_a_wrong_technology_is_refused_with_its_place(technology, said):
    message = refusal(f"elders: {{technology: {technology}, layers: [64, 16]}}")
    assert said in message
    assert message.startswith("text:6:")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("mono-forwad", "no rule is called 'mono-forwad'; did you mean mono-forward?"),
        ("{name: mono-forwad}", "did you mean mono-forward?"),
        ("{rate: 1}", "missing key name"),
        ("{name: mono-forward, rats: 1}", "did you mean rate?"),
        ("{name: mono-forward, rate: 0}", "a number above 0, found 0"),
        ("{name: mono-forward, rate: .inf}", "a finite number"),
        ("5", "expected a mapping"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(rule, said):
    message = refusal(f"elders: {{technology: exact, layers: [64, 16], rule: {rule}}}")
    assert said in message
    assert message.startswith("text:6:")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("through: tiki-taka-v3", "rule.through.name: expected tiki-taka-v1, tiki-taka-v2, "),
        ("through: agda", "found 'agda'; did you mean agad?"),
        ("through: {name: agad, tial: 2}", "rule.through.tial: unknown key; did you mean tail?"),
        ("through: {tail: 2}", "rule.through: missing key name"),
        ("through: {name: agad, every: 0}", "rule.through.every: expected a number of at least 1"),
        ("through: 3", "rule.through: expected a mapping of keys to values, found 3"),
        ("write: neted", "rule.write: expected alternating or netted, found 'neted'; did you mean"),
    ],
)
def test_a_wrong_way_of_writing_is_refused_with_its_place(way, said):
    rule = f"{{name: forward-forward, {way}}}"
    message = refusal(f"elders: {{technology: exact, layers: [64, 16], rule: {rule}}}")
    assert said in message
    assert re.search(r":\d+:\d+: ", message), message


@pytest.mark.parametrize("name", ["mono-forward", "forward-forward"])
def test_a_rule_and_a_way_compose_by_name_and_by_settings(name):
    rules = [f"{{name: {name}, write: netted, through: {w}}}" for w in ("agad", "{name: agad}")]
    plans = [plan(f"elders: {{layers: [64, 16], rule: {rule}}}") for rule in rules]
    one, other = (p.config.cohorts["elders"].rule for p in plans)
    assert one == other
    assert (one.write, one.through.name, one.through.zero_shift) == ("netted", "agad", False)


def test_a_way_is_refused_where_its_need_is_missing():
    rule = "{name: forward-forward, through: agad}"
    lacking = "{like: exact, cell: {second_array: false}}"
    message = refusal(f"elders: {{technology: {lacking}, layers: [64, 16], rule: {rule}}}")
    assert "elders: learning through agad, so set, needs a second-array" in message


def test_a_rule_is_refused_where_its_need_is_missing():
    rule = "{name: mono-forward, label_matrix: array}"
    message = refusal(f"elders: {{layers: [64, 16], rule: {rule}}}")
    assert message.startswith("text:6:")
    assert "reverse-read" in message
    assert "mortal-default" in message
    assert plan(f"elders: {{technology: ecram-tang2018, layers: [64, 16], rule: {rule}}}")


def test_what_is_written_reads_back_as_the_same_plan():
    first = load(LINEAGE)
    second = load(first.text())
    assert second.text() == first.text()
    assert second.hash() == first.hash()
    assert second.config.cohorts["heirs"].technology["name"] == "mortal-default"
    assert second.technologies == first.technologies


def test_a_cold_night_and_small_numbers_survive_writing():
    text = life(
        "age: {cohort: elders, by: 250 ns, temperature: 4 K}",
        cohorts=["elders: {layers: [64, 16], rule: {name: mono-forward, rate: 1e-6}}"],
    )
    first = load(text)
    assert first.config.cohorts["elders"].rule.rate == 1e-6
    step = first.config.story[0].age
    assert (step.by, step.temperature) == (250e-9, 4.0)
    assert load(first.text()).hash() == first.hash()


@law
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example("1e-6")
@example("0o17")
@example("null")
@example("2024-01-01")
@example("no")
@example("a: b # c")
@example(" \n\t'\"")
@example("9" * 41)
@example("a\x85b\u2028")
def test_any_text_survives_writing(text):
    first = load(life(EXAM), overrides=["cohorts.elders.technology={like: exact}"])
    technology = first.technologies["elders"].model_copy(update={"summary": text})
    written = Plan(first.config, {"elders": technology}, first.document)
    again = load(written.text())
    assert again.technologies["elders"].summary == text
    assert again.hash() == written.hash()


def test_the_hash_is_of_what_decides_the_results():
    base = load(LINEAGE).hash()
    assert len(base) == 64
    assert load(LINEAGE, overrides=["data.path=/elsewhere"]).hash() == base
    assert load(LINEAGE.replace("elders:  ", "elders: ")).hash() == base
    assert (
        load(LINEAGE, overrides=["cohorts.elders.technology={like: mortal-default}"]).hash() == base
    )
    different = [
        "seed=8",
        "data.seed=1",
        "data.train=199",
        "cohorts.elders.count=3",
        "cohorts.elders.rule={name: mono-forward, rate: 0.02}",
        "cohorts.clones.technology=exact",
        "cohorts.elders.technology={like: mortal-default, read: {adc_bits: 8}}",
        "story.0.train.epochs=3",
    ]
    hashes = {load(LINEAGE, overrides=[change]).hash() for change in different}
    assert len(hashes | {base}) == len(different) + 1


def test_the_order_of_cohorts_decides_who_is_who_and_so_the_hash():
    one = plan(ELDERS, "heirs: {like: elders}")
    other = plan("heirs: {like: elders}", ELDERS)
    assert one.hash() != other.hash()


def test_seed_and_set_win_over_the_file():
    assert plan().config.seed == 7
    assert plan(seed=9).config.seed == 9
    assert plan(overrides=["seed=8"], seed=9).config.seed == 9
    assert plan(overrides=["cohorts.elders.count=4"]).config.cohorts["elders"].count == 4
    assert "seed" in refusal(seed=-1)
    assert "--set cohorts.elders.cout=4" in refusal(overrides=["cohorts.elders.cout=4"])


def test_bare_defaults_make_a_whole_plan():
    config = load(
        life("examine: {cohort: elders}", cohorts=["elders: {}"], head="version: 1\n")
    ).config
    assert (config.name, config.seed, config.backend, config.data.name) == (
        "run", 0, "auto", "digits",
    )  # fmt: skip
    elders = config.cohorts["elders"]
    assert (elders.technology, elders.layers, elders.count) == ("mortal-default", (64, 128, 128), 8)
    assert config.story[0].examine.data == "test"
