import types
from collections import OrderedDict

import numpy as np
import pytest

import distill
from distill.answers import ask
from distill.guests import PROBABILITY_FLOOR
from distill.targets import soft


class Sealed:
    """A teacher whose every attribute but `answer` is out of bounds, weights above all."""

    def __init__(self):
        object.__setattr__(self, "weights", np.ones((4, 3)))

    def __getattribute__(self, name):
        if name != "answer":
            raise AssertionError(f"{name} was touched")
        return lambda inputs: np.asarray(inputs)[np.newaxis, :, :3]


def test_nothing_of_a_teacher_is_touched_but_its_answers(make_recorder, pool):
    transcript = distill.transfer(Sealed(), make_recorder(), pool, budget=10, random=0)
    assert transcript.asked == 10
    with pytest.raises(AssertionError, match="weights was touched"):
        _ = Sealed().weights


def test_a_single_teacher_becomes_a_population_of_one(pool):
    for thing in (lambda x: x[:, :3], types.SimpleNamespace(answer=lambda x: x[:, :3])):
        assert ask(distill.as_teacher(thing), pool).shape == (1, 60, 3)


def test_a_function_of_many_devices_keeps_its_devices(make_teacher, pool):
    function = make_teacher(devices=5)
    assert np.array_equal(distill.as_teacher(function).answer(pool), function(pool))


def test_a_teacher_is_returned_untouched(make_student):
    student = make_student(1, 4, 3)
    assert distill.as_teacher(student) is student
    assert distill.as_student(student) is student


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (3.5, "float cannot teach"),
        (np.zeros((2, 2)), "ndarray cannot teach"),
        (Sealed, "give an instance"),
    ],
)
def test_what_cannot_answer_cannot_teach(thing, message):
    with pytest.raises(distill.ProtocolError, match=message):
        distill.as_teacher(thing)


def test_a_student_without_a_verb_is_refused_naming_the_verb(make_student):
    with pytest.raises(distill.ProtocolError, match=r"lacks learn\(\);"):
        distill.as_student(types.SimpleNamespace(answer=lambda x: x))
    with pytest.raises(distill.ProtocolError, match=r"lacks learn\(\) and answer\(\)"):
        distill.as_student(object())
    with pytest.raises(distill.ProtocolError, match="give an instance"):
        distill.as_student(make_student)


@pytest.fixture
def blobs():
    random = np.random.default_rng(2)
    labels = np.arange(90) % 3
    return 3 * np.eye(3)[labels] + random.standard_normal((90, 3)), labels


def test_a_forest_that_is_certain_still_gives_finite_answers(blobs):
    ensemble = pytest.importorskip("sklearn.ensemble")
    forest = ensemble.RandomForestClassifier(n_estimators=5, random_state=0).fit(*blobs)
    assert (forest.predict_proba(blobs[0]) == 0).any()
    answers = ask(distill.as_teacher(forest), blobs[0])
    assert answers.shape == (1, 90, 3)
    assert answers.min() == np.log(PROBABILITY_FLOOR)
    assert np.array_equal(answers[0].argmax(axis=1), forest.predict(blobs[0]))


def test_an_estimator_with_probabilities_alone_can_teach(blobs):
    class Certain:
        def predict_proba(self, inputs):
            return np.eye(3)[np.zeros(len(inputs), dtype=int)]

    answers = ask(distill.as_teacher(Certain()), blobs[0])
    assert np.allclose(answers[0, 0], np.log([1, 1e-7, 1e-7]))


def test_an_estimator_without_probabilities_is_refused_in_one_sentence(blobs):
    svm = pytest.importorskip("sklearn.svm")
    with pytest.raises(distill.ProtocolError) as refusal:
        distill.as_teacher(svm.LinearSVC().fit(*blobs))
    message = str(refusal.value)
    assert message.startswith("LinearSVC cannot teach: it has neither predict_log_proba nor")
    assert "\n" not in message


def test_an_estimator_of_several_outputs_is_not_taken_for_several_devices(blobs):
    tree = pytest.importorskip("sklearn.tree")
    inputs, labels = blobs
    both = tree.DecisionTreeClassifier().fit(inputs, np.stack([labels, labels], axis=1))
    with pytest.raises(distill.AnswerError, match="answers 2 questions at once"):
        ask(distill.as_teacher(both), inputs)


@pytest.fixture
def module():
    torch = pytest.importorskip("torch")
    layers = OrderedDict(
        hidden=torch.nn.Linear(4, 16),
        norm=torch.nn.BatchNorm1d(16),
        drop=torch.nn.Dropout(0.5),
        out=torch.nn.Linear(16, 3),
    )
    net = torch.nn.Sequential(layers)
    net.train()
    net.norm.eval()
    return net


def test_a_module_answers_the_log_softmax_of_its_logits_in_evaluation_mode(module, pool):
    torch = pytest.importorskip("torch")
    frozen = pool.copy()
    frozen.flags.writeable = False
    answers = ask(distill.as_teacher(module), frozen)
    module.eval()
    wanted = torch.log_softmax(module(torch.tensor(pool).float()), -1).detach().numpy()
    assert answers.shape == (1, 60, 3)
    assert np.allclose(answers[0], wanted, atol=1e-5)
    assert np.allclose(np.exp(answers).sum(axis=-1), 1)


def test_a_module_is_left_as_it_was_found(module, pool):
    modes = [part.training for part in module.modules()]
    state = {name: value.clone() for name, value in module.state_dict().items()}
    distill.as_teacher(module).answer(pool)
    assert [part.training for part in module.modules()] == modes
    assert modes == [True, True, False, True, True]
    assert all((value == state[name]).all() for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_module_that_fails_is_still_left_as_it_was_found(module):
    modes = [part.training for part in module.modules()]
    with pytest.raises(RuntimeError):
        distill.as_teacher(module).answer(np.zeros((5, 9)))
    assert [part.training for part in module.modules()] == modes


def test_a_module_of_double_precision_is_asked_in_double_precision(module, pool):
    answers = ask(distill.as_teacher(module.double()), pool)
    single = ask(distill.as_teacher(module.float()), pool)
    difference = np.abs(answers - single).max()
    assert 0 < difference < 1e-5, f"difference {difference:.2e}"


def test_a_module_teaches_a_student(module, make_student, pool):
    student = make_student(1, 4, 3, epochs=200)
    transcript = distill.transfer(module, student, pool, probe=pool)
    assert transcript.agreement_after[0] > 0.8, transcript


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (np.full((60, 3), np.nan), "180 of the teacher's 180 numbers are NaN or infinite"),
        (np.where(np.arange(180).reshape(60, 3) % 3, -np.inf, 0), "120 of .* infinite; floor"),
        (np.zeros(60), r"shape \(60,\)"),
        (np.zeros((60, 1)), "at least two classes"),
        (np.zeros((59, 3)), "59 answers to 60 inputs"),
        (np.full((60, 4), 0.25), "give their logarithms"),
        ([["cat"] * 3] * 60, "not an array of numbers"),
    ],
)
def test_broken_answers_are_refused(answers, message, pool):
    with pytest.raises(distill.AnswerError, match=message):
        ask(distill.as_teacher(lambda inputs: answers), pool)


def test_answers_that_are_probabilities_would_have_taught_something_else():
    probabilities = np.array([[[0.9, 0.09, 0.01]]])
    assert not np.allclose(soft(probabilities), soft(np.log(probabilities)), atol=0.05)
