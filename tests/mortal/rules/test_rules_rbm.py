"""Restricted Boltzmann machines learn what contrastive divergence says, by whatever chance."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plain_boltzmann import Machine, chance_of, states

from devices import Technology, preset, probe
from mortal import grow, load_data
from mortal.errors import RuleError
from mortal.rules import Need, RbmSettings

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=10)

VISIBLE, HIDDEN, CLASSES, COPIES = 4, 3, 3, 20_000


def noisy(sigma):
    read = {"noise_management": "none", "output_noise": sigma}
    told = preset("exact").model_dump() | {"name": "noisy", "read": read}
    return Technology.model_validate(told)


NOISY = noisy(0.05)


def weights(population, name="layer1", device=0):
    return probe.weights(population.arrays[name])[device].astype(np.float64)


def shaken(technology, rule, seed, layers=(VISIBLE, HIDDEN), devices=1, size=1.0):
    """Devices whose weights and digital biases are sizeable, and one input."""
    population = grow(technology, layers, devices, rule, seed, classes=CLASSES)
    random = np.random.default_rng(seed)
    for array in population.arrays.values():
        array.update(np.eye(array.rows), random.normal(0, size, (array.rows, array.columns)), 1.0)
    for name, numbers in population.rule.memory.items():
        if name.endswith(("visible", "hidden")):
            numbers[:] = random.normal(0, size, numbers.shape)
    return population, random.random((1, layers[0]), np.float32)


def machine_of(population, temperature=1.0):
    w, memory = weights(population), population.rule.memory
    if population.settings.bias == "lines":
        return Machine.with_lines(w, temperature)
    if population.settings.bias == "digital":
        a, b = (memory[f"layer1.{side}"][0].astype(np.float64) for side in ("visible", "hidden"))
        return Machine(w, a, b, temperature)
    return Machine(w, np.zeros(w.shape[0]), np.zeros(w.shape[1]), temperature)


def moved(population, before, memory):
    """What a, b and w have gained, and the cell where two bias lines cross."""
    gained, crossing = weights(population) - before, 0.0
    a, b = np.zeros(VISIBLE), np.zeros(HIDDEN)
    if population.settings.bias == "lines":
        a, b, crossing = gained[:-1, -1], gained[-1, :-1], gained[-1, -1]
        gained = gained[:-1, :-1]
    elif population.settings.bias == "digital":
        sides = "layer1.visible", "layer1.hidden"
        a, b = (population.rule.memory[name][0] - memory[name][0] for name in sides)
    return a, b, gained, crossing


def taught_once(technology, rule, seed, temperature=1.0, rate=1.0):
    """Teach many copies of an input; return what was gained and what CD-k asks for."""
    population, x = shaken(technology, {"name": "rbm", "rate": 1.0, **rule}, seed)
    machine, before = machine_of(population, temperature), weights(population)
    memory = {name: numbers.copy() for name, numbers in population.rule.memory.items()}
    y = np.full((COPIES, CLASSES), 1 / CLASSES, np.float32)
    population.rule.learn(np.repeat(x, COPIES, axis=0), y, rate / COPIES)
    *gained, crossing = moved(population, before, memory)
    assert abs(crossing) < 1e-4
    steps, is_binary = rule.get("steps", 1), rule.get("visible") == "binary"
    return gained, machine.gain(x[0].astype(np.float64), steps, is_binary)


@law
@given(
    seed=st.integers(0, 1000),
    bias=st.sampled_from(["lines", "digital", "none"]),
    products=st.sampled_from(["chances", "states"]),
    visible=st.sampled_from(["chances", "binary"]),
    steps=st.integers(1, 2),
    temperature=st.floats(0.5, 2),
)
def test_the_mean_step_is_that_of_contrastive_divergence(
    seed, bias, products, visible, steps, temperature
):
    rule = {
        "bias": bias, "products": products, "visible": visible, "steps": steps,
        "temperature": temperature,
    }  # fmt: skip
    gained, wanted = taught_once("exact", rule, seed, temperature)
    assume(np.abs(wanted[-1]).max() > 0.1)  # a step that does nothing proves nothing
    if bias == "none":
        gained, wanted = gained[2:], wanted[2:]
    for found, asked in zip(gained, wanted, strict=True):
        # Five deviations of a mean of so many products, each at most 0.5, twice.
        assert np.abs(found - asked).max() < 5 * 0.71 / np.sqrt(COPIES)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_with_the_noise_of_reads_for_chance_it_is_the_same_step(seed, temperature):
    rule = {"sampler": "device", "temperature": temperature, "products": "states"}
    gained, wanted = taught_once(NOISY, rule, seed, temperature)
    for found, asked in zip(gained, wanted, strict=True):
        # A normal noise for a logistic one: chances within 0.01, up and down and up.
        assert np.abs(found - asked).max() < 0.025 + 0.02
    assert np.linalg.norm(gained[2] - wanted[2]) < 0.15 * np.linalg.norm(wanted[2])


def test_a_loud_device_lifts_its_noise_the_less():
    rule = {"sampler": "device", "products": "states", "visible": "binary", "temperature": 0.6}
    gained, wanted = taught_once(noisy(0.9), rule, 1, 0.6)
    for found, asked in zip(gained, wanted, strict=True):
        assert np.abs(found - asked).max() < 0.025 + 0.02
    # Louder than the temperature: nothing is added, and what is drawn is hotter than asked.
    population, _ = shaken(noisy(3.0), {"name": "rbm", **rule}, 1)
    v = states(VISIBLE)[-1].astype(np.float32)[None].repeat(COPIES, axis=0)
    drawn = population.rule.drawn_up("layer1", v)[1][0].mean(axis=0)
    hot = machine_of(population, 3 / np.sqrt(2) / 1.702).up(states(VISIBLE)[-1])
    assert drawn == pytest.approx(hot, abs=0.025)


@pytest.mark.parametrize("sampler", ["digital", "device"])
def test_chains_visit_states_as_often_as_boltzmann_says(sampler):
    rule = {
        "name": "rbm", "rate": 1e-9, "chains": 500, "visible": "binary", "sampler": sampler,
        "steps": 5,
    }  # fmt: skip
    population, x = shaken(NOISY, rule, 2, size=1.2)
    machine = machine_of(population)
    joint = np.array([chance_of(states(HIDDEN), machine.up(v)) for v in states(VISIBLE)])
    wanted = np.exp(machine.log_chances()) @ joint
    assert wanted.max() > 2 / 8, "a machine that prefers nothing proves nothing"
    y, counted = np.full((1, CLASSES), 1 / CLASSES, np.float32), np.zeros(8)
    for visit in range(60):
        population.rule.learn(x, y, 1.0)
        chains = population.rule.memory["layer1.chains"][0]
        if visit >= 5:
            counted += np.bincount((chains @ [4, 2, 1]).astype(int), minlength=8)
    far = np.abs(counted / counted.sum() - wanted).sum() / 2
    assert far < (0.015 if sampler == "digital" else 0.03), far


@law
@given(seed=st.integers(0, 1000), bias=st.sampled_from(["lines", "digital"]))
def test_persistent_chains_take_away_what_they_dream(seed, bias):
    chains = 5_000
    rule = {"name": "rbm", "rate": 1.0, "chains": chains, "bias": bias}
    population, x = shaken("exact", rule, seed)
    random, machine = np.random.default_rng(seed), machine_of(population)
    start = random.integers(0, 2, HIDDEN)
    population.rule.memory["layer1.chains"][:] = start
    before = weights(population)
    memory = {name: numbers.copy() for name, numbers in population.rule.memory.items()}
    both = np.concatenate([x, x[:, ::-1]])
    population.rule.learn(both, np.full((2, CLASSES), 1 / CLASSES, np.float32), 0.01)
    *gained, crossing = moved(population, before, memory)
    assert abs(crossing) < 1e-4
    likely = (states(HIDDEN) == start).all(axis=1).astype(float)
    vk, hk, product = machine.negative(likely)
    v = both.astype(np.float64)
    wanted = v.sum(0) - 2 * vk, machine.up(v).sum(0) - 2 * hk, v.T @ machine.up(v) - 2 * product
    for found, asked in zip(gained, wanted, strict=True):
        assert found / 0.01 == pytest.approx(asked, abs=2e-3)
    after = population.rule.memory["layer1.chains"]
    assert set(np.unique(after)) <= {0.0, 1.0}
    goes_on = machine.up(machine.down(start))
    assert after[0].mean(axis=0) == pytest.approx(goes_on, abs=5 * 0.5 / np.sqrt(chains))


@law
@given(seed=st.integers(0, 1000), where=st.sampled_from(["digital", "array"]))
def test_the_readout_learns_from_soft_targets_by_the_delta_rule(seed, where):
    rule = {"name": "rbm", "readout": where, "readout_rate": 1.5}
    population, _ = shaken("exact", rule, seed, (VISIBLE, HIDDEN, 2), devices=2)
    random = np.random.default_rng(seed)
    x = random.random((6, VISIBLE), np.float32)
    y = random.dirichlet(np.ones(CLASSES), (2, 6)).astype(np.float32)
    memory = population.rule.memory.get("readout")
    if memory is not None:
        memory[:] = random.normal(size=memory.shape)
        memory = memory.astype(np.float64)
    machines = [Machine.with_lines(weights(population, name, 1)) for name in ("layer1", "layer2")]
    readout = weights(population, "readout", 1) if memory is None else memory[1]
    answers = population.rule.learn(x, y, 0.5)
    shown, signal = [], x.astype(np.float64)
    for machine in machines:
        signal = machine.up(signal)
        off = signal - signal.mean(axis=1, keepdims=True)
        shown.append(off / np.sqrt((off**2).mean(axis=1, keepdims=True)))
    u = np.column_stack(shown)
    u = np.column_stack([u, np.abs(u).max(axis=1)])
    scores = np.exp(u @ readout)
    p = scores / scores.sum(axis=1, keepdims=True)
    assert answers[1] == pytest.approx(p, abs=1e-3)
    taught = population.rule.memory.get("readout")
    after = weights(population, "readout", 1) if taught is None else taught[1]
    assert after - readout == pytest.approx(0.75 / u.shape[1] * u.T @ (y[1] - p), abs=1e-3)


def bars():
    """The fourteen pictures of 3 x 3 with whole rows or whole columns, and the others' absence."""
    rows = np.repeat(states(3), 3, axis=1)
    columns = np.tile(states(3), (1, 3))
    return np.unique(np.concatenate([rows, columns]), axis=0).astype(np.float32)


@pytest.mark.parametrize("rule", [{}, {"chains": 20}, {"sampler": "device"}], ids=str)
def test_learning_lowers_the_reconstruction_error_and_makes_the_data_likelier(rule):
    x = bars()
    assert len(x) == 14
    at = (x @ (2 ** np.arange(8, -1, -1))).astype(int)  # their numbers among all states
    rule = {"name": "rbm", "rate": 0.05, **rule}
    population = grow(NOISY, (9, 8), 2, rule, seed=1, classes=2)

    def seen():
        wrong = np.square(population.rule.reconstruct(x) - x).mean(axis=(1, 2))
        likely = [
            Machine.with_lines(weights(population, device=device)).log_chances()[at].mean()
            for device in range(2)
        ]
        return wrong, np.array(likely)

    wrong, likely = seen()
    assert likely == pytest.approx(-9 * np.log(2), abs=0.5), "born, it finds all states alike"
    population.train(np.tile(x, (20, 1)), np.zeros(280, int), epochs=30, batch=14, decay=0.1)
    less_wrong, likelier = seen()
    assert (less_wrong < 0.5 * wrong).all(), (wrong, less_wrong)
    # Independent pixels of the data's own brightness reach -9 ln 2 too: each is on half the time.
    assert (likelier > likely + 1.5).all(), (likely, likelier)


def test_the_noise_of_the_device_needs_two_reads_and_no_generator():
    y = np.full((5, CLASSES), 1 / CLASSES, np.float32)
    reads = {}
    for sampler in ("digital", "device"):
        rule = {"name": "rbm", "sampler": sampler, "readout": "array"}
        population, _ = shaken(NOISY, rule, 1, devices=2)
        population.rule.learn(np.ones((5, VISIBLE), np.float32), y, 1.0)
        assert (population.rule.counters["draws"] == (5 if sampler == "digital" else 0)).all()
        reads[sampler] = population.ledger().reads
    # Up for the answer and its readout, up, down, up; or each drawn vector once more.
    assert (reads["digital"] == 5 * 5).all()
    assert (reads["device"] == 5 * 6).all()


def test_chance_is_refused_where_reads_are_always_the_same():
    for technology in ("exact", NOISY.ablated("read.output_noise")):
        with pytest.raises(RuleError, match=r"rule rbm.*noisy-read.*read\.output_noise"):
            grow(technology, (4, 3), 1, {"name": "rbm", "sampler": "device"})
    grow(NOISY, (4, 3), 1, {"name": "rbm", "sampler": "device"})
    with pytest.raises(RuleError, match=r"reverse-read.*mortal-default"):
        grow("mortal-default", (4, 3), 1, "rbm")


def test_each_setting_declares_what_it_needs():
    both, memory = Need.REVERSE_READ, Need.DIGITAL_MEMORY
    for rule, needs in (
        ({}, {both, Need.SAMPLING, memory}),
        ({"readout": "array"}, {both, Need.SAMPLING}),
        ({"readout": "array", "sampler": "device"}, {both, Need.NOISY_READ}),
        ({"readout": "array", "bias": "digital"}, {both, Need.SAMPLING, memory}),
        ({"readout": "array", "chains": 3}, {both, Need.SAMPLING, memory}),
    ):
        assert set(RbmSettings(**rule).needs()) == needs


@pytest.mark.parametrize(
    ("technology", "rule", "least"),
    [
        ("exact", {}, 0.85),
        ("exact", {"chains": 32}, 0.8),
        ("exact", {"readout": "array", "bias": "digital"}, 0.8),
        ("gokmen-vlasov2016", {"sampler": "device"}, 0.8),
        ("ecram-tang2018", {"sampler": "device", "write": "netted"}, 0.8),
    ],
    ids=str,
)
def test_it_learns_digits_and_the_untaught_guess(technology, rule, least):
    data = load_data("digits", train=800, test=400)
    population = grow(technology, (64, 48), 2, {"name": "rbm", **rule}, seed=1)
    x = data.inputs_test
    untaught = population.examine(x, data.labels_test).accuracy
    wrong = np.square(population.rule.reconstruct(x) - x).mean(axis=(1, 2))
    population.train(data.inputs_train, data.labels_train, epochs=6)
    taught = population.examine(x, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught
    less_wrong = np.square(population.rule.reconstruct(x) - x).mean(axis=(1, 2))
    assert (less_wrong < 0.5 * wrong).all(), (wrong, less_wrong)


def test_few_features_that_have_learnt_are_better_than_those_it_was_born_with():
    data = load_data("digits", train=800, test=400)
    accuracy = {}
    for rate in (1e-9, 0.02):
        population = grow("exact", (64, 8), 6, {"name": "rbm", "rate": rate}, seed=1)
        population.train(data.inputs_train, data.labels_train, epochs=6)
        accuracy[rate] = population.examine(data.inputs_test, data.labels_test).accuracy
    better = accuracy[0.02] - accuracy[1e-9]  # of the same devices, with the same readout
    assert better.mean() > 0.03, accuracy
    assert (better > 0).sum() >= 5, accuracy
