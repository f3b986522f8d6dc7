"""Maps from the literature: gradients by finite differences, known cases, and the word tie."""

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.spatial.distance import cdist

from mortal.analysis.literature import (
    associated,
    conditional_affinities,
    joint_affinities,
    multiple_maps,
    sne,
    uni_sne,
)
from mortal.analysis.literature.descent import descend
from mortal.analysis.literature.multiple_maps import multiple_maps_cost
from mortal.analysis.literature.sne import sne_cost, uni_sne_cost
from mortal.errors import AnalysisError

WORDS = ("suit", "shirt", "collar", "tie", "rope", "knot", "string")
TIE = WORDS.index("tie")
CLOTHES, ROPES = {"suit", "shirt", "collar"}, {"rope", "knot", "string"}


def conditional(draws, n=8):
    points = draws.normal(size=(n, 4))
    return conditional_affinities(cdist(points, points), 3)


def clusters(draws, each=6):
    """Two groups of points far apart in ten dimensions."""
    points = draws.normal(size=(2 * each, 10))
    points[each:, 0] += 12
    return cdist(points, points)


def words():
    """How often a word brings another to mind: tie is of two circles that are strangers."""
    strengths = np.zeros((7, 7))
    for one, word in enumerate(WORDS):
        for other, echo in enumerate(WORDS):
            circles = [circle | {"tie"} for circle in (CLOTHES, ROPES)]
            strengths[one, other] = any({word, echo} <= circle for circle in circles)
    return associated(strengths)


@pytest.mark.parametrize("background", [0.0, 0.3])
def test_gradients_are_those_of_finite_differences(background):
    draws = np.random.default_rng(1)
    p = conditional(draws)
    joint, y = joint_affinities(p), draws.normal(size=(8, 2))
    place = draws.normal(size=(3, 8, 3))
    costs = {
        "SNE": (lambda at: sne_cost(p, at), y),
        "UNI-SNE": (lambda at: uni_sne_cost(joint, at, background), y),
        "multiple maps": (lambda at: multiple_maps_cost(joint, at), place),
    }
    for name, (cost, at) in costs.items():

        def value(flat, cost=cost, at=at):
            return cost(flat.reshape(at.shape))[0]

        def slope(flat, cost=cost, at=at):
            return cost(flat.reshape(at.shape))[1].ravel()

        error = check_grad(value, slope, at.ravel(), epsilon=1e-6)
        size = np.linalg.norm(slope(at.ravel()))
        assert error < 1e-5 * size, (name, error, size)


def test_affinities_have_the_perplexity_asked_for():
    p = conditional_affinities(clusters(np.random.default_rng(2)), 4)
    entropy = -(p * np.log2(np.where(p > 0, p, 1))).sum(axis=1)
    assert 2**entropy == pytest.approx(4)
    joint = joint_affinities(p)
    assert joint.sum() == pytest.approx(1)
    assert (joint == joint.T).all()


def test_points_that_are_equally_far_come_to_stand_so():
    p = (1 - np.eye(3)) / 2
    for cost in (sne(p).cost, uni_sne(p / 3).cost, multiple_maps(p / 3, 1, starts=1).cost):
        assert cost == pytest.approx(0, abs=1e-6)
    sides = cdist(*[multiple_maps(p / 3, 1, starts=1).positions[0]] * 2)[np.triu_indices(3, 1)]
    assert sides == pytest.approx(sides.mean(), rel=0.01)


def test_two_groups_stay_two_groups_on_every_kind_of_map():
    distances = clusters(np.random.default_rng(3))
    p = conditional_affinities(distances, 3)
    joint, is_near = joint_affinities(p), np.arange(12) // 6
    maps = {
        "SNE": sne(p).positions,
        "UNI-SNE": uni_sne(joint).positions,
        "t-SNE": multiple_maps(joint, 1, starts=2).positions[0],
    }
    for name, y in maps.items():
        apart = cdist(y, y)
        np.fill_diagonal(apart, np.inf)
        assert (is_near[apart.argmin(axis=1)] == is_near).all(), name


def test_a_background_hardly_pulls_at_what_stands_apart():
    draws = np.random.default_rng(4)
    joint, y = joint_affinities(conditional(draws)), draws.normal(size=(8, 2))
    y[0] += 20
    pulls = [np.linalg.norm(uni_sne_cost(joint, y, part)[1][0]) for part in (0.0, 0.2)]
    assert pulls[1] < 1e-3 * pulls[0], pulls


def test_one_map_is_t_sne():
    draws = np.random.default_rng(5)
    p, y = joint_affinities(conditional(draws)), draws.normal(size=(8, 2))
    k = 1 / (1 + cdist(y, y, "sqeuclidean"))
    np.fill_diagonal(k, 0)
    q = k / k.sum()
    off = ~np.eye(8, dtype=bool)
    cost, slope = multiple_maps_cost(p, np.concatenate([y, np.zeros((8, 1))], axis=1)[None])
    assert cost == pytest.approx((p[off] * np.log(p[off] / q[off])).sum())
    known = 4 * (((p - q) * k)[:, :, None] * (y[:, None] - y[None])).sum(axis=1)
    assert slope[0, :, :2] == pytest.approx(known)
    assert slope[0, :, 2] == pytest.approx(0)


def test_the_word_tie_stands_near_both_its_senses_on_two_maps():
    p = words()
    one, two = multiple_maps(p, 1), multiple_maps(p, 2)
    assert two.cost < 0.6 * one.cost, (one.cost, two.cost)
    assert two.importance.sum(axis=0) == pytest.approx(1)
    assert two.importance[:, TIE].min() > 0.25, two.importance[:, TIE]
    senses = [{WORDS[at] for at in two.near(TIE, number)[:3]} for number in range(2)]
    assert sorted(senses, key=sorted) == [CLOTHES, ROPES]
    for number, circle in enumerate(senses):
        for word in circle:
            assert two.importance[number, WORDS.index(word)] > 0.6, word


def test_descent_never_ends_above_where_it_began():
    draws = np.random.default_rng(6)

    def steep(x):
        return float((np.arange(1, 6) ** 4 * x**2).sum()), 2 * np.arange(1, 6) ** 4 * x

    start = draws.normal(size=5)
    place, cost = descend(steep, start, steps=300)
    assert cost == pytest.approx(steep(place)[0])
    assert cost < 1e-3 * steep(start)[0]


@pytest.mark.parametrize(
    ("ask", "words_"),
    [
        (lambda: conditional_affinities(np.ones((4, 4)) - np.eye(4), 3), "others, 3, is needed"),
        (lambda: sne(np.eye(4)), "rows that add up to 1"),
        (lambda: uni_sne(np.ones((4, 4))), "add up to 1"),
        (lambda: uni_sne((1 - np.eye(3)) / 6, background=1), "found 1"),
        (lambda: multiple_maps((1 - np.eye(3)) / 6, 0), "found 0 and 5"),
        (lambda: associated(np.diag([1, 1, 1])), "thing 0 is associated with nothing"),
    ],
)
def test_what_makes_no_map_is_refused(ask, words_):
    with pytest.raises(AnalysisError, match=words_):
        ask()
