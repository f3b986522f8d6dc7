"""Agreement, kappa and distances between answers, against hand-made and outside numbers."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import cohen_kappa_score

from mortal.analysis import agreement_matrix, answer_distances, kappa_matrix
from mortal.errors import AnalysisError


def answers_of(draws, devices=5, samples=40, classes=4, sharpness=2.0):
    logits = sharpness * draws.normal(size=(devices, samples, classes))
    return logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))


def naming(*rows, classes=3):
    """Answers that name classes without doubt."""
    with np.errstate(divide="ignore"):
        return np.log(np.eye(classes)[np.array(rows)])


def test_agreement_is_the_part_of_questions_answered_alike():
    found = agreement_matrix(naming([0, 1, 2, 2], [0, 1, 1, 1], [1, 0, 0, 0]))
    assert found.tolist() == [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]


def test_kappa_is_that_of_scikit_learn():
    answers = answers_of(np.random.default_rng(1))
    named, found = answers.argmax(axis=2), kappa_matrix(answers)
    for one in range(5):
        for other in range(5):
            assert found[one, other] == pytest.approx(cohen_kappa_score(named[one], named[other]))


def test_who_always_names_one_class_agrees_by_chance_alone():
    found = kappa_matrix(naming([0, 1, 2, 2], [1, 1, 1, 1]))
    assert found[0, 1] == pytest.approx(0)
    assert np.isnan(found[1, 1])


def test_distances_are_those_of_scipy():
    answers = answers_of(np.random.default_rng(2))
    p, found = np.exp(answers), answer_distances(answers)
    for one in range(5):
        for other in range(5):
            known = np.sqrt((jensenshannon(p[one], p[other], base=2, axis=1) ** 2).mean())
            assert found[one, other] == pytest.approx(known, abs=2e-4)


def test_a_distance_lies_between_the_same_answers_and_never_the_same_class():
    found = answer_distances(naming([0, 1, 2], [0, 1, 2], [1, 2, 0], [0, 2, 0]))
    assert found[0].tolist() == pytest.approx([0, 0, 1, np.sqrt(2 / 3)])
    assert (found == found.T).all()


def test_no_way_round_is_shorter_than_the_straight_one():
    found = answer_distances(answers_of(np.random.default_rng(3), 12, 10, 3, 4.0))
    round_about = (found[:, :, None] + found[None, :, :]).min(axis=1)
    assert (found <= round_about + 1e-6).all()


def test_others_are_compared_as_among_themselves():
    answers = answers_of(np.random.default_rng(4))
    for compare in (agreement_matrix, kappa_matrix, answer_distances):
        whole = compare(answers)
        assert compare(answers[:2], answers[2:]) == pytest.approx(whole[:2, 2:]), compare.__name__


@pytest.mark.parametrize(
    ("answers", "others", "words"),
    [
        (np.full((2, 3, 4), 0.25), None, "device 0 has 5.136 at sample 0"),
        (np.zeros((2, 3)), None, r"found shape \(2, 3\)"),
        (naming([0, 1]), naming([0, 1, 1]), "found 2 of 3 classes and 3 of 3"),
        (np.full((1, 1, 2), np.nan), None, "device 0 has nan"),
    ],
)
def test_what_are_no_answers_is_refused(answers, others, words):
    for compare in (agreement_matrix, answer_distances):
        with pytest.raises(AnalysisError, match=words):
            compare(answers, others)
