"""Physics-aware training sends errors back through a twin that is read off the arrays."""

import sys

import numpy as np
import pytest
import textbook
from hypothesis import given
from test_rules_backprop import CLASSES, LAYERS, asked, law, told

from devices import Technology, preset, probe
from mortal import grow, load_data
from mortal.errors import RuleError
from mortal.rules import Need, PhysicsAwareSettings
from mortal.rules.twin import follow, sent_back

RULE = "physics-aware"
pytest.importorskip("torch")


@law
@given(**told)
def test_with_a_true_twin_a_step_is_a_step_down_the_gradient(seed, **rule):
    population = grow("exact", LAYERS, 2, {"name": RULE, **rule}, seed, classes=CLASSES)
    x, y = asked(seed)
    s = PhysicsAwareSettings(**rule)
    for _ in range(2):  # the second time with a twin that has followed
        before = textbook.weights(population)
        answers = population.rule.learn(x, y, 1.0)
        textbook.agrees(population, before, textbook.descended, x, y, answers, s)
    for name in ("layer2", "output"):
        twin = population.rule.memory[f"{name}.twin"]
        assert np.abs(twin - probe.weights(population.arrays[name])).max() < 1e-5


def test_what_is_sent_back_is_the_slope_of_what_the_twin_answers():
    read = {"adc_bits": 9, "output_bound": 1.0}
    clipping = Technology.model_validate({**preset("exact").model_dump(), "read": read})
    random = np.random.default_rng(2)
    twin = random.normal(size=(1, 6, 5)).astype(np.float32)
    x = random.random((1, 40, 6), np.float32)
    d = random.normal(size=(1, 40, 5)).astype(np.float32)
    scale = np.abs(x).max(axis=-1, keepdims=True).astype(np.float64)
    a = x.astype(np.float64) @ twin / scale
    assert 0.2 < (np.abs(a) > 1).mean() < 0.8
    expected = ((np.abs(a) < 1) * d) @ twin.swapaxes(1, 2)
    assert sent_back(clipping, twin, x, d) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "response",
    [
        {"kind": "constant", "asymmetry": 0.2},
        {"kind": "linear", "gamma_up": 0.8, "gamma_down": 0.3, "w_max": 0.5, "w_min": -0.7},
        {"kind": "soft-bounds", "asymmetry": -0.1, "w_max": 0.6, "w_min": -0.4},
    ],
    ids=lambda response: response["kind"],
)
def test_a_twin_follows_what_nominal_cells_do_on_average(response):
    quiet = Technology.model_validate(
        {
            "name": "quiet",
            "response": {"step": 0.002, **response},
            "spread": {"initial": 0.2},
            "read": {"noise_management": "none"},
        }
    )
    population = grow(quiet, (6, 5), 400, {"name": RULE, "bias": False}, 3, classes=4)
    array = population.arrays["layer1"]
    random = np.random.default_rng(4)
    born = probe.weights(array)
    twin = born.copy()
    for _ in range(20):
        x = random.random((10, 6), np.float32)
        d = random.normal(size=(1, 10, 5)).astype(np.float32)
        twin = follow(quiet, twin, x, d, 0.005)
        array.update(x, d, 0.005)
    after = probe.weights(array)
    # What pulses add by chance is averaged over the devices.
    moved, wrong = np.abs(after - born).mean(), np.abs((twin - after).mean(axis=0)).mean()
    assert moved > 0.03, moved
    assert wrong < 0.03 * moved, (wrong, moved)


def test_a_twin_that_is_read_answers_as_its_array_does():
    population = grow("mortal-default", (7, 60, 50), 2, RULE, 1, classes=CLASSES)
    population.rule.scan()
    x = np.random.default_rng(1).normal(size=(200, 61)).astype(np.float32)
    answers, twin = population.rule.read("layer2", x), population.rule.memory["layer2.twin"]
    for device in range(2):
        # Columns have offsets of their own, which no weight has.
        own = [y - y.mean(axis=0) for y in (answers[device], x @ twin[device])]
        alike = np.corrcoef(own[0].ravel(), own[1].ravel())[0, 1]
        assert 0.95 < alike < 1 - 1e-6, alike


def test_twins_are_read_again_when_each_device_has_had_its_batches():
    population = grow("exact", LAYERS, 3, {"name": RULE, "scan_every": 2}, 1, classes=CLASSES)
    x, y = asked(1)
    scan = 16 + 16  # powers of two, for 13 rows and for 10

    def scans():
        reads = population.arrays["layer2"].ledger.reads + population.arrays["output"].ledger.reads
        batches = population.rule.counters["batches"]
        return ((reads - batches * 2 * len(x)) / scan).tolist()

    population.rule.learn(x, y[0], 1.0)
    assert scans() == [1, 1, 1]
    some = population.rule.take(np.array([0, 2]))
    some.learn(x, y[0], 1.0)
    population.rule.put(np.array([0, 2]), some)
    assert scans() == [1, 1, 1]
    population.rule.learn(x, y[0], 1.0)
    assert scans() == [2, 1, 2]
    once = grow("exact", LAYERS, 1, {"name": RULE, "scan_every": 0}, 1, classes=CLASSES)
    for _ in range(5):
        once.rule.learn(x, y[0], 1.0)
    assert once.arrays["output"].ledger.reads == 5 * len(x) + 16


def test_through_a_fast_array_a_twin_is_what_was_read_last():
    population = grow("exact", LAYERS, 1, {"name": RULE, "through": "tiki-taka-v2"}, 1, classes=4)
    x, y = asked(1, devices=1)
    population.rule.scan()
    read = population.rule.memory["output.twin"].copy()
    population.rule.learn(x, y, 1.0)
    assert population.rule.memory["output.twin"] == pytest.approx(read, abs=1e-6)


def test_the_twin_is_paid_for():
    population = grow("mortal-default", (7, 5), 2, RULE, classes=CLASSES)
    x, y = np.ones((10, 7), np.float32), np.full((10, CLASSES), 1 / CLASSES, np.float32)
    cells, price = 6 * CLASSES, population.technology.energy.digital
    # Eight vectors of signs are read; then forward, back, and two sums of products, of ten samples.
    for expected in (8 + 40, 40):
        before = population.ledger().digital
        population.rule.learn(x, y, 1.0)
        assert population.ledger().digital - before == pytest.approx(expected * cells * price)


def test_it_needs_digital_memory_and_no_reverse_read():
    assert PhysicsAwareSettings().needs() == (Need.DIGITAL_MEMORY,)
    assert not preset("mortal-default").cell.reverse_read
    grow("mortal-default", LAYERS, 1, RULE)


def test_without_torch_it_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(RuleError, match=r"physics-aware needs torch.*pip install torch"):
        grow("exact", LAYERS, 1, RULE)


@pytest.mark.parametrize(("technology", "least"), [("exact", 0.85), ("mortal-default", 0.75)])
def test_it_learns_digits_and_the_untaught_guess(technology, least):
    data = load_data("digits", train=800, test=400)
    population = grow(technology, (64, 32), 2, RULE, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=6)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught
