"""Forward-Forward does what its equations say, against float64 NumPy that shares no code."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from devices import CrossbarArray, probe
from mortal import grow, load_data
from mortal.schedule import Schedule

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
        h, k = np.maximum(rows @ layer, 0), layer.shape[1]
        if s.active < 1:
            k = max(round(s.active * k), 1)
            falling = -np.sort(-h, axis=1)
            gap = (falling[:, k - 1] - falling[:, k])[falling[:, k - 1] > 0]
            assume((gap > 1e-4).all())  # float32 may see another winner
            h = np.where(h >= falling[:, [k - 1]], h, 0)
        found.append((rows, h, (h**2).sum(axis=1) / k))
        rms = np.sqrt((h**2).mean(axis=1, keepdims=True))
        assume(rms.min() > 0.01)  # float32 knows nearly silent layers badly
        x = h / rms
    return found


def sigma(z):
    return 1 / (1 + np.exp(-z))


def heard(found, s):
    goodness = [g for _, _, g in found]
    return [sum(goodness)] * len(goodness) if s.collaborative else goodness


def pulled(w, state, found, drives, s, rate):
    """What one phase writes to every layer of a device, after its peers have heard of it."""
    for name, (rows, h, _), drive in zip(w, found, drives, strict=True):
        mean = state["mean"]
        mean[name] = s.peer_memory * mean[name] + (1 - s.peer_memory) * h.mean(axis=0)
        d = drive[:, None] * 2 * h + s.peer * (mean[name].mean() - mean[name])
        w[name] = w[name] + rate * rows.T @ d


def step(w, state, x, right, wrong, q, s, rate):
    """One batch of one device: new weights; `state` is changed."""
    w = dict(w)
    if s.loss == "symba":
        up, down = passed(w, x, right, s), passed(w, x, wrong, s)
        push = [
            s.alpha * (q - sigma(s.alpha * (plus - minus)))
            for plus, minus in zip(heard(up, s), heard(down, s), strict=True)
        ]
        pulled(w, state, up, push, s, rate)
        pulled(w, state, down, [-part for part in push], s, rate)
        return w
    for sign, hot, wanted in ((1, right, q), (-1, wrong, 1 - q)):
        found, push = passed(w, x, hot, s), []
        for name, goodness in zip(w, heard(found, s), strict=True):
            threshold = s.threshold
            if s.tracking:
                old = state["goodness"][name, sign]
                state["goodness"][name, sign] = (
                    s.tracking * old + (1 - s.tracking) * goodness.mean()
                )
                threshold = (state["goodness"][name, 1] + state["goodness"][name, -1]) / 2
            push.append(wanted - sigma(goodness - threshold))
        pulled(w, state, found, push, s, rate)
    return w


@law
@given(
    seed=st.integers(0, 1000),
    rate=st.floats(0.01, 0.05),
    threshold=st.floats(0.3, 3),
    tracking=st.sampled_from([0.0, 0.5, 0.9]),
    loss=st.sampled_from(["threshold", "symba"]),
    alpha=st.floats(0.3, 3),
    active=st.sampled_from([1.0, 0.5, 0.2]),
    collaborative=st.booleans(),
    peer=st.sampled_from([0.0, 0.03, 0.5]),
    peer_memory=st.floats(0, 0.95),
    label_strength=st.floats(0.3, 3),
    bias=st.booleans(),
    negatives=st.sampled_from(["uniform", "hard"]),
    targets=st.sampled_from(["likely", "soft"]),
)
def test_two_batches_change_the_weights_by_what_the_equations_say(seed, rate, targets, **settings):
    # With two classes the wrong label is the other one, so nothing is left to chance.
    population, x = grown(seed, rate=rate, targets=targets, **settings)
    s = population.settings
    told = np.random.default_rng(seed).dirichlet([1, 1], (2, len(x))).astype(np.float32)
    before = weights(population)
    expected = []
    for device in range(2):
        w = {name: part[device] for name, part in before.items()}
        state = {
            "mean": {name: np.zeros(part.shape[2]) for name, part in before.items()},
            "goodness": {(name, sign): s.threshold for name in before for sign in (1, -1)},
        }
        y = told[device].astype(np.float64)
        right = np.eye(2)[y.argmax(axis=1)]
        q = y.max(axis=1) / y.sum(axis=1) if targets == "soft" else np.ones(len(x))
        for _ in range(2):  # the second time the running means are no longer as they began
            w = step(w, state, x.astype(np.float64), right, 1 - right, q, s, rate * 1.5)
        expected.append(w)
    for _ in range(2):
        population.rule.learn(x, told, 1.5)
    for name, after in weights(population).items():
        for device in range(2):
            moved = np.abs(expected[device][name] - before[name][device]).max()
            wrong = np.abs(expected[device][name] - after[device]).max()
            assume(moved > 1e-4)  # a step that does nothing proves nothing
            assert wrong < 1e-4 * moved + 1e-6, (wrong, moved)


@law
@given(seed=st.integers(0, 1000), loss=st.sampled_from(["threshold", "symba"]))
def test_a_batch_written_netted_moves_an_ideal_device_by_the_sum_of_both_phases(seed, loss):
    rule = {"rate": 0.03, "loss": loss, "write": "netted"}
    population, x = grown(seed, **rule)
    before, s = weights(population), population.settings
    right = np.eye(2)[np.arange(len(x)) % 2]
    population.rule.learn(x, right.astype(np.float32), 1.0)
    for device in range(2):
        w = {name: part[device] for name, part in before.items()}
        mean = {name: np.zeros(part.shape[1]) for name, part in w.items()}
        expected = dict(w)
        up, down = (passed(w, x.astype(np.float64), hot, s) for hot in (right, 1 - right))
        for layer, plus, minus in zip(w, up, down, strict=True):
            if loss == "symba":
                doubts = [sigma(-s.alpha * (plus[2] - minus[2])) * s.alpha] * 2
            else:
                doubts = [sigma(s.threshold - plus[2]), sigma(minus[2] - s.threshold)]
            for (rows, h, _), doubt, sign in zip((plus, minus), doubts, (1, -1), strict=True):
                mean[layer] = s.peer_memory * mean[layer] + (1 - s.peer_memory) * h.mean(axis=0)
                d = sign * doubt[:, None] * 2 * h + s.peer * (mean[layer].mean() - mean[layer])
                expected[layer] = expected[layer] + 0.03 * rows.T @ d
            moved = np.abs(expected[layer] - w[layer]).max()
            wrong = np.abs(expected[layer] - weights(population)[layer][device]).max()
            assert wrong < 1e-4 * moved + 1e-6, (wrong, moved)
            assume(moved > 1e-4)


@law
@given(
    seed=st.integers(0, 1000),
    classes=st.integers(2, 5),
    bias=st.booleans(),
    active=st.sampled_from([1.0, 0.3]),
)
def test_answers_are_the_softmax_of_the_goodness_summed_over_layers(seed, classes, bias, active):
    population, x = grown(seed, classes, bias=bias, active=active)
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
    population, _ = grown(classes=5, devices=3, negatives="uniform")
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


def test_a_hard_negative_is_drawn_as_the_network_answers(labels_written):
    population, _ = grown(classes=4, devices=1, negatives="hard", rate=0.1)
    x = np.repeat(np.random.default_rng(1).random((1, LAYERS[0]), np.float32), 8000, axis=0)
    for _ in range(100):
        population.rule.learn(x[:1], np.eye(4, dtype=np.float32)[1:2], 1.0)
    labels_written.clear()
    p = np.exp(population.answer(x[:1]).astype(np.float64))[0, 0]
    assert p.max() > 2 * p.min(), "a network of no opinion proves nothing"
    population.rule.learn(x, np.eye(4, dtype=np.float32)[np.zeros(8000, int)], 0.0)
    found = np.bincount(labels_written[1][0], minlength=4) / 8000
    assert found[0] == 0
    expected = p[1:] / p[1:].sum()
    assert found[1:] == pytest.approx(expected, abs=4 * 0.5 / 8000**0.5)


@pytest.mark.parametrize("settings", [{}, {"loss": "threshold", "tracking": 0.9}], ids=str)
def test_a_device_learns_the_same_alone_and_in_company(settings):
    whole, x = grown(classes=4, devices=3, rate=0.03, **settings)
    targets = np.eye(4, dtype=np.float32)[np.arange(len(x)) % 4]
    whole.rule.learn(x, targets, 1.0)
    part = whole.rule.take(np.array([2]))
    for _ in range(3):
        whole.rule.learn(x, targets, 1.0)
        part.learn(x, targets, 1.0)
    for name, array in whole.arrays.items():
        assert np.array_equal(probe.weights(array)[2], probe.weights(part.arrays[name])[0])
    for name, numbers in whole.rule.memory.items():
        assert np.array_equal(numbers[2], part.memory[name][0])


@pytest.mark.parametrize("negatives", ["uniform", "hard"])
def test_to_soft_forward_forward_a_hard_target_is_the_rule_as_it_was(negatives):
    after = []
    for targets in ("likely", "soft"):
        population, x = grown(classes=3, targets=targets, negatives=negatives)
        for _ in range(3):
            population.rule.learn(x, np.eye(3, dtype=np.float32)[np.arange(len(x)) % 3], 1.0)
        after.append(weights(population))
    for name, w in after[0].items():
        assert w == pytest.approx(after[1][name], abs=1e-6)


def test_a_soft_target_counts_as_its_most_likely_class(labels_written):
    soft, x = grown(classes=3, targets="likely")
    hard, _ = grown(classes=3, targets="likely")
    targets = np.random.default_rng(2).dirichlet([1, 1, 1], (2, len(x))).astype(np.float32)
    soft.rule.learn(x, targets, 1.0)
    hard.rule.learn(x, np.eye(3, dtype=np.float32)[targets.argmax(axis=-1)], 1.0)
    assert np.array_equal(labels_written[0], targets.argmax(axis=-1))
    for name, w in weights(soft).items():
        assert np.array_equal(w, weights(hard)[name])


def test_peers_revive_a_silent_unit_and_goodness_alone_does_not():
    for peer in (0.0, 0.5):
        population, x = grown(
            peer=peer, rate=0.05, bias=False, loss="threshold", active=1.0, threshold=1.0
        )
        first = population.arrays["layer1"]
        # A unit whose weights are all negative hears nothing.
        first.update(np.ones((1, first.rows)), np.eye(first.columns)[:1] * -3, 1.0)
        silent = probe.weights(first)[:, :, 0]
        for _ in range(20):
            population.rule.learn(x, np.eye(2, dtype=np.float32)[np.arange(len(x)) % 2], 1.0)
        moved = probe.weights(first)[:, :, 0] - silent
        assert np.array_equal(moved, 0 * moved) if peer == 0 else (moved.mean() > 0.01)


@pytest.mark.parametrize(
    ("technology", "least", "settings"),
    [
        ("exact", 0.85, {}),
        ("mortal-default", 0.8, {}),
        ("exact", 0.8, {"negatives": "uniform", "active": 1.0}),
        ("exact", 0.75, {"loss": "threshold", "tracking": 0.99, "rate": 0.002}),
        ("exact", 0.8, {"collaborative": True}),
        ("exact", 0.85, {"write": "netted"}),
    ],
    ids=str,
)
def test_it_learns_to_tell_digits(technology, least, settings):
    data = load_data("digits")
    rule = {"name": "forward-forward", "rate": 0.005, **settings}
    population = grow(technology, (64, 64, 48), 2, rule, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=4)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught


def test_heirs_come_closer_to_soft_answers_by_their_odds_than_by_hard_labels():
    data = load_data("digits")
    teacher = grow("exact", (64, 48), 1, "mono-forward", seed=5)
    teacher.train(data.inputs_train, data.labels_train, epochs=5)
    mixtures = ((data.inputs_train[:640] + data.inputs_train[640:1280]) / 2).astype(np.float32)
    told, test = np.exp(teacher.answer(mixtures))[0], teacher.answer(data.inputs_test)[0]
    agreement = {}
    for targets in ("likely", "soft"):
        rule = {"name": "forward-forward", "targets": targets, "rate": 0.003}
        heirs = grow("exact", (64, 64, 48), 4, rule, seed=2)
        heirs.learn(mixtures, told, Schedule(epochs=10))
        answers = heirs.answer(data.inputs_test)
        agreement[targets] = (answers.argmax(-1) == test.argmax(-1)).mean()
    assert agreement["soft"] > agreement["likely"] > 0.75, agreement


@pytest.mark.parametrize("technology", ["exact", "mortal-default"])
def test_the_untaught_guess(technology):
    data = load_data("digits")
    population = grow(technology, (64, 32), 16, "forward-forward", seed=1)
    exam = population.examine(data.inputs_test, data.labels_test)
    assert exam.chance == 0.1
    assert exam.accuracy.mean() == pytest.approx(0.1, abs=0.05)
    assert exam.accuracy.max() < 0.3, exam.accuracy
