"""A sweep is the file that somebody would have written by hand, point by point."""

import numpy as np
import pytest
from small_lives import LINEAGE, life, lived
from small_sweeps import BYSTANDERS, ELDERS, HEIRS, SAME, refusal, swept

from mortal.config import load
from mortal.config.ranges import Range
from mortal.config.reading import read
from mortal.config.sweep import expanded
from mortal.logbook import open_log
from mortal.logbook.equal import differences
from mortal.showing import run_summary


def plain(text):
    """What a sweep stands for, as plain data."""
    return expanded(read(text)).data


def variants(text):
    return {name: cohort.variant for name, cohort in load(text).config.cohorts.items()}


def test_crossed_fields_meet_every_value_with_every_other_the_last_fastest():
    text = swept("cohorts.elders.count: [2, 3]", "cohorts.elders.layers.1: [8, 9]")
    shapes = [(c.count, c.layers) for c in load(text).config.cohorts.values()]
    assert shapes == [(2, (64, 8)), (2, (64, 9)), (3, (64, 8)), (3, (64, 9))]
    assert list(load(text).config.cohorts) == ["elders-1", "elders-2", "elders-3", "elders-4"]


def test_zipped_fields_walk_together_and_say_where_they_are():
    over = ("cohorts.elders.count: [2, 3]", "cohorts.elders.technology: [exact, mortal-default]")
    assert variants(swept(*over, by="zip")) == {
        "elders-1": "cohorts.elders.count=2, cohorts.elders.technology=exact",
        "elders-2": "cohorts.elders.count=3, cohorts.elders.technology=mortal-default",
    }


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"from": 0, "to": 1, "count": 5}, [0, 0.25, 0.5, 0.75, 1]),
        ({"from": 0.1, "to": 0.5, "count": 5}, [0.1, 0.2, 0.3, 0.4, 0.5]),
        ({"from": 8, "to": 2, "count": 3}, [8, 5, 2]),
        ({"from": 0.001, "to": 0.1, "count": 3, "scale": "log"}, [0.001, 0.01, 0.1]),
        ({"from": 10, "to": 1000, "count": 3, "scale": "log"}, [10, 100, 1000]),
        ({"from": "0 years", "to": "3 years", "count": 3}, ["0 years", "1.5 years", "3 years"]),
        ({"from": "1e-6 s", "to": 1e-4, "count": 3}, None),
        ({"from": 0, "to": 1, "count": 3, "scale": "log"}, None),
        ({"from": "1 s", "to": "1 us", "count": 3}, None),
        ({"from": "s", "to": "1 us", "count": 3}, None),
        ({"from": float("inf"), "to": 1, "count": 3}, None),
        ({"from": True, "to": 1, "count": 3}, None),
        ({"from": 0, "to": 1, "count": 1}, None),
    ],
)
def test_a_range_is_even_in_distance_or_ratio_with_both_its_ends(given, values):
    if values is None:
        with pytest.raises(ValueError, match=r"from|to|count"):
            Range(**given)
        return
    found = Range(**given).values()
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


def test_a_range_of_whole_numbers_counts_devices():
    text = swept("cohorts.elders.count: {from: 1, to: 3, count: 3}")
    assert [cohort.count for cohort in load(text).config.cohorts.values()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("elders", "field", "meant"),
    [
        ("{}", "technology.spread.cell_gain", "technology: {like: mortal-default, spread: {X}}"),
        (
            "{technology: exact}",
            "technology.spread.cell_gain",
            "technology: {like: exact, spread: {X}}",
        ),
        (
            "{technology: {like: exact, spread: {step: 0.1}}}",
            "technology.spread.cell_gain",
            "technology: {like: exact, spread: {step: 0.1, X}}",
        ),
        ("{}", "rule.rate", "rule: {name: mono-forward, X}"),
        ("{rule: forward-forward}", "rule.rate", "rule: {name: forward-forward, X}"),
        ("{}", "death.below", "death: {X}"),
    ],
)
def test_a_part_of_what_has_a_name_is_changed_as_by_hand(elders, field, meant):
    text = swept(f"cohorts.elders.{field}: [0.25]", cohorts=[f"elders: {elders}"])
    by_hand = meant.replace("X", f"{field.rpartition('.')[2]}: 0.25")
    label = f"cohorts.elders.{field}=0.25"
    own = elders.strip("{}") if "technology" not in field and "rule" not in field else ""
    fields = ", ".join(filter(None, [own, by_hand, f"variant: {label}"]))
    assert (
        load(text).hash()
        == load(
            life(
                "examine: {cohort: elders-1}",
                cohorts=[f"elders-1: {{{fields}}}"],
            )
        ).hash()
    )


def test_heirs_are_like_the_copy_of_their_own_point_through_any_chain():
    cohorts = ["clones: {like: heirs}", "heirs: {like: elders, count: 3}", ELDERS, BYSTANDERS]
    text = swept("cohorts.elders.technology.spread.cell_gain: [0, 0.5]", cohorts=cohorts)
    found = load(text)
    assert list(found.config.cohorts) == [
        "bystanders",
        *("clones-1", "heirs-1", "elders-1", "clones-2", "heirs-2", "elders-2"),
    ]
    gains = [technology.spread.cell_gain for technology in found.technologies.values()]
    assert gains[1:] == [0, 0, 0, 0.5, 0.5, 0.5]
    assert found.config.cohorts["clones-2"].count == 3


def test_an_heir_with_a_change_of_its_own_inherits_the_other_change():
    text = swept(
        "cohorts.heirs.technology.spread.step: [0.1, 0.2]",
        "cohorts.elders.technology.spread.cell_gain: [0.25, 0.5]",
        cohorts=[ELDERS, "heirs: {like: elders}"],
        by="zip",
    )
    spread = load(text).technologies["heirs-2"].spread
    assert (spread.cell_gain, spread.step) == (0.5, 0.2)


def test_a_whole_is_changed_before_its_parts():
    text = swept(
        "cohorts.elders.technology.spread.cell_gain: [0.25]",
        "cohorts.elders.technology: [exact, ecram-tang2018]",
    )
    names = [technology.name for technology in load(text).technologies.values()]
    assert names == ["exact-changed", "ecram-tang2018-changed"]


def test_who_meets_the_touched_is_copied_and_who_does_not_is_told_of_once():
    data = plain(
        swept(
            "cohorts.elders.count: [2, 3]",
            cohorts=[ELDERS, HEIRS, "clones: {count: 2}", BYSTANDERS],
            steps=[
                "train: {cohort: [bystanders, elders]}",
                "distil: {from: elders, to: heirs}",
                "copy: {from: heirs, to: clones}",
                "age: {cohort: bystanders, by: 1 days}",
            ],
        )
    )
    assert list(data["cohorts"]) == [
        "bystanders",
        *("elders-1", "heirs-1", "clones-1", "elders-2", "heirs-2", "clones-2"),
    ]
    assert data["story"] == [
        {"train": {"cohort": ["bystanders"]}},
        {"age": {"cohort": "bystanders", "by": "1 days"}},
        {"train": {"cohort": ["elders-1"]}},
        {"distil": {"from": "elders-1", "to": "heirs-1"}},
        {"copy": {"from": "heirs-1", "to": "clones-1"}},
        {"train": {"cohort": ["elders-2"]}},
        {"distil": {"from": "elders-2", "to": "heirs-2"}},
        {"copy": {"from": "heirs-2", "to": "clones-2"}},
    ]


def test_twins_follow_a_touched_original_but_not_the_other_way_round():
    cohorts = [ELDERS, "twins: {like: elders, identical_to: elders}"]
    data = plain(swept("cohorts.elders.rule.rate: [0.1, 0.2]", cohorts=cohorts))
    assert data["cohorts"]["twins-2"]["identical_to"] == "elders-2"
    data = plain(swept("cohorts.twins.rule.rate: [0.1, 0.2]", cohorts=cohorts))
    assert list(data["cohorts"]) == ["elders", "twins-1", "twins-2"]
    assert data["cohorts"]["twins-2"]["identical_to"] == "elders"


def test_a_field_of_a_step_touches_whom_the_step_names():
    data = plain(
        swept(
            "story.1.distil.budget: [30, 60]",
            cohorts=[BYSTANDERS, ELDERS, HEIRS],
            steps=["train: {cohort: bystanders}", "distil: {from: elders, to: heirs}"],
        )
    )
    assert list(data["cohorts"]) == ["bystanders", "elders-1", "heirs-1", "elders-2", "heirs-2"]
    assert [step["distil"]["budget"] for step in data["story"][1:]] == [30, 60]


def test_a_whole_step_may_be_swept_so_that_copying_stands_beside_distilling():
    text = swept(
        "story.0: [{distil: {from: elders, to: heirs}}, {copy: {from: elders, to: heirs}}]",
        cohorts=[ELDERS, "heirs: {like: elders}"],
        steps=["bury: {cohort: elders}"],
    )
    assert [next(iter(step)) for step in plain(text)["story"]] == ["distil", "copy"]
    assert variants(text)["heirs-2"] == 'story.0={"copy": {"from": "elders", "to": "heirs"}}'


def test_a_lineage_is_repeated_for_every_point_and_its_bystanders_once():
    inner = "[distil: {from: elders, to: heirs}, examine: {cohort: [heirs, bystanders]}]"
    data = plain(
        swept(
            "cohorts.heirs.rule.rate: [0.1, 0.2]",
            cohorts=[ELDERS, HEIRS, BYSTANDERS],
            steps=[f"repeat: {{generations: 3, succession: {{elders: heirs}}, story: {inner}}}"],
        )
    )
    own, first, second = (step["repeat"] for step in data["story"])
    exam = {"examine": {"cohort": ["bystanders"]}}
    assert own == {"generations": 3, "succession": {}, "story": [exam]}
    assert first["succession"] == {"elders-1": "heirs-1"}
    assert second["story"][0] == {"distil": {"from": "elders-2", "to": "heirs-2"}}
    assert second["story"][1] == {"examine": {"cohort": ["heirs-2"]}}


def test_a_field_inside_a_repeat_touches_only_its_own_step():
    inner = "[train: {cohort: elders}, examine: {cohort: bystanders}]"
    steps = [f"repeat: {{generations: 2, story: {inner}}}"]
    cohorts = [ELDERS, BYSTANDERS]
    data = plain(swept("story.0.repeat.story.0.train.epochs: [1, 2]", cohorts=cohorts, steps=steps))
    assert list(data["cohorts"]) == ["bystanders", "elders-1", "elders-2"]
    data = plain(swept("story.0.repeat.generations: [1, 2]", cohorts=cohorts, steps=steps))
    assert "bystanders-2" in data["cohorts"]


def test_the_same_devices_live_every_point():
    cohorts = [ELDERS, "heirs: {like: elders}", "twins: {like: elders, identical_to: elders}"]
    text = swept(
        "cohorts.elders.technology.spread.cell_gain: [0, 0.5, 1]",
        cohorts=cohorts,
        more=SAME,
    )
    for number in (1, 2, 3):
        found = [
            load(text).config.cohorts[f"{name}-{number}"].identical_to
            for name in ("elders", "heirs", "twins")
        ]
        own = [None, None] if number == 1 else ["elders-1", "heirs-1"]
        assert found == [*own, "elders-1"]


def test_a_label_of_ones_own_is_kept():
    text = swept("cohorts.elders.count: [2]", cohorts=["elders: {variant: mine}"])
    assert variants(text) == {"elders-1": "mine, cohorts.elders.count=2"}


def test_names_of_many_points_sort_as_they_are_counted():
    names = list(load(swept("cohorts.elders.count: {from: 1, to: 12, count: 12}")).config.cohorts)
    assert names == sorted(names)
    assert names[0] == "elders-01"


def test_another_value_at_the_end_changes_nothing_before_it():
    cohorts = [BYSTANDERS, ELDERS]
    few = plain(swept("cohorts.elders.count: [2, 3]", cohorts=cohorts))
    more = plain(swept("cohorts.elders.count: [2, 3, 4]", cohorts=cohorts))
    assert list(more["cohorts"].items())[:3] == list(few["cohorts"].items())
    assert more["story"][: len(few["story"])] == few["story"]


def test_what_is_written_of_a_sweep_reads_back_as_the_same_plan():
    text = LINEAGE + "sweep: {over: {story.4.distil.budget: [30, 60], cohorts.heirs.count: [2]}}\n"
    first = load(text)
    assert "sweep" not in first.resolved()
    assert load(first.text()).hash() == first.hash()
    assert load(first.text()).text() == first.text()


def test_a_sweep_of_nothing_is_no_sweep_and_can_be_set_and_unset():
    base = load(LINEAGE)
    assert load(LINEAGE + "sweep:\n").hash() == base.hash()
    overrides = ["sweep.over.cohorts.elders.rule.rate=[0.1, 0.2]", "sweep.by=zip"]
    found = load(LINEAGE, overrides=overrides)
    assert [found.config.cohorts[f"elders-{n}"].rule.rate for n in (1, 2)] == [0.1, 0.2]
    assert load(found.text()).hash() == found.hash()
    assert load(LINEAGE, overrides=[*overrides, "sweep="]).hash() == base.hash()
    assert "--set sweep.over.cohorts.elders.rule.rats=[1]" in refusal(
        LINEAGE, overrides=["sweep.over.cohorts.elders.rule.rats=[1]"]
    )


def test_a_swept_run_is_the_run_of_the_file_expanded_by_hand(tmp_path):
    rates = {1: "0.01", 2: "0.03"}
    by_hand = ["others: {layers: [64, 8], count: 1}"]
    for number, rate in rates.items():
        label = f"cohorts.elders.rule.rate={rate}"
        rule = f"rule: {{name: mono-forward, rate: {rate}}}"
        by_hand += [
            f"elders-{number}: {{layers: [64, 16], count: 2, {rule}, variant: {label}}}",
            f"heirs-{number}: {{like: elders-{number}}}",
        ]
    steps = ["train: {cohort: others, epochs: 1}"]
    for number in rates:
        steps += [
            f"train: {{cohort: elders-{number}, epochs: 1}}",
            f"distil: {{from: elders-{number}, to: heirs-{number}, budget: 60, epochs: 1}}",
            f"examine: {{cohort: heirs-{number}}}",
        ]
    text = swept(
        "cohorts.elders.rule.rate: [0.01, 0.03]",
        cohorts=[
            "elders: {layers: [64, 16], count: 2}",
            "heirs: {like: elders}",
            "others: {layers: [64, 8], count: 1}",
        ],
        steps=[
            "train: {cohort: [elders, others], epochs: 1}",
            "distil: {from: elders, to: heirs, budget: 60, epochs: 1}",
            "examine: {cohort: heirs}",
        ],
    )
    log = lived(text, tmp_path / "swept")
    lived(life(*steps, cohorts=by_hand), tmp_path / "by-hand")
    assert not differences(tmp_path / "swept", tmp_path / "by-hand")
    people = log["devices"].dataset
    third = people.sel(serial=people.serial[people.cohort == "heirs-2"])
    assert set(third.variant.values.tolist()) == {"cohorts.elders.rule.rate=0.03"}
    assert open_log(tmp_path / "swept")["devices"].variant.values[0] == ""
    assert "heirs-2: 2 devices, 0 dead (cohorts.elders.rule.rate=0.03)" in run_summary(
        tmp_path / "swept"
    )


def test_the_same_devices_have_the_same_cells_at_every_point(tmp_path):
    text = swept(
        "cohorts.elders.rule.rate: [0.01, 0.03]",
        cohorts=["elders: {layers: [64, 8], count: 2}"],
        more=SAME,
    )
    same, other = (
        lived(each, tmp_path / str(number))
        for number, each in enumerate([text, text.replace(SAME, "")])
    )
    for column in ("birth_gain_mean", "birth_step_std"):
        assert np.array_equal(same["elders-1"][column], same["elders-2"][column])
        assert not np.array_equal(other["elders-1"][column], other["elders-2"][column])
