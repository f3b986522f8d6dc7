"""The table of rules by technology: its short form, its arithmetic, and that it goes on."""

import importlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "scripts"))

script = importlib.import_module("rules_by_technology")
bargain = importlib.import_module("survival.bargain")
cells = importlib.import_module("survival.cells")
asked = importlib.import_module("survival.asked")
intervals = importlib.import_module("survival.intervals")
means = importlib.import_module("survival.means")
published = importlib.import_module("survival.published")
reports = importlib.import_module("survival.report")
results = importlib.import_module("survival.results")
stages = importlib.import_module("survival.stages")

RERAM = "reram-sb-gong2018"
SHORT = ("mono-forward", "backprop")
ARGUMENTS = (
    *("--quick", "--stage", "tune", "--stage", "grid", "--rules", ",".join(SHORT)),
    *("--technologies", f"exact,{RERAM}"),
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The results file of the short form."""
    path = tmp_path_factory.mktemp("rules") / "quick.jsonl"
    script.main([*ARGUMENTS, "--results", str(path)])
    return path


def read(path):
    return results.Results(path, stages.tasks(quick=True))


def accuracy(path, rule, technology, way):
    found = read(path).accuracy("grid", rule=rule, technology=technology, way=way)
    assert found.size == 2
    return found


@pytest.mark.slow
@pytest.mark.parametrize("rule", SHORT)
@pytest.mark.parametrize("way", ["tiki-taka-v2", "agad"])
def test_a_fast_array_rescues_a_rule_on_asymmetric_cells(measured, rule, way):
    rescued = accuracy(measured, rule, RERAM, way)
    plain = accuracy(measured, rule, RERAM, "alternating")
    assert (rescued > plain + 0.05).all(), (rescued, plain)


@pytest.mark.slow
@pytest.mark.parametrize("rule", SHORT)
def test_no_way_of_writing_beats_a_device_without_physics(measured, rule):
    exact = accuracy(measured, rule, "exact", "alternating").mean()
    assert exact > 0.85, exact
    for way in cells.WAYS:
        found = accuracy(measured, rule, RERAM, way).mean()
        assert found < exact + 0.02, (way, found, exact)


@pytest.mark.slow
@pytest.mark.parametrize("rule", SHORT)
@pytest.mark.parametrize("technology", ["exact", RERAM])
def test_the_untaught_guess(measured, rule, technology):
    untaught = accuracy(measured, rule, technology, "untaught")
    assert (untaught < 0.3).all(), untaught
    for way in stages.ways_on(technology, ("tiki-taka-v2", "agad")):
        assert (accuracy(measured, rule, technology, way) > untaught + 0.3).all(), way


@pytest.mark.slow
def test_what_was_measured_is_not_measured_again_but_a_torn_line_is(measured, tmp_path, capsys):
    whole = measured.read_text(encoding="utf-8")
    torn = tmp_path / "torn.jsonl"
    torn.write_text(whole[:-20], encoding="utf-8")
    before = len(read(torn))
    script.main([*ARGUMENTS, "--results", str(torn)])
    assert len(read(torn)) == before + 1 == len(whole.splitlines())
    last = [json.loads(text.splitlines()[-1]) for text in (whole, torn.read_text("utf-8"))]
    assert last[0]["cell"] == last[1]["cell"]
    assert last[0]["accuracy"] == last[1]["accuracy"], "the same cell learns the same, bit for bit"
    modified = os.stat(torn).st_mtime_ns
    script.main([*ARGUMENTS, "--results", str(torn)])
    assert os.stat(torn).st_mtime_ns == modified
    shown = capsys.readouterr().out
    assert "Not yet in the grid, rules: forward-forward" in shown


@pytest.mark.slow
def test_what_a_lesson_spends_only_grows(measured):
    for _, told in read(measured).of("grid", technology=RERAM, way="agad"):
        curve = np.array([[row[0], *row[2:]] for row in told["curve"]])
        assert len(curve) > 5
        assert (np.diff(curve, axis=0) >= 0).all(), curve
        assert (curve[-1] > curve[0]).all(), curve[-1]


def test_a_line_of_another_task_counts_for_nothing(tmp_path):
    path = tmp_path / "lines.jsonl"
    kept = results.Results(path, stages.tasks(quick=True))
    cell = cells.Cell("grid", "backprop", RERAM, "netted", 1.0)
    kept.add(cell, {"accuracy": [0.5, 0.6]})
    assert cell in read(path)
    assert cell not in results.Results(path, stages.tasks(quick=False))


def test_a_line_of_other_settings_than_todays_counts_for_nothing(tmp_path):
    path = tmp_path / "lines.jsonl"
    cell = cells.Cell("grid", "backprop", RERAM, "agad", 1.0)
    read(path).add(cell, {"accuracy": [0.5, 0.6]})
    line = json.loads(path.read_text("utf-8"))
    through = line["settings"]["through"]
    assert through["fast_rate"] == 30
    for key, value, counts in (
        ("fast_rate", 30, True), ("fast_rate", 3, False), ("no_longer_there", 1, False),
    ):  # fmt: skip
        changed = line | {"settings": line["settings"] | {"through": through | {key: value}}}
        path.write_text(json.dumps(changed) + "\n", "utf-8")
        assert (cell in read(path)) is counts, key
    unknown = line | {"cell": line["cell"] | {"means": "none that is known"}}
    path.write_text(json.dumps(unknown), encoding="utf-8")
    assert len(read(path)) == 0
    del line["settings"]["through"]["tail"]  # measured before there was such a setting
    path.write_text(json.dumps(line) + "\n", "utf-8")
    assert cell in read(path)
    del line["settings"]
    path.write_text(json.dumps(line) + "\n", "utf-8")
    assert cell not in read(path)


def test_means_change_what_they_say_and_nothing_else():
    for rule, technology, way, name in means.all_tried():
        now, before = (
            cells.Cell("means", rule, technology, way, 1.0, means=each).settings
            for each in (name, means.AS_IT_IS)
        )
        wanted = means.MEANS[name]
        for changed, kept, told in (
            (now, before, wanted.rule),
            (now["through"] or {}, before["through"] or {}, wanted.through),
        ):
            for key in kept.keys() - {"through"}:
                # Another way may lack a setting.
                found = changed.get(key, kept[key])
                assert found == told.get(key, kept[key]), (rule, name, key)
            assert told.keys() <= kept.keys(), (rule, name)
        assert (now == before) == (not wanted.rule and not wanted.through), (rule, name)


def test_the_best_means_are_chosen_by_one_seed_and_seen_again_with_others(tmp_path):
    key = ("backprop", RERAM, "agad")
    found = results.Results(tmp_path / "lines.jsonl", stages.tasks(quick=True))
    assert stages.best_means(found, *key) == means.AS_IT_IS

    def add(name, seed, validation, test, at=key):
        cell = cells.Cell("means", *at, 1.0, seed, means=name)
        found.add(cell, {"accuracy": [validation] * 2, "test": [test] * 2})

    exact = ("backprop", "exact", "alternating")
    for seed in stages.SEEDS:
        add(means.AS_IT_IS, seed, 0.9, 0.93, exact)
        # Neither the images of a claim nor other seeds may decide.
        add(means.AS_IT_IS, seed, 0.7 + 0.2 * (seed > 1), 0.99)
        add("tanh", seed, 0.8, 0.91)
    assert not list(stages.seen_again(found, ["backprop"], ["exact", RERAM])), "more is tried"
    for at in (key, exact):
        for name in means.TRIED[at]:
            if (at, name) != (key, "tanh"):
                add(name, 1, 0.6, 0.6, at)
    assert stages.best_means(found, *key) == "tanh"
    again = {(cell.technology, cell.seed, cell.means) for cell in stages.seen_again(
        found, ["backprop"], ["exact", RERAM]
    )}  # fmt: skip
    assert again == {
        *((RERAM, seed, "tanh") for seed in (2, 3)),
        *(("exact", seed, means.AS_IT_IS) for seed in (2, 3)),
    }
    (row,) = (row for row in asked.by_means(found) if row[:3] == key)
    assert row[3:] == ("-3", "tanh", *["-2.0 ± 0.0"] * 4, "reached"), row


def test_a_rate_is_climbed_until_both_neighbours_are_worse(tmp_path):
    found = results.Results(tmp_path / "lines.jsonl", stages.tasks(quick=True))
    heights = {0.3: 0.5, 1.0: 0.6, 2.0: 0.7, 3.0: 0.8, 5.0: 0.75, 10.0: 0.9}
    key = ("backprop", RERAM, "agad")
    tried = []
    while new := [one for one in stages.climbed(found, *key) if one not in tried]:
        for factor in new:
            cell = cells.Cell("tune", *key, factor)
            found.add(cell, {"accuracy": [heights[factor]] * 2})
            tried.append(factor)
    assert sorted(tried) == [0.3, 1.0, 2.0, 3.0, 5.0], "10 lies behind a valley, and is not asked"
    assert stages.factor_of(found, *key) == 3.0
    found.add(cells.Cell("tune", "rbm", RERAM, "agad", 1.0), {"refused": "no reverse read"})
    assert stages.climbed(found, "rbm", RERAM, "agad") == [1.0]
    found.add(cells.Cell("tune", "pepita", RERAM, "agad", 1.0), {"diverged": "too fast"})
    assert stages.climbed(found, "pepita", RERAM, "agad") == [0.3, 1.0, 2.0]


def test_a_distance_is_judged_by_its_mean_and_its_interval_said():
    exact = np.array([0.90, 0.92, 0.91, 0.93])
    near, noisy = exact - 0.02, exact - np.array([0.0, 0.08, 0.0, 0.08])
    for found, points, said in (
        (near, 3.0, "reached"), (near, 1.0, "missed by 1.0"),
        (noisy, 5.0, "reached, within the interval"), (noisy[:0], 3.0, "not yet"),
    ):  # fmt: skip
        assert asked.judged(found, exact, points) == said


def test_the_rate_taken_is_the_best_of_its_kind_of_cell_and_way(tmp_path):
    tuned = results.Results(tmp_path / "lines.jsonl", stages.tasks(quick=True))
    assert stages.factor_of(tuned, "backprop", RERAM, "agad") == 1
    for technology in stages.TUNED_ON.values():
        for way in stages.TUNED_WAYS.values():
            best = 0.1 if technology == RERAM else 1.0
            best *= {"alternating": 3, "netted": 10}.get(way, 1)
            for factor in (0.1, 0.3, 1.0, 3.0, 10.0):
                cell = cells.Cell("tune", "backprop", technology, way, factor)
                tuned.add(cell, {"accuracy": [0.9 if factor == pytest.approx(best) else 0.5]})
    for technology, way, factor in (
        ("exact", "alternating", 3), ("ecram-tang2018", "netted", 10),
        ("capacitor-li2018", "tiki-taka-v2", 1), ("reram-es-gong2018", "alternating", 0.3),
        ("pcm-training-nandakumar2020", "agad", 0.1), ("reram-array-om-gong2022", "agad", 1),
    ):  # fmt: skip
        assert stages.factor_of(tuned, "backprop", technology, way) == factor


def test_the_cost_is_that_of_the_first_look_that_is_good_enough(tmp_path):
    found = results.Results(tmp_path / "lines.jsonl", stages.tasks(quick=True))
    for way, scale in (("netted", 1.0), ("agad", 0.1)):
        curve = [[0, None, 0.5, 0, 0, 0]]
        curve += [[n, n / 1000, scale * n, n, n, n] for n in (800, 900, 950)]
        cell = cells.Cell("grid", "backprop", RERAM, way, 1.0)
        found.add(cell, {"accuracy": [0.95, 0.95], "curve": curve})
    told = bargain.bargain(found, 90)
    way, spent = told.reached["backprop", RERAM]
    assert (way, spent.images, spent.joules, spent.birth) == ("agad", 900, 90, 0.5)
    assert bargain.bargain(found, 96).never["backprop"] == [RERAM]


def test_digital_work_is_counted_by_weights():
    # Forward 6 + 8, gradients the same, back through the second layer only.
    assert bargain.macs((2, 3), classes=2) == 2 * (6 + 6) + 6


def test_an_interval_is_students():
    # Four values, mean 2.5, standard deviation 1.29: t(3, 0.975) = 3.182 by the tables.
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert intervals.half_width(values) == pytest.approx(3.182 * 1.29099 / 2, rel=1e-3)
    assert intervals.difference(values / 100, np.zeros(0)) == "not yet"


def test_every_rule_stands_beside_something_published():
    assert set(published.PUBLISHED) == set(stages.RULES)


def test_the_page_tells_what_was_measured():
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    told = page.split(reports.BEGIN)[1].split(reports.END)[0].strip()
    kept = results.Results(ROOT / "docs" / "rules.jsonl", stages.tasks(quick=False))
    assert told == reports.text_of(kept)
