"""Forward-Forward without labels, and the hybrids it is taught by, against plain NumPy."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve1d, label

from devices import CrossbarArray, probe
from devices.identity import Purpose, Stream
from mortal import grow, load_data
from mortal.rules.hybrids import masks, mixed, picture_shape

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.filter_too_much])

LAYERS = (9, 20, 12)
NAME = "forward-forward-unsupervised"


def weights(population):
    return {name: probe.weights(a).astype(np.float64) for name, a in population.arrays.items()}


def grown(seed=0, devices=2, technology="exact", **settings):
    population = grow(technology, LAYERS, devices, {"name": NAME, **settings}, seed, classes=3)
    return population, np.random.default_rng(seed).random((6, LAYERS[0]), np.float32)


def biased(x, bias):
    return np.column_stack([x, np.abs(x).max(axis=1)]) if bias else x


def passed(w, x, bias):
    found = []
    for name in ("layer1", "layer2"):
        rows = biased(x, bias)
        h = np.maximum(rows @ w[name], 0)
        rms = np.sqrt((h**2).mean(axis=1, keepdims=True))
        assume(rms.min() > 0.01)  # float32 knows nearly silent layers badly
        x = h / rms
        found.append((rows, h, x))
    return found


def activity(found, first_layer):
    return biased(np.column_stack([u for _, _, u in found[0 if first_layer else 1 :]]), True)


def probabilities(scores):
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


@pytest.fixture
def seen(monkeypatch):
    """What is read by the first array, in order: the inputs, real and false."""
    found, forward = [], CrossbarArray.forward

    def watched(self, x):
        if self.array == 0:
            found.append(np.array(x))
        return forward(self, x)

    monkeypatch.setattr(CrossbarArray, "forward", watched)
    return found


@law
@given(
    seed=st.integers(0, 1000),
    loss=st.sampled_from(["threshold", "symba"]),
    first_layer=st.booleans(),
    bias=st.booleans(),
    readout=st.sampled_from(["digital", "array"]),
)
def test_a_batch_changes_layers_and_readout_by_what_the_equations_say(
    seed, loss, first_layer, bias, readout
):
    population, x = grown(
        seed, rate=0.1, loss=loss, active=1.0, first_layer=first_layer, bias=bias,
        readout=readout, readout_rate=2.0,
    )  # fmt: skip
    s = population.settings
    y = np.random.default_rng(seed).dirichlet([1, 1, 1], (2, len(x))).astype(np.float32)
    before, read = weights(population), []
    start = {**before, **{k: v.copy() for k, v in population.rule.memory.items()}}["readout"]
    forward = CrossbarArray.forward
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            CrossbarArray, "forward",
            lambda self, x: (read.append(np.array(x)) if self.array == 0 else None)
            or forward(self, x),
        )  # fmt: skip
        answers = population.rule.learn(x, y, 1.0)
    false = read[-1][..., : LAYERS[0]].astype(np.float64)
    after = {**weights(population), **population.rule.memory}
    for device in range(2):
        w = {name: part[device] for name, part in before.items()}
        mean = {name: np.zeros(part.shape[1]) for name, part in w.items()}
        real = x.astype(np.float64)
        u = activity(passed(w, real, bias), first_layer)
        p = probabilities(u @ start[device])
        assert answers[device] == pytest.approx(p, abs=1e-5)
        step = s.readout_rate / u.shape[1] * u.T @ (y[device] - p)
        assert after["readout"][device] == pytest.approx(start[device] + step, abs=1e-5)
        both = [passed(w, side, bias) for side in (real, false[device])]
        for sign, side in ((1, 0), (-1, 1)):
            if loss == "threshold":  # each phase reads what the one before has written
                both[side] = passed(w, (real, false[device])[side], bias)
            for number, layer in enumerate(("layer1", "layer2")):
                rows, h, _ = both[side][number]
                goodness = [(part[number][1] ** 2).mean(axis=1) for part in both]
                z = sign * (s.threshold - goodness[side])
                if loss == "symba":
                    z = s.alpha * (goodness[1] - goodness[0])
                doubt = (s.alpha if loss == "symba" else 1) / (1 + np.exp(-z))
                mean[layer] = s.peer_memory * mean[layer] + (1 - s.peer_memory) * h.mean(axis=0)
                d = sign * doubt[:, None] * 2 * h + s.peer * (mean[layer].mean() - mean[layer])
                w[layer] = w[layer] + s.rate * rows.T @ d
        for layer in ("layer1", "layer2"):
            moved = np.abs(w[layer] - before[layer][device]).max()
            assume(moved > 1e-4)  # a step that does nothing proves nothing
            assert np.abs(w[layer] - after[layer][device]).max() < 1e-4 * moved + 1e-6


def test_a_mask_is_random_bits_blurred_and_cut(monkeypatch):
    stream, events = Stream(3, Purpose.RULE, 0, np.arange(2)), np.arange(8).reshape(2, 4)
    bits = masks(stream, events, 144, 0)
    assert bits.mean() == pytest.approx(0.5, abs=0.06)
    shade = bits.reshape(2, 4, 12, 12).astype(np.float64)
    for _ in range(5):
        for axis in (2, 3):
            shade = convolve1d(shade, [0.25, 0.5, 0.25], axis=axis, mode="nearest")
    sure = np.abs(shade - 0.5) > 1e-5
    mask = masks(stream, events, 144, 5).reshape(shade.shape)
    assert np.array_equal(mask[sure], (shade > 0.5)[sure])
    assert sure.mean() > 0.99


def test_masks_have_large_blobs_and_as_many_ones_as_zeros():
    mask = masks(Stream(1, Purpose.RULE, 0, np.arange(1)), np.arange(200)[None], 784, 6)[0]
    assert mask.mean() == pytest.approx(0.5, abs=0.03)
    blobs = np.mean([label(one.reshape(28, 28))[1] for one in mask])
    bits = masks(Stream(1, Purpose.RULE, 0, np.arange(1)), np.arange(20)[None], 784, 0)[0]
    grains = np.mean([label(one.reshape(28, 28))[1] for one in bits])
    assert blobs < 12 < 60 < grains, (blobs, grains)


def test_inputs_that_are_no_square_are_a_line_of_neighbours():
    assert picture_shape(196) == (14, 14)
    assert picture_shape(200) == (1, 200)
    mask = masks(Stream(1, Purpose.RULE, 0, np.arange(1)), np.arange(20)[None], 200, 6)[0]
    turns = (np.diff(mask, axis=1) != 0).sum(axis=1).mean()
    assert 5 < turns < 40, "random bits would turn a hundred times"


def test_a_hybrid_has_each_number_of_one_of_two_inputs():
    x = np.random.default_rng(0).random((2, 5, 9), np.float32)
    mask = (np.random.default_rng(1).random((2, 5, 9)) > 0.5).astype(np.float32)
    hybrid = mixed(x, np.array([1, 3]), mask)
    for device, shift in enumerate((1, 3)):
        for sample in range(5):
            other = x[device, (sample + shift) % 5]
            expected = [
                x[device, sample, f] if mask[device, sample, f] else other[f] for f in range(9)
            ]
            assert hybrid[device, sample].tolist() == expected


def test_hybrids_differ_from_batch_to_batch_and_from_device_to_device(seen):
    population, x = grown(active=1.0)
    for _ in range(2):
        population.rule.learn(x, np.eye(3, dtype=np.float32)[np.arange(len(x)) % 3], 0.0)
    false = [reads for reads in seen if reads.ndim == 3 and not np.array_equal(reads[0], reads[1])]
    assert len(false) == 2
    assert not np.array_equal(*false)


def test_a_device_draws_the_same_hybrids_alone_and_in_company(seen):
    whole, x = grown(devices=3)
    targets = np.eye(3, dtype=np.float32)[np.arange(len(x)) % 3]
    part = whole.rule.take(np.array([2]))
    for _ in range(3):
        whole.rule.learn(x, targets, 1.0)
        part.learn(x, targets, 1.0)
    for name, array in whole.arrays.items():
        assert np.array_equal(probe.weights(array)[2], probe.weights(part.arrays[name])[0])
    assert np.array_equal(whole.rule.memory["readout"][2], part.memory["readout"][0])


def test_a_batch_of_one_teaches_the_readout_and_leaves_the_layers():
    population, x = grown()
    before = weights(population)
    population.rule.learn(x[:1], np.eye(3, dtype=np.float32)[:1], 1.0)
    for name, w in weights(population).items():
        assert np.array_equal(w, before[name])
    assert population.rule.memory["readout"].any()


def test_labels_never_reach_the_layers():
    after = []
    for shift in (0, 1):
        population, x = grown(rate=0.03)
        for _ in range(3):
            hot = np.eye(3, dtype=np.float32)[(np.arange(len(x)) + shift) % 3]
            population.rule.learn(x, hot, 1.0)
        after.append((weights(population), population.rule.memory["readout"]))
    for name, w in after[0][0].items():
        assert np.array_equal(w, after[1][0][name])
    assert not np.array_equal(after[0][1], after[1][1])


def test_the_readout_takes_soft_targets():
    population = grow(
        "exact", (8, 64), 2, {"name": NAME, "rate": 1e-6, "readout_rate": 0.5}, classes=3
    )
    x = np.eye(8, dtype=np.float32)
    targets = np.random.default_rng(1).dirichlet([1, 1, 1], 8).astype(np.float32)
    for _ in range(400):
        population.rule.learn(x, targets, 1.0)
    far = np.abs(np.exp(population.answer(x)) - targets).max()
    assert far < 0.05, far


def test_its_digital_work_is_paid_for():
    population = grow("mortal-default", (9, 5, 6), 2, {"name": NAME, "blur": 2}, classes=3)
    x = np.random.default_rng(0).random((10, 9), np.float32)
    cost = population.technology.energy.digital
    population.answer(x)
    scores = 10 * (5 + 6 + 1) * 3
    assert population.ledger().digital == pytest.approx(scores * cost)
    population.rule.learn(x, np.eye(3, dtype=np.float32)[np.arange(10) % 3], 1.0)
    blurring = 10 * 9 * 2 * 2 * 3
    assert population.ledger().digital == pytest.approx((3 * scores + blurring) * cost)


def test_layers_taught_without_labels_tell_digits_better_than_untaught_ones():
    data = load_data("digits")
    accuracy = []
    for rate in (1e-9, 0.005):
        population = grow("exact", (64, 48, 48), 4, {"name": NAME, "rate": rate}, seed=1)
        population.train(data.inputs_train, data.labels_train, epochs=6)
        accuracy.append(population.examine(data.inputs_test, data.labels_test).accuracy)
    assert accuracy[0].mean() > 0.5, "a linear readout of random layers is no chance"
    assert accuracy[1].mean() > accuracy[0].mean() + 0.01, accuracy
    assert accuracy[1].min() > 0.8, accuracy
