"""Equilibrium propagation does what its equations say, and descends the cost of a resting net."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from devices import probe
from mortal import grow, load_data
from mortal.errors import RuleError
from mortal.rules import EquilibriumPropagationSettings, Need

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=20)

LAYERS = (6, 8, 5)
CLASSES = 3
NAME = "equilibrium-propagation"


def weights(population):
    return [probe.weights(a).astype(np.float64) for a in population.arrays.values()]


def born(seed, size=0.4, batch=4, **rule):
    """Two devices with weights of about this size, inputs and soft targets."""
    population = grow("exact", LAYERS, 2, {"name": NAME, **rule}, seed, classes=CLASSES)
    random = np.random.default_rng(seed)
    for array in population.arrays.values():
        array.update(np.eye(array.rows), random.normal(0, size, (array.rows, array.columns)), 1.0)
    x = random.random((batch, LAYERS[0]), np.float32)
    y = random.dirichlet(np.ones(CLASSES), (2, batch)).astype(np.float32)
    return population, x, y


def lines(s, biased):
    return np.column_stack([s, np.ones(len(s))]) if biased else s


def sweep(w, x, s, rule, beta=0.0, y=0.0):
    """One device: each layer, in turn, where the energy is least given the others."""
    s = [x, *s]
    for at in range(1, len(s)):
        a = lines(s[at - 1], rule.bias) @ w[at - 1]
        if at < len(s) - 1:
            a = a + rule.feedback * s[at + 1] @ w[at].T[:, : s[at].shape[1]]
            s[at] = np.clip(rule.slope * a, 0, 1)
        else:
            s[at] = (a + beta * y) / (1 + beta)
    return s[1:]


def forward(w, x, rule):
    s = [x]
    for part in w[:-1]:
        s.append(np.clip(rule.slope * lines(s[-1], rule.bias) @ part, 0, 1))
    return [*s[1:], lines(s[-1], rule.bias) @ w[-1]]


def energy(w, x, s, rule, beta=0.0, y=0.0):
    """F `[sample]` of one device, after the declaration."""
    total, below = 0.5 * beta * ((s[-1] - y) ** 2).sum(axis=1), x
    for at, here in enumerate(s, start=1):
        stiffness = 1 if at == len(s) else 1 / rule.slope
        own = 0.5 * stiffness * (here**2).sum(axis=1)
        bond = (here * (lines(below, rule.bias) @ w[at - 1])).sum(axis=1)
        total = total + rule.feedback ** (at - len(s)) * (own - bond)
        below = here
    return total


@law
@given(
    seed=st.integers(0, 1000),
    rate=st.floats(0.05, 0.3),
    output_rate=st.floats(0.1, 0.5),
    beta=st.floats(0.2, 0.8),
    feedback=st.floats(0.1, 1),
    slope=st.floats(0.3, 1),
    decay=st.floats(0.5, 2),
    sweeps=st.tuples(st.integers(1, 4), st.integers(1, 3)),
    bias=st.booleans(),
)
def test_one_step_changes_the_weights_by_the_contrast_of_the_two_nudged_states(
    seed, rate, output_rate, beta, feedback, slope, decay, sweeps, bias
):
    population, x, y = born(
        seed, rate=rate, output_rate=output_rate, beta=beta, feedback=feedback, slope=slope,
        steps=sweeps[0], nudged_steps=sweeps[1], bias=bias,
    )  # fmt: skip
    rule, before = population.settings, weights(population)
    answers = population.rule.learn(x, y, decay)
    after = weights(population)
    for device in range(2):
        w, goal = [part[device] for part in before], y[device].astype(np.float64)
        free = forward(w, x, rule)
        for _ in range(sweeps[0]):
            free = sweep(w, x, free, rule)
        nudged = {}
        for sign in (1, -1):
            nudged[sign] = free
            for _ in range(sweeps[1]):
                nudged[sign] = sweep(w, x, nudged[sign], rule, sign * beta, goal)
        for at, old in enumerate(w):
            products = {
                sign: lines([x, *s][at], bias).T @ s[at] / (2 * beta) for sign, s in nudged.items()
            }
            step = rate * feedback ** (at + 1 - len(w))
            if at == len(w) - 1:
                step = output_rate / LAYERS[-1]
            moved = decay * step * (products[1] - products[-1])
            wrong = np.abs(after[at][device] - old - moved).max()
            # What float32 leaves of a difference of states, divided by the nudge.
            rounding = 1e-6 + 3e-6 * decay * step / beta
            assert wrong < 1e-3 * np.abs(moved).max() + rounding, (wrong, np.abs(moved).max())
        assume(np.abs(moved).max() > 1e-4)  # a step that does nothing proves nothing
        p = np.maximum(free[-1], 0) + 0.01
        assert answers[device] == pytest.approx(p / p.sum(axis=1, keepdims=True), abs=1e-5)


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_the_smaller_the_nudge_the_closer_to_the_gradient_of_the_cost_at_rest(seed):
    same = {"rate": 0.1, "output_rate": 0.1 * LAYERS[-1], "feedback": 0.5, "slope": 0.5}
    errors = []
    for beta in (0.4, 0.1, 0.01):
        population, x, y = born(seed, **same, beta=beta, steps=60, nudged_steps=60)
        w = [part[0] for part in weights(population)]
        true = [-0.1 * part for part in gradient(w, x, y[0], population.settings)]
        population.rule.learn(x, y, 1.0)
        moved = [part[0] - old for part, old in zip(weights(population), w, strict=True)]
        wrong = sum(((m - t) ** 2).sum() for m, t in zip(moved, true, strict=True))
        errors.append(float(np.sqrt(wrong / sum((t**2).sum() for t in true))))
    # Centered: what is wrong goes with the square of the nudge.
    assert errors[1] < errors[0] / 8, errors
    assert errors[2] < errors[1] / 20, errors
    assert errors[2] < 0.001, errors


def gradient(w, x, y, rule, nudge=1e-5):
    """d/dW of sum |s_L - y|^2 / 2 at the free rest, by central differences: all W at once."""
    flat = np.concatenate([part.ravel() for part in w])
    changed = flat + nudge * np.concatenate([np.eye(flat.size), -np.eye(flat.size)])
    parts, first = [], 0
    for part in w:
        parts.append(changed[:, first : first + part.size].reshape(-1, *part.shape))
        first += part.size
    one, s = np.ones((len(changed), len(x), 1)), [np.broadcast_to(x, (len(changed), *x.shape))]
    s += [np.zeros((len(changed), len(x), part.shape[1])) for part in w]
    for _ in range(300):  # all layers at once, halfway: another road to the same rest
        drives = [np.concatenate([s[at], one], axis=2) @ parts[at] for at in range(len(w))]
        for at in range(1, len(w)):
            back = (s[at + 1] @ parts[at].swapaxes(1, 2))[..., :-1]
            rest = np.clip(rule.slope * (drives[at - 1] + rule.feedback * back), 0, 1)
            s[at] = (s[at] + rest) / 2
        s[-1] = (s[-1] + drives[-1]) / 2
    cost = 0.5 * ((s[-1] - y) ** 2).sum(axis=(1, 2))
    slopes = (cost[: flat.size] - cost[flat.size :]) / (2 * nudge)
    return [
        part.reshape(old.shape)
        for part, old in zip(np.split(slopes, np.cumsum([p.size for p in w])[:-1]), w, strict=True)
    ]


@law
@given(
    seed=st.integers(0, 1000), beta=st.floats(-0.9, 2), feedback=st.floats(0.1, 1),
    slope=st.floats(0.2, 2), bias=st.booleans(),
)  # fmt: skip
def test_the_energy_falls_with_every_sweep_even_where_weights_are_large(
    seed, beta, feedback, slope, bias
):
    population, x, y = born(seed, size=1.5, feedback=feedback, slope=slope, bias=bias)
    rule, random = population.rule, np.random.default_rng(seed)
    states = [
        s if at == 0 else random.random(s.shape, np.float32) for at, s in enumerate(rule.passed(x))
    ]
    course = []
    for _ in range(8):
        course.append(
            [
                energy(
                    [part[d] for part in weights(population)], x,
                    [s[d].astype(np.float64) for s in states[1:]], population.settings, beta, y[d],
                )
                for d in range(2)
            ]
        )  # fmt: skip
        states = rule.relaxed(states, 1, y, beta)
    course = np.array(course)
    rounding = 1e-5 * (1 + np.abs(course).max())
    assert (np.diff(course, axis=0) < rounding).all(), np.diff(course, axis=0).max()
    assert (course[-1] < course[0] - rounding).all(), "a state that never moves proves nothing"


def test_every_sweep_is_a_read_both_ways_and_takes_time_and_energy():
    spent = []
    for steps in (1, 2, 4):
        rule = {"name": NAME, "steps": steps}
        population = grow("gokmen-vlasov2016", LAYERS, 2, rule, classes=CLASSES)
        population.rule.answer(np.ones((10, LAYERS[0]), np.float32))
        spent.append(population.ledger())
        # A forward pass through three arrays; a sweep reads two of them, and those backward.
        assert (spent[-1].reads == 10 * (3 + steps * 4)).all(), spent[-1].reads
    for name in ("busy", "read"):
        once, twice, often = (getattr(ledger, name) for ledger in spent)
        assert (twice > once).all()
        assert often - twice == pytest.approx(2 * (twice - once), rel=0.2)


def test_it_needs_the_reverse_read_and_settling_and_is_refused_without():
    assert EquilibriumPropagationSettings().needs() == (Need.REVERSE_READ, Need.SETTLING)
    with pytest.raises(RuleError, match=r"reverse-read.*mortal-default"):
        grow("mortal-default", LAYERS, 1, NAME)


def test_a_device_learns_the_same_alone_and_in_company():
    data = load_data("digits", train=60)
    y = np.eye(10, dtype=np.float32)[data.labels_train]
    together, apart = (grow("ecram-tang2018", (64, 9), 3, NAME, seed=4) for _ in range(2))
    together.rule.learn(data.inputs_train, y, 1.0)
    alone = apart.rule.take(np.array([1]))
    alone.learn(data.inputs_train, y, 1.0)
    for name, array in together.arrays.items():
        assert np.array_equal(probe.weights(array)[1], probe.weights(alone.arrays[name])[0])


def test_soft_targets_are_reached_softly():
    rule = {"name": NAME, "rate": 0.3, "output_rate": 0.3}
    population = grow("exact", (8, 32), 2, rule, classes=3)
    x = np.eye(8, dtype=np.float32)
    targets = np.random.default_rng(1).dirichlet([3, 3, 3], 8).astype(np.float32)
    for _ in range(400):
        population.rule.learn(x, targets, 1.0)
    far = np.abs(np.exp(population.answer(x)) - targets).max()
    assert far < 0.05, far


@pytest.mark.parametrize(("technology", "least"), [("exact", 0.85), ("gokmen-vlasov2016", 0.6)])
def test_it_learns_digits_and_the_untaught_guess(technology, least):
    data = load_data("digits", train=800, test=400)
    # Fewer and dimmer pixels than the default rates are for.
    rule = {"name": NAME, "rate": 0.2, "output_rate": 0.1}
    population = grow(technology, (64, 32), 2, rule, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=5)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught
