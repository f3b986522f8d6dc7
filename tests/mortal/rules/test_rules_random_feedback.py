"""Direct feedback alignment does what its equation says, and comes to agree with the gradient."""

import numpy as np
import pytest
import textbook
from hypothesis import given
from test_rules_backprop import CLASSES, LAYERS, asked, law, told

from devices import Technology, preset
from mortal import grow, load_data
from mortal.errors import RuleError
from mortal.rules import DirectFeedbackSettings, Need, PepitaSettings

RULE = "direct-feedback-alignment"


def told_directly(w, x, e, s):
    """Rows, and d of each array: the output's is the error, the others get it through B."""
    rows, currents = textbook.passed(w, x, s)
    feedback = [w[name] for name in w if name.startswith("feedback")]
    d = [textbook.slope(a, s) * (e @ b) for a, b in zip(currents, feedback, strict=False)]
    return rows, [*d, e]


def step(w, x, y, s):
    _, currents = textbook.passed(w, x, s)
    p = textbook.probabilities(currents[-1])
    rows, d = told_directly(w, x, y - p, s)
    moved = [rate * r.T @ e for rate, r, e in zip(textbook.rates(w, s), rows, d, strict=True)]
    new = {name: w[name] + move for name, move in zip(textbook.learnt(w), moved, strict=True)}
    return w | new, p


@law
@given(**told)
def test_one_step_changes_the_weights_by_what_the_equation_says(seed, **rule):
    population = grow("exact", LAYERS, 2, {"name": RULE, **rule}, seed, classes=CLASSES)
    x, y = asked(seed)
    before = textbook.weights(population)
    answers = population.rule.learn(x, y, 1.0)
    s = DirectFeedbackSettings(**rule)
    textbook.agrees(population, before, step, x, y, answers, s)
    for name, w in textbook.weights(population).items():
        assert np.array_equal(w, before[name]) == name.startswith("feedback"), name


def angles(population, x, y):
    """Degrees between what each hidden layer is told and the gradient, `[device, layer]`."""
    s, found = population.settings, []
    for device in range(len(population)):
        w = textbook.of_device(textbook.weights(population), device)
        _, true = textbook.errors(w, x.astype(np.float64), y, s)
        _, d = told_directly(w, x.astype(np.float64), true[-1], s)
        pairs = [(a.ravel(), b.ravel()) for a, b in zip(d[:-1], true[:-1], strict=True)]
        cosines = [a @ b / np.sqrt((a @ a) * (b @ b)) for a, b in pairs]
        found.append(np.degrees(np.arccos(cosines)))
    return np.array(found)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_what_layers_are_told_comes_to_lie_along_the_gradient(activation):
    data = load_data("digits", train=800, test=400)
    x, y = data.inputs_test, np.eye(10)[data.labels_test]
    rule = {"name": RULE, "activation": activation, "rate": 0.01}
    population = grow("exact", (64, 48, 48), 4, rule, seed=1)
    born = angles(population, x, y)
    population.train(data.inputs_train, data.labels_train, epochs=6)
    taught = angles(population, x, y)
    assert abs(born.mean() - 90) < 10, born
    assert taught.max() < 75, (born, taught)
    assert (taught < born).all(), (born, taught)


@pytest.mark.parametrize("settings", [DirectFeedbackSettings(), PepitaSettings()])
def test_random_feedback_needs_an_array_of_its_own(settings):
    assert settings.needs() == (Need.RANDOM_FEEDBACK,)
    exact = preset("exact").model_dump()
    bare = {**exact, "name": "bare", "cell": {"second_array": False}}
    with pytest.raises(RuleError, match=rf"{settings.name}.*random-feedback.*bare.*second_array"):
        grow(Technology.model_validate(bare), LAYERS, 1, settings)


@pytest.mark.parametrize(
    ("technology", "least"), [("exact", 0.85), ("mortal-default", 0.65), ("ecram-tang2018", 0.8)]
)
def test_it_learns_digits_and_the_untaught_guess(technology, least):
    data = load_data("digits", train=800, test=400)
    population = grow(technology, (64, 32), 2, RULE, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=6)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught
