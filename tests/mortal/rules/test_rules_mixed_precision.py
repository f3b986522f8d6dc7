"""Mixed precision gathers the gradient digitally and sends whole pulses of it."""

import numpy as np
import pytest
import textbook
from hypothesis import given
from test_rules_backprop import CLASSES, LAYERS, asked, law, told

from devices import Technology
from mortal import grow, load_data
from mortal.errors import ConfigError, RuleError
from mortal.rules import MixedPrecisionSettings, Need

STEP = 0.01
QUIET = {
    "name": "quiet",
    "response": {"kind": "constant", "step": STEP, "w_max": 5, "w_min": -5},
    "spread": {"initial": 0.1},
    "read": {"noise_management": "none"},
}


@law
@given(**told)
def test_where_there_are_no_pulses_it_is_gradient_descent(seed, **rule):
    settings = {"name": "mixed-precision", **rule}
    population = grow("exact", LAYERS, 2, settings, seed, classes=CLASSES)
    x, y = asked(seed)
    before = textbook.weights(population)
    answers = population.rule.learn(x, y, 1.0)
    s = MixedPrecisionSettings(**rule)
    textbook.agrees(population, before, textbook.descended, x, y, answers, s)
    assert all(not chi.any() for chi in population.rule.memory.values())


def test_cells_move_by_whole_pulses_and_what_is_left_waits():
    quiet = Technology.model_validate(QUIET)
    settings = {"name": "mixed-precision", "activation": "tanh", "rate": 0.3, "output_rate": 0.1}
    population = grow(quiet, LAYERS, 2, settings, 1, classes=CLASSES)
    x, y = asked(1)
    s, born, wanted = population.settings, textbook.weights(population), 0
    for _ in range(8):
        now = textbook.weights(population)
        steps = [
            textbook.descended(textbook.of_device(now, n), x.astype(np.float64), y[n], s)[0]
            for n in range(2)
        ]
        moves = {name: np.stack([new[name] for new in steps]) - now[name] for name in now}
        wanted = moves if not wanted else {name: wanted[name] + moves[name] for name in moves}
        population.rule.learn(x, y, 1.0)
    for name, after in textbook.weights(population).items():
        pulses = (after - born[name]) / STEP
        chi = population.rule.memory[f"{name}.chi"]
        assert np.abs(pulses - pulses.round()).max() < 1e-3
        assert np.abs(pulses).max() >= 1, "nothing was sent"
        assert 0.7 * STEP < np.abs(chi).max() < STEP * (1 + 1e-4)
        assert np.abs(after - born[name] + chi - wanted[name]).max() < 1e-5


def test_a_gradient_too_small_for_a_pulse_sends_none_at_first():
    population = grow(
        Technology.model_validate(QUIET), LAYERS, 1, "mixed-precision", 1, classes=CLASSES
    )
    x, y = asked(1, devices=1)
    population.rule.learn(x, y, 0.1)
    assert not population.ledger().pulses.any()
    for _ in range(100):
        population.rule.learn(x, y, 2.0)
    assert population.ledger().pulses.all()


def test_it_needs_a_reverse_read_and_digital_memory():
    assert MixedPrecisionSettings().needs() == (Need.REVERSE_READ, Need.DIGITAL_MEMORY)
    bare = Technology.model_validate(QUIET | {"cell": {"digital_memory": False}})
    with pytest.raises(RuleError, match=r"mixed-precision.*digital-memory.*quiet"):
        grow(bare, LAYERS, 1, "mixed-precision")


@pytest.mark.parametrize("way", [{"write": "netted"}, {"through": "agad"}], ids=str)
def test_no_other_way_of_writing_can_be_asked_of_it(way):
    with pytest.raises(ConfigError, match="in its own way: leave out write and through"):
        grow("exact", LAYERS, 1, {"name": "mixed-precision", **way})


def test_digital_work_beside_the_arrays_is_paid_for():
    priced = Technology.model_validate(QUIET | {"energy": {"digital": 1e-13}})
    population = grow(priced, (7, 5), 2, "mixed-precision", classes=CLASSES)
    x, y = np.ones((10, 7), np.float32), np.full((10, CLASSES), 1 / CLASSES, np.float32)
    population.rule.answer(x)
    before = population.ledger().digital
    population.rule.learn(x, y, 1.0)
    cells = 8 * 5 + 6 * CLASSES
    assert population.ledger().digital - before == pytest.approx(10 * cells * 1e-13)


def test_it_learns_digits_with_fewer_pulses_than_outer_products_take():
    data = load_data("digits", train=800, test=400)
    pulses = {}
    for name in ("mixed-precision", "backprop"):
        population = grow("ecram-tang2018", (64, 32), 2, name, seed=1)
        untaught = population.examine(data.inputs_test, data.labels_test).accuracy
        population.train(data.inputs_train, data.labels_train, epochs=6)
        taught = population.examine(data.inputs_test, data.labels_test).accuracy
        assert untaught.max() < 0.25, untaught
        assert taught.min() > 0.75, (name, taught)
        pulses[name] = population.ledger().pulses.mean()
    assert pulses["mixed-precision"] < pulses["backprop"] / 3, pulses
