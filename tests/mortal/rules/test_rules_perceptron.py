"""Rules that send an output array's error to hidden layers: what holds for all of them."""

import numpy as np
import pytest
import textbook

from mortal import grow, load_data

LAYERS, CLASSES = (6, 8, 5), 3
RULES = [
    {"name": "backprop"},
    {"name": "direct-feedback-alignment"},
    {"name": "pepita"},
    {"name": "mixed-precision"},
    {"name": "physics-aware", "scan_every": 2},
]
each = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["name"])


def grown(rule, technology="ecram-tang2018", **more):
    if rule["name"] == "physics-aware":
        pytest.importorskip("torch")
    told = {"layers": LAYERS, "count": 3, "seed": 2, "classes": CLASSES, **more}
    return grow(technology, rule=rule, **told)


def lessons(count):
    random = np.random.default_rng(5)
    for _ in range(count):
        x = random.random((4, LAYERS[0]), np.float32)
        yield x, random.dirichlet(np.ones(CLASSES), 4).astype(np.float32)


def same(one, other, devices):
    for name, w in textbook.weights(one).items():
        assert np.array_equal(w[devices], textbook.weights(other)[name]), name
    for name, numbers in one.rule.memory.items():
        assert np.array_equal(numbers[devices], other.rule.memory[name]), name


@each
def test_a_device_learns_the_same_alone_in_company_and_in_any_cut(rule):
    together, cut = grown(rule), grown(rule)
    alone = grown(rule, count=1, first_serial=1)
    for x, y in lessons(5):
        together.rule.learn(x, y, 20.0)
        alone.rule.learn(x, y, 20.0)
        for some in (np.array([2, 0]), np.array([1])):
            part = cut.rule.take(some)
            part.learn(x, y, 20.0)
            cut.rule.put(some, part)
    same(together, alone, [1])
    same(together, cut, [0, 1, 2])
    born = textbook.weights(grown(rule))
    for name, w in textbook.weights(together).items():
        assert np.array_equal(w, born[name]) == name.startswith("feedback"), name


@each
def test_a_frozen_life_goes_on_as_if_nothing_had_been(rule):
    went_on, revived = grown(rule), grown(rule)
    for x, y in lessons(3):
        went_on.rule.learn(x, y, 20.0)
    revived.thaw(went_on.freeze())
    for x, y in lessons(3):
        went_on.rule.learn(x, y, 20.0)
        revived.rule.learn(x, y, 20.0)
    same(went_on, revived, [0, 1, 2])


@each
def test_shared_targets_teach_like_the_same_targets_for_every_device(rule):
    shared, own = grown(rule), grown(rule)
    for x, y in lessons(3):
        shared.rule.learn(x, y, 20.0)
        own.rule.learn(x, np.stack([y] * 3), 20.0)
    same(shared, own, [0, 1, 2])


@each
def test_answering_changes_no_weight_and_answers_are_a_plain_forward_pass(rule):
    population = grown(rule, "exact")
    before = textbook.weights(population)
    (x, _), *_ = lessons(1)
    answers = population.answer(x)
    assert answers.shape == (3, 4, CLASSES)
    for device in range(3):
        w = textbook.of_device(before, device)
        _, currents = textbook.passed(w, x.astype(np.float64), population.settings)
        p = textbook.probabilities(currents[-1])
        assert np.exp(answers[device]) == pytest.approx(p, abs=1e-5)
    same(population, grown(rule, "exact"), [0, 1, 2])


@each
def test_hidden_arrays_learn_and_not_the_output_alone(rule):
    data, accuracy = load_data("digits", train=800, test=400), []
    for hidden in ({"rate": 1e-9}, {}):
        population = grown(rule | hidden, "exact", layers=(64, 32), count=2, classes=10)
        population.train(data.inputs_train, data.labels_train, epochs=6)
        accuracy.append(population.examine(data.inputs_test, data.labels_test).accuracy)
    output_alone, taught = accuracy
    assert (taught - output_alone).min() > 0.1, accuracy
