"""The claims about copies and budgets: the rival is a fair one, and verdicts are what they say."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mortal
from devices import preset

sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts" / "claims"))
pytest.importorskip("torch", reason="the rival is a net of torch")

aware = importlib.import_module("variation_aware")
copied, budgeted = importlib.import_module("copied"), importlib.import_module("budgeted")
claim, budget = importlib.import_module("copy_or_distil"), importlib.import_module("budget")
findings = importlib.import_module("findings")


@pytest.fixture(scope="module")
def digits():
    return mortal.load_data("digits")


def taught(digits, technology, injected=None, rho=0.0):
    net = aware.AwareNet((64, 24), preset(technology), seed=3)
    means = aware.Means(injected, rho)
    net.learn(digits.inputs_train, digits.labels_train, means, steps=200, batch=32, rate=3e-3)
    return net


def test_a_net_written_into_ideal_devices_answers_as_it_did(digits):
    net = taught(digits, "exact")
    written = net.written(mortal.grow("exact", [64, 24], 2, "mono-forward"))
    difference = np.abs(written.answer(digits.inputs_test) - net.answer(digits.inputs_test)).max()
    assert difference < 1e-3, difference


def test_devices_drawn_in_training_differ_as_emulated_ones_do(digits):
    net, inputs = taught(digits, "mortal-default"), digits.inputs_test[:100]
    emulated = net.written(mortal.grow(layers=[64, 24], count=48, seed=5)).answer(inputs)
    drawn = net.drawn(inputs, preset("mortal-default"), 48)
    ratio = np.std(drawn, axis=0).mean() / np.std(emulated, axis=0).mean()
    assert 0.8 < ratio < 1.25, ratio


def test_training_with_variation_helps_what_is_written_into_unlike_devices(digits):
    technology = preset("mortal-default")
    found = []
    for means in ((None, 0.0), (technology, 0.0), (None, 2.0)):
        net = taught(digits, "mortal-default", *means)
        written = net.written(mortal.grow(technology, [64, 24], 4, "mono-forward", 7))
        found.append(written.examine(digits.inputs_test, digits.labels_test).accuracy.mean())
    plain, injected, sharp = found
    assert injected > plain + 0.1, found
    assert sharp > plain, found


def test_all_arms_are_told_of_the_same_devices_and_copies_of_ideal_ones_are_perfect(digits):
    task = replace(claim.QUICK, layers=(64, 16), elder={"epochs": 2}, pupil={"epochs": 2})
    arms = claim.Lives(digits, task, preset("exact"), 1).arms()
    assert set(arms) == set(copied.ARMS)
    assert arms["write-verify"].tolist() == arms["elders"].tolist()
    assert arms["untaught"].mean() < 40 < arms["heirs"].mean()


def test_a_mismatch_scales_the_read_path_alone():
    default = preset("mortal-default").spread
    none = claim.mismatched(preset("mortal-default"), 0).spread
    twice = claim.mismatched(preset("ecram-tang2018"), 2).spread
    assert [getattr(none, name) for name in claim.MISMATCH] == [0, 0, 0, 0]
    assert (none.step, none.w_max) == (default.step, default.w_max)
    assert twice.cell_gain == 2 * default.cell_gain
    assert twice.step == preset("ecram-tang2018").spread.step


def test_heirs_overtake_where_the_gap_first_rises_past_what_is_asked():
    assert copied.crossing((0, 1, 2), (-1.0, 3.0, 9.0), 0) == pytest.approx(0.25)
    assert copied.crossing((0, 1, 2), (-1.0, 3.0, 9.0), 6) == pytest.approx(1.5)
    assert copied.crossing((0, 1), (2.0, 3.0), 0) is None
    assert copied.crossing((0, 1), (-2.0, -1.0), 0) is None


def test_nobody_leads_by_chance_or_by_one_seed():
    assert copied.winner([1.0, 1.2, 0.9]) == "distilling"
    assert copied.winner([-1.0, -1.2, -0.9]) == "**copying**"
    assert copied.winner([-1.0, 1.2, 0.9]) == "undecided"
    assert copied.winner([5.0]) == "not yet"


def test_a_budget_is_compared_with_hard_answers_of_as_many_bits(tmp_path):
    found = findings.Findings(tmp_path / "found.jsonl", {})
    for size, right in ((10, 50.0), (100, 60.0), (1000, 80.0)):
        found.measure({"arm": "hard", "budget": size, "seed": 1}, lambda at=right: {"accuracy": at})
        found.measure({"arm": "soft", "budget": size, "seed": 1}, lambda at=right: {"accuracy": 70})
    ((size, soft, hard),) = budgeted.at_equal_bits((10, 100, 1000), found)
    assert (size, soft.tolist()) == (10, [70])
    assert hard[0] == pytest.approx(60 + 20 * np.log(2) / np.log(10))


def test_moved_images_keep_their_labels_and_few_inputs_become_many_answers():
    images = np.random.default_rng(1).random((3, 784), np.float32)
    task = replace(budget.MNIST, questions=12)
    data = type("Data", (), {"inputs_train": images})
    inputs, labels = budget.Lessons(data, task, 1)._moved(images, np.arange(3))
    assert inputs.shape == (12, 784)
    assert np.bincount(labels).tolist() == [4, 4, 4]


def test_small_budgets_are_rehearsed_more_often_but_not_without_end():
    school = budget.School(20_000, 32, 1.0, 0.3)
    assert [school.schedule(size).epochs for size in (30, 1000, 30_000)] == [200, 20, 1]
    assert school.schedule(30).batch == 4
