"""Generations and peers: their images, their arms, and their short forms."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "scripts" / "claims"))

findings = importlib.import_module("findings")
generations = importlib.import_module("generations")
peers = importlib.import_module("peers")
reports = importlib.import_module("generations_report")
schooling = importlib.import_module("schooling")

SHORT = replace(schooling.DIGITS, questions=300, epochs=1)


def test_a_moved_image_is_the_image_elsewhere():
    images = np.zeros((200, 64), np.float32)
    images[:, 8 * 3 + 4] = 1
    shown = schooling.moved(images, 8, 1, np.random.default_rng(0)).reshape(-1, 8, 8)
    where = np.argwhere(shown)
    assert len(where) == 200
    assert set(map(tuple, where[:, 1:])) == {(a, b) for a in (2, 3, 4) for b in (3, 4, 5)}
    stays = (where[:, 1:] == (3, 4)).all(axis=1).mean()
    assert 0.4 < stays < 0.7, stays


def test_founders_are_as_young_for_every_arm():
    line = generations.Line(SHORT, SHORT.images(), 1)
    first = line.hand_down(generations.Means(celsius=85.0, years=30.0), 1, 200)
    second = line.hand_down(generations.Means("once", "one"), 1, 200)
    assert np.array_equal(first["accuracies"][0], second["accuracies"][0])
    assert (first["answers"], second["answers"]) == (300, 200)


def test_each_generation_asks_images_whose_labels_no_founder_saw():
    task = replace(SHORT, labelled=800)
    images = task.images()
    line = generations.Line(task, images, 1)
    seen = {row.tobytes() for row in images.inputs_train[:800]}
    asked = [{row.tobytes() for row in line.fresh(generation, 50)} for generation in (1, 2)]
    assert not seen & (asked[0] | asked[1])
    assert asked[0] != asked[1]


def test_a_report_tells_losses_of_the_same_seed(tmp_path):
    found = {name: findings.Findings(tmp_path / name, {}) for name in ("digits", "mnist")}
    for seed, founders in ((1, 96.0), (2, 95.0)):
        curve = [[founders - 0.05 * generation] for generation in range(11)]
        case = {"arm": "4 elders, moved", "inputs": 10_000, "seed": seed}
        found["mnist"].measure(case, lambda curve=curve: {"accuracies": curve})
    told = reports.report(found, ["4 elders, moved"], is_drawn=False)
    wanted = (
        "| MNIST, 10,000 inputs, 4 elders, moved: tenth less founders | -1 | -0.5 ± 0.0 | yes |"
    )
    assert wanted in told


def test_peers_who_talk_know_more_than_in_silence():
    task = replace(schooling.DIGITS, questions=600, epochs=5)
    society = peers.Society(task, task.images(), 1, 10)
    silent = np.mean(society.silent()["accuracies"][-1])
    talked = np.mean(society.talk()["accuracies"][-1])
    assert talked > silent + 10, (talked, silent)


@pytest.mark.parametrize("script", [generations, peers])
def test_a_quick_run_measures_and_tells(script, tmp_path, capsys):
    few = ["--arms", "1 elder, asked once"] if script is generations else []
    script.main(["--quick", *few, "--results", str(tmp_path / "lines.jsonl")])
    assert "(one seed)" in capsys.readouterr().out
