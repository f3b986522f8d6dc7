"""Forward-Forward does what its equations say, against float64 NumPy that shares no code."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from devices import CrossbarArray, probe
from mortal import grow, load_data

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.filter_too_much])

LAYERS = (6, 30, 24)


def weights(population):
    return {name: probe.weights(a).astype(np.float64) for name, a in population.arrays.items()}


def grown(seed=0, classes=2, devices=2, **settings):
    rule = {"name": "forward-forward", **settings}
    population = grow("exact", LAYERS, devices, rule, seed, classes=classes)
    x = np.random.default_rng(seed).random((7, LAYERS[0]), np.float32)
    return population, x


def passed(w, x, hot, s):
    """One device's layers: what enters each, what comes out, and its goodness."""
    full = np.abs(x).max(axis=1, keepdims=True)
    x, found = np.column_stack([x, s.label_strength * full * hot]), []
    for layer in w.values():
        rows = np.column_stack([x, np.abs(x).max(axis=1)]) if s.bias else x
        h = np.maximum(rows @ layer, 0)
        found.append((rows, h, (h**2).mean(axis=1)))
        rms = np.sqrt((h**2).mean(axis=1, keepdims=True))
        assume(rms.min() > 0.01)  # float32 knows nearly silent layers badly
        x = h / rms
    return found


def phase(w, mean, x, hot, sign, s, rate):
    """One phase of one device: new weights and running means."""
    w, mean = dict(w), dict(mean)
    for name, (rows, h, goodness) in zip(w, passed(w, x, hot, s), strict=True):
        p = 1 / (1 + np.exp(s.threshold - goodness))
        p_s = p if sign > 0 else 1 - p
        mean[name] = s.peer_memory * mean[name] + (1 - s.peer_memory) * h.mean(axis=0)
        d = sign * (1 - p_s)[:, None] * 2 * h + s.peer * (mean[name].mean() - mean[name])
        w[name] = w[name] + rate * rows.T @ d
    return w, mean


@law
@given(
    seed=st.integers(0, 1000),
    rate=st.floats(0.01, 0.05),
    threshold=st.floats(0.3, 3),
    peer=st.sampled_from([0.0, 0.03, 0.5]),
    peer_memory=st.floats(0, 0.95),
    label_strength=st.floats(0.3, 3),
    bias=st.booleans(),
)
def test_two_phases_change_the_weights_by_what_the_equations_say(
    seed, rate, threshold, peer, peer_memory, label_strength, bias
):
    # With two classes the wrong label is the other one, so nothing is left to chance.
    population, x = grown(
        seed, rate=rate, threshold=threshold, peer=peer, peer_memory=peer_memory,
        label_strength=label_strength, bias=bias,
    )  # fmt: skip
    labels = np.arange(len(x)) % 2
    before = weights(population)
    expected = []
    for device in range(2):
        w = {name: part[device] for name, part in before.items()}
        mean = {name: np.zeros(part.shape[2]) for name, part in before.items()}
        for _ in range(2):  # the second time the running means are no longer zero
            for sign, hot in ((1, np.eye(2)[labels]), (-1, np.eye(2)[1 - labels])):
                s = population.settings
                w, mean = phase(w, mean, x.astype(np.float64), hot, sign, s, rate * 1.5)
        expected.append(w)
    for _ in range(2):
        population.rule.learn(x, np.eye(2, dtype=np.float32)[labels], 1.5)
    for name, after in weights(population).items():
        for device in range(2):
            moved = np.abs(expected[device][name] - before[name][device]).max()
            wrong = np.abs(expected[device][name] - after[device]).max()
            assert moved > 1e-3, "a step that does nothing proves nothing"
            assert wrong < 1e-4 * moved + 1e-6, (wrong, moved)


@law
@given(seed=st.integers(0, 1000), classes=st.integers(2, 5), bias=st.booleans())
def test_answers_are_the_softmax_of_the_goodness_summed_over_layers(seed, classes, bias):
    population, x = grown(seed, classes, bias=bias)
    answers = population.answer(x)
    for device in range(2):
        w = {name: part[device] for name, part in weights(population).items()}
        scores = np.stack(
            [
                sum(g for _, _, g in passed(w, x.astype(np.float64), hot, population.settings))
                for hot in np.eye(classes)[:, None].repeat(len(x), axis=1)
            ],
            axis=-1,
        )
        p = np.exp(scores - scores.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        assert np.exp(answers[device]) == pytest.approx(p, abs=1e-5)


@pytest.fixture
def labels_written(monkeypatch):
    """The labels `[device, sample]` in the rows of every write to the first layer."""
    seen, update = [], CrossbarArray.update

    def watched(self, x, d, *rest):
        if self.array == 0:
            seen.append(np.asarray(x)[..., LAYERS[0] : -1].argmax(axis=-1))
        update(self, x, d, *rest)

    monkeypatch.setattr(CrossbarArray, "update", watched)
    return seen


def test_the_wrong_label_is_any_other_equally_often_and_its_own_for_every_device(labels_written):
    population, _ = grown(classes=5, devices=3)
    x = np.random.default_rng(1).random((4000, LAYERS[0]), np.float32)
    truth = np.arange(4000) % 5
    population.rule.learn(x, np.eye(5, dtype=np.float32)[truth], 0.0)
    right, wrong = labels_written
    assert np.array_equal(right, np.broadcast_to(truth, (3, 4000)))
    for device in range(3):
        # Each of four shifts 1000 times, with a standard deviation of 27.
        shifts = np.bincount((wrong[device] - truth) % 5, minlength=5)
        assert shifts[0] == 0
        assert abs(shifts[1:] - 1000).max() < 140, shifts
        assert (wrong[device] != wrong[device - 1]).mean() > 0.5


def test_wrong_labels_do_not_come_again_in_the_next_batch(labels_written):
    population, _ = grown(classes=5)
    x = np.random.default_rng(1).random((200, LAYERS[0]), np.float32)
    for _ in range(2):
        population.rule.learn(x, np.eye(5, dtype=np.float32)[np.zeros(200, int)], 0.0)
    _, first, _, second = labels_written
    assert (first != second).mean() > 0.5


def test_a_soft_target_counts_as_its_most_likely_class(labels_written):
    soft, x = grown(classes=3)
    hard, _ = grown(classes=3)
    targets = np.random.default_rng(2).dirichlet([1, 1, 1], (2, len(x))).astype(np.float32)
    soft.rule.learn(x, targets, 1.0)
    hard.rule.learn(x, np.eye(3, dtype=np.float32)[targets.argmax(axis=-1)], 1.0)
    assert np.array_equal(labels_written[0], targets.argmax(axis=-1))
    for name, w in weights(soft).items():
        assert np.array_equal(w, weights(hard)[name])


def test_peers_revive_a_silent_unit_and_goodness_alone_does_not():
    for peer in (0.0, 0.5):
        population, x = grown(peer=peer, rate=0.05, bias=False)
        first = population.arrays["layer1"]
        # A unit whose weights are all negative hears nothing.
        first.update(np.ones((1, first.rows)), np.eye(first.columns)[:1] * -3, 1.0)
        silent = probe.weights(first)[:, :, 0]
        for _ in range(20):
            population.rule.learn(x, np.eye(2, dtype=np.float32)[np.arange(len(x)) % 2], 1.0)
        moved = probe.weights(first)[:, :, 0] - silent
        assert np.array_equal(moved, 0 * moved) if peer == 0 else (moved.mean() > 0.01)


@pytest.mark.parametrize(("technology", "least"), [("exact", 0.9), ("mortal-default", 0.6)])
def test_it_learns_to_tell_digits(technology, least):
    data = load_data("digits")
    few = [labels < 3 for labels in (data.labels_train, data.labels_test)]
    rule = {"name": "forward-forward", "rate": 0.003, "peer": 0.3}
    population = grow(technology, (64, 32), 2, rule, seed=1, classes=3)
    population.train(data.inputs_train[few[0]], data.labels_train[few[0]], epochs=5)
    taught = population.examine(data.inputs_test[few[1]], data.labels_test[few[1]]).accuracy
    assert taught.min() > least, taught


@pytest.mark.parametrize("technology", ["exact", "mortal-default"])
def test_the_untaught_guess(technology):
    data = load_data("digits")
    population = grow(technology, (64, 32), 16, "forward-forward", seed=1)
    exam = population.examine(data.inputs_test, data.labels_test)
    assert exam.chance == 0.1
    assert exam.accuracy.mean() == pytest.approx(0.1, abs=0.05)
    assert exam.accuracy.max() < 0.3, exam.accuracy
