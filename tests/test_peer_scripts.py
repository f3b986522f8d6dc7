"""The comparison with the peer simulator, as far as it can be held without the peer."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from devices import Technology
from devices.technology import ConstantResponse, ExactResponse, Read, Spread

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "scripts"), str(ROOT / "scripts" / "claims")]

bench = importlib.import_module("bench_devices")
same = importlib.import_module("same_devices_as_peer")
experiments = importlib.import_module("peer.experiments")
population = importlib.import_module("peer.population")
tables = importlib.import_module("peer.tables")
work = importlib.import_module("peer.work")
ours = importlib.import_module("peer.serve_population").Ours()


def plain(write, **response):
    """Return a technology of identical cells, weights zero."""
    return Technology(
        name="plain",
        response=ConstantResponse(step=1 / 512, **response) if write else ExactResponse(),
        spread=Spread(initial=0.0),
        read=Read(noise_management="none"),
        **({"write": write} if write else {}),
    )


@pytest.mark.parametrize("density", work.DENSITIES.values(), ids=work.DENSITIES)
def test_as_many_pulses_are_sent_as_the_density_says(density):
    batch = 32
    seen = ours.density(batch=batch, density=density, backend="reference")["density"]
    # The mean |x| of a sample has the relative error 1 / sqrt(3 SIDE), and so has |d|; the
    # pulses of a row come in trains shared by all columns, so lines count and not cells.
    trains = work.LENGTH * batch * work.SIDE
    fired = np.sqrt(density / work.LENGTH)
    error = np.sqrt(2 / (3 * work.SIDE * batch) + 2 / (fired * trains))
    assert abs(seen / density - 1) < 4 * error


@pytest.mark.parametrize("count", [5, -5, 0])
def test_single_pulses_are_counted_out(count):
    array = population.Population(plain(population.single_pulses()), 2, 3, 4)
    array.pulse(count)
    np.testing.assert_allclose(array.weights(), count / 512, rtol=1e-6)


class Walker:
    """An array whose cells have the steps, spread and noise that it is told to have."""

    def __init__(self, spread, noise, seed):
        self.draws = np.random.default_rng(seed)
        self.step = 0.01 * (1 + spread * self.draws.standard_normal((6, 40, 40)))
        self.noise, self.state = noise, np.zeros((6, 40, 40))

    def pulse(self, count):
        for _ in range(abs(count)):
            xi = self.draws.standard_normal(self.state.shape)
            self.state += np.sign(count) * self.step * (1 + self.noise * xi)

    def weights(self):
        return self.state.copy()


def test_step_spread_and_noise_are_found_apart():
    found = experiments.steps(lambda: Walker(0.2, 0.5, seed=3))
    for stage in (-400, 0, 400):
        for way, sign in (("up", 1), ("down", -1)):
            label = f"step {way} after {stage:+d}"
            # 9600 cells, 24 pulses each: errors of .2 %, 1 % and .5 %; four of them are allowed.
            assert found[f"{label}, mean"].mean() == pytest.approx(sign * 0.01, rel=0.01)
            assert found[f"{label}, spread over cells"].mean() == pytest.approx(0.002, rel=0.04)
            root = 0.005 * np.sqrt(1 + 0.2**2)
            assert found[f"{label}, cycle noise"].mean() == pytest.approx(root, rel=0.02)


def test_a_response_goes_up_and_comes_back():
    found = experiments.response(lambda: Walker(0.0, 0.0, seed=3))
    assert found["100 up, mean"] == pytest.approx(np.ones(6))
    assert found["1000 up, mean"] == pytest.approx(np.full(6, 10.0))
    assert found["1000 down, mean"] == pytest.approx(np.zeros(6), abs=1e-9)


def net(hidden):
    made_of = plain(None)
    spread = made_of.spread.model_copy(update={"initial": 0.3})
    made_of = made_of.model_copy(update={"spread": spread})
    return [
        population.Population(made_of, 2, rows, columns, array=number)
        for number, (rows, columns) in enumerate(((4, hidden), (hidden + 1, 3)))
    ]


def loss(first, second, x, label):
    """Return the cross-entropy of one example in float64, the bias in the last row."""
    h = np.tanh(np.append(x, 1) @ first)
    logits = np.append(h, 1) @ second
    return np.log(np.exp(logits).sum()) - logits[label]


def test_a_lesson_descends_the_gradient():
    layers, rate = net(hidden=5), 1e-3
    x, label = np.array([[0.3, -0.8, 0.5]], np.float32), np.array([2])
    before = [layer.weights()[1].astype(np.float64) for layer in layers]
    experiments.school(*layers, (x, label), (x, label), np.zeros((1, 1), int), batch=1, rate=rate)
    for number, layer in enumerate(layers):
        moved = (layer.weights()[1] - before[number]) / rate
        for cell in np.ndindex(moved.shape):
            ends = []
            for tilt in (1e-5, -1e-5):
                tilted = [weights.copy() for weights in before]
                tilted[number][cell] += tilt
                ends.append(loss(*tilted, x[0], 2))
            # Weights are float32 of order 1, so the move has an error of 1e-7 / rate.
            assert moved[cell] == pytest.approx(-(ends[0] - ends[1]) / 2e-5, abs=3e-4)


def test_turns_are_taken_there_and_back_and_the_refused_go():
    order = []

    def call(name, answer):
        def answered():
            order.append(name)
            return answer

        return answered

    calls = {"a": call("a", {"seconds": 2.0}), "b": call("b", {"refused": "no"})}
    found = bench.alternate(calls | {"c": call("c", {"seconds": 1.0})}, 3, 60)
    assert "".join(order) == "abc" + "ac" + "ca" + "ac"
    assert found == {"a": [2.0] * 3, "c": [1.0] * 3}
    found = bench.alternate({"c": call("c", {"seconds": 1.0})}, 100, 0)
    assert found == {"c": [1.0] * 3}, "three rounds at least, whatever the time"


def test_a_ratio_is_of_neighbours():
    found = bench.ratio([2, 40, 6, 8, 10], [1, 10, 1, 1, 1])
    assert found == {"median": 6, "low": 4, "high": 8}


def test_a_row_tells_how_much_faster_this_project_is():
    row = bench.compared("averaged", 32, "dense", {"peer": [6.0], "averaged": [2.0]}, "averaged", 8)
    assert (row["ours"], row["ratio to peer"]["median"], row["to reach"]) == (4.0, 3.0, 50.0)
    assert row["peer"] == pytest.approx(8 / 6)


def test_a_worker_answers_and_a_dead_one_is_named():
    with bench.Worker(sys.executable, "serve_population") as worker:
        assert "reference" in worker.ask("versions")["backends"]
        answer = worker.ask(
            "update", batch=1, density=0.07, fidelity="composed", backend="reference"
        )
        assert "seconds" in answer or "composed" in answer["refused"]
        with pytest.raises(SystemExit, match="in the midst of nonsense"):
            worker.ask("nonsense")


def test_without_the_peer_a_script_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "PEER", tmp_path)
    monkeypatch.setattr(same, "PEER", tmp_path / "python")
    monkeypatch.setattr(sys, "argv", ["bench_devices.py", "--backend", "reference"])
    with pytest.raises(SystemExit, match="scripts/bench_peer makes its environment"):
        bench.main()
    with pytest.raises(SystemExit, match="scripts/bench_peer only"):
        same.theirs({})


def test_a_backend_that_is_not_here_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["bench_devices.py", "--backend", "abacus"])
    with pytest.raises(SystemExit, match=r"'abacus' is not available here; available: .*reference"):
        bench.main()


def test_equal_devices_agree_and_others_do_not():
    draws = np.random.default_rng(5)
    one, other = draws.standard_normal((2, 40))
    agreed, apart = same.compared(one, other), same.compared(one, other + 2)
    assert abs(agreed["t"]) < 3 < abs(apart["t"])
    assert same.compared(np.ones(3), np.ones(3))["p"] == 1
    assert same.compared(np.ones(3), np.full(3, 2.0))["p"] == 0
    seen = same.verdict({"agreed": agreed, "apart": apart})
    assert (seen["comparisons"], seen["beyond 2"]) == (2, 1)
    assert seen["largest |t|"] == abs(apart["t"])
    assert seen["p"] == pytest.approx(2 * apart["p"])


def test_the_peer_is_spared_what_the_catalog_has_not():
    assert same.left_out("gokmen-vlasov2016") == {}
    has_not = "write noise" in " ".join(same.preset("reram-sb-gong2018").not_modelled)
    assert same.left_out("reram-sb-gong2018") == ({"write_noise_std": 0.0} if has_not else {})


def test_only_what_stands_between_the_markers_changes():
    page = "a\n<!-- begin: x -->\nold\n<!-- end: x -->\nb\n"
    new = tables.between_markers(page, "x", "new")
    assert new == "a\n<!-- begin: x -->\nnew\n<!-- end: x -->\nb\n"
    assert tables.between_markers(new, "x", "new") == new
    with pytest.raises(ValueError, match="begin: y"):
        tables.between_markers(page, "y", "new")


def test_numbers_stand_right_and_words_left():
    told = tables.aligned(["what", "how many"], [["1 up", "3"], ["all", "12"]])
    assert told.splitlines() == [
        "| what | how many |",
        "| ---- | -------: |",
        "| 1 up |        3 |",
        "| all  |       12 |",
    ]


def test_the_pages_have_places_for_what_is_measured():
    for backend in ("native", "reference", "cuda"):
        text = bench.PAGE.read_text(encoding="utf-8")
        assert tables.between_markers(text, f"{backend}, measured", "here") != text
    text = same.PAGE.read_text(encoding="utf-8")
    assert tables.between_markers(text, "measured", "here") != text


def test_without_a_python_for_it_the_peer_is_not_made(tmp_path):
    script = ROOT / "scripts" / "bench_peer"
    assert os.access(script, os.X_OK)
    yard, tools = tmp_path / "a yard", tmp_path / "bin"
    tools.mkdir()
    shutil.copytree(script.parent, yard / "scripts")
    for name in ("bash", "cksum", "dirname", "env", "grep"):
        found = shutil.which(name)
        assert found is not None, name
        (tools / name).symlink_to(found)
    done = subprocess.run(
        [yard / "scripts" / "bench_peer", "only"], env={"PATH": str(tools)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Python 3.11 to 3.13" in done.stderr.splitlines()[-1]
    assert not (yard / ".peer").exists()
