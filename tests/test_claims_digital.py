"""The claims of 2015 and of corrupted labels: their arithmetic, and their short forms."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts" / "claims"))

corrupted = importlib.import_module("corrupted_labels")
digital = importlib.import_module("digital")
distilled = importlib.import_module("distillation_2015")
findings = importlib.import_module("findings")
reports = importlib.import_module("corrupted_report")


@pytest.fixture(scope="module")
def school():
    return corrupted.School(corrupted.QUICK, 1)


def test_labels_are_right_as_often_as_said_and_corrupted_once_and_for_all(school):
    truth = school.data.labels_train
    half, fifth = (school.labels(right) == truth for right in (0.5, 0.2))
    assert half.mean() == pytest.approx(0.5, abs=0.05)
    assert fifth.mean() == pytest.approx(0.2, abs=0.05)
    assert not (fifth & ~half).any()
    assert (school.labels(0.5) == school.labels(0.5)).all()
    assert (school.labels(1.0) == truth).all()


def test_a_wrong_label_is_any_of_the_others(school):
    further = (school.labels(0.0) - school.data.labels_train) % 10
    counts = np.bincount(further, minlength=10)
    assert counts[0] == 0
    assert counts[1:].min() > 0.6 * len(further) / 9, counts


def test_noisy_labels_are_worth_the_clean_ones_that_teach_as_much(tmp_path):
    found = findings.Findings(tmp_path / "found.jsonl", {})
    for samples, accuracy in ((100, 70.0), (1000, 90.0), (300, 80.0)):
        case = {"stage": "curve", "learner": "device", "samples": samples, "seed": 1}
        found.measure(case, lambda accuracy=accuracy: {"accuracy": [accuracy]})
    for right, accuracy in ((0.3, 80.0), (0.2, 75.0), (0.1, 10.0)):
        case = {"stage": "noisy", "learner": "device", "right": right, "seed": 1}
        found.measure(case, lambda accuracy=accuracy: {"accuracy": [accuracy]})
    assert reports.worth(found, "device", 0.3, 5000) == pytest.approx(300)
    assert reports.worth(found, "device", 0.2, 5000) == pytest.approx((100 * 300) ** 0.5)
    assert np.isnan(reports.worth(found, "device", 0.1, 5000))


def test_lessons_are_chosen_by_what_was_held_out_alone(tmp_path):
    found = findings.Findings(tmp_path / "found.jsonl", {})
    for lesson, met, accuracy in (("slow", 18.0, 20.0), ("fast", 17.0, 90.0)):
        case = {"stage": "tune", "lesson": lesson, "right": 0.2}
        told = {"held out": [met], "accuracy": accuracy}
        found.measure(case, lambda told=told: told)
    assert reports.chosen(found, 0.2) == "slow"


def test_peeking_raises_the_missing_class_until_it_errs_least():
    random = np.random.default_rng(1)
    labels = np.arange(1000) % 10
    answers = random.normal(0, 0.5, (2, 1000, 10)) + 4 * np.eye(10)[labels]
    sunk = answers - 5 * np.eye(10)[3]
    raised, offset = distilled.peek(sunk, labels, distilled.ARMS["no 3s"])
    before, after = (distilled.marks(a, labels)["threes"] for a in (sunk, raised))
    assert before.max() < 10, before
    assert after.min() > 95, after
    assert (offset > 0).all()
    assert np.allclose((raised - sunk)[:, :, 3], offset[:, None])


def test_a_moved_image_keeps_its_ink_and_is_moved_by_no_more_than_said():
    torch = importlib.import_module("torch")
    image = torch.zeros(50, 28, 28)
    image[:, 14, 10] = 1
    moved = digital.jittered(image.reshape(50, -1), 2, np.random.default_rng(1))
    assert moved.sum(1).eq(1).all()
    places = moved.reshape(50, 28, 28).nonzero()
    assert (places[:, 1] - 14).abs().max() == 2
    assert (places[:, 2] - 10).abs().max() == 2


def test_a_net_is_the_same_for_the_same_seed_and_learns_soft_targets():
    inputs = np.random.default_rng(1).random((64, 6))
    goal = np.full((64, 3), [0.7, 0.2, 0.1])

    def taught():
        net = digital.Net(digital.perceptron((6, 16, 3), 1, hidden=0.2), 200, 16, rate=0.02)
        net.learn(inputs, goal)
        return net.answer(inputs)

    once, again = taught(), taught()
    assert (once == again).all()
    assert np.exp(once).mean(axis=(0, 1)) == pytest.approx([0.7, 0.2, 0.1], abs=0.05)


@pytest.mark.slow
def test_the_short_forms_print_every_row_they_measured(tmp_path, capsys):
    lines = tmp_path / "2015.jsonl"
    words = ["--quick", "--kinds", "device to device", "--results", str(lines)]
    distilled.main(words)
    text = capsys.readouterr().out
    assert "| threes right, never shown | 86.8 | not yet | not yet |" in text
    measured = lines.read_text(encoding="utf-8")
    distilled.main(words)
    assert lines.read_text(encoding="utf-8") == measured
    corrupted.main(["--quick", "--learners", "device", "--right", ".2"])
    assert "| 0.2 | 0.0641 | 91.77" in capsys.readouterr().out
