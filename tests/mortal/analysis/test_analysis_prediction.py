"""A planted cause is found, and where there is none seldom anything is."""

import numpy as np
import pytest
from logs_made_up import log_of
from scipy.stats import spearmanr

from mortal.analysis import associations, born_traits, forest_importance
from mortal.errors import AnalysisError


def planted(draws, devices=120, parameters=8, cause=3):
    values = draws.normal(size=(devices, parameters))
    return values, np.exp(values[:, cause]) + 0.3 * draws.normal(size=devices)


def test_a_planted_cause_is_found_by_both():
    values, outcome = planted(np.random.default_rng(1))
    names = [f"p{at}" for at in range(8)]
    ranked = associations(values, outcome, names)
    assert ranked.found() == ("p3",), ranked
    assert ranked.rho[0] > 0.7
    forest = forest_importance(values, outcome, names)
    assert forest.names[0] == "p3"
    assert forest.r2 > 0.4
    assert forest.importance[0] > 10 * np.abs(forest.importance[1:]).max(), forest.importance


def test_ranks_and_chances_are_those_of_scipy():
    values, outcome = planted(np.random.default_rng(12), 15, 4)
    found = associations(np.round(values), outcome)
    for name, rho, p in zip(found.names, found.rho, found.p, strict=True):
        known = spearmanr(np.round(values)[:, int(name)], outcome)
        assert (rho, p) == pytest.approx((known.statistic, known.pvalue)), name


def test_a_forest_sees_what_no_rank_correlation_does():
    draws = np.random.default_rng(2)
    values = draws.normal(size=(150, 5))
    outcome = values[:, 2] ** 2
    assert "2" not in associations(values, outcome).found()
    forest = forest_importance(values, outcome, trees=100)
    assert forest.names[0] == "2"
    assert forest.r2 > 0.3


def test_without_a_cause_a_forest_foretells_nothing():
    draws = np.random.default_rng(3)
    found = [
        forest_importance(draws.normal(size=(80, 6)), draws.normal(size=80), trees=60).r2
        for _ in range(5)
    ]
    assert max(found) < 0.15, found
    assert np.mean(found) < 0.03, found


def test_false_discoveries_stay_at_the_rate_asked_for():
    draws, any_found, parts = np.random.default_rng(4), 0, []
    for _ in range(120):
        noise = draws.normal(size=(40, 20))
        any_found += bool(associations(noise, draws.normal(size=40)).found(0.1))
        values, outcome = planted(draws, 40, 20)
        found = associations(values, outcome).found(0.1)
        parts.append(sum(name != "3" for name in found) / max(len(found), 1))
    assert any_found / 120 < 0.15, any_found  # one tenth, and two standard errors
    assert np.mean(parts) < 0.15, np.mean(parts)


def by_wafer(draws, wafers=12, each=10):
    """Parameters and an outcome that have nothing to do with each other, both alike on a wafer."""
    lot = np.arange(wafers * each) // each
    values = draws.normal(size=(wafers, 8))[lot] + 0.3 * draws.normal(size=(lot.size, 8))
    return values, draws.normal(size=wafers)[lot] + 0.5 * draws.normal(size=lot.size), lot


def test_devices_of_a_wafer_are_no_independent_witnesses():
    draws, deceived, told = np.random.default_rng(8), 0, 0
    for _ in range(60):
        values, outcome, lot = by_wafer(draws)
        deceived += bool(associations(values, outcome).found())
        told += bool(associations(values, outcome, wafers=lot).found())
    assert deceived > 50, deceived
    assert told < 9, told  # three expected, three standard errors beyond


def test_a_forest_is_asked_about_wafers_it_has_not_seen():
    values, outcome, lot = by_wafer(np.random.default_rng(9))
    assert forest_importance(values, outcome, trees=60).r2 > 0.4
    assert forest_importance(values, outcome, wafers=lot, trees=60).r2 < 0.1


def test_a_cause_that_a_wafer_shares_is_found_over_wafers():
    values, outcome, lot = by_wafer(np.random.default_rng(10), wafers=30, each=4)
    outcome += 2 * values[:, 3]
    assert associations(values, outcome, wafers=lot).found()[0] == "3"
    assert forest_importance(values, outcome, wafers=lot, trees=60).names[0] == "3"


def test_too_few_wafers_are_refused():
    values, outcome, lot = by_wafer(np.random.default_rng(11), wafers=3)
    for ask in (associations, forest_importance):
        with pytest.raises(AnalysisError, match="5 wafers or more are needed, or of one, found 3"):
            ask(values, outcome, wafers=lot)
    assert associations(values, outcome, wafers=np.zeros(30)).wafers == 30


def test_the_same_seed_gives_the_same_forest():
    values, outcome = planted(np.random.default_rng(5), 40)
    one, two = (forest_importance(values, outcome, trees=50, seed=9) for _ in range(2))
    assert one.importance.tolist() == two.importance.tolist()
    assert forest_importance(values, outcome, trees=50, seed=8).r2 != one.r2


def log():
    draws, count = np.random.default_rng(6), 30
    gain = draws.normal(1, 0.1, size=(count, 2))
    present = np.ones((1, count), np.int8)
    students = np.arange(count) + 100
    elders = {
        "serial": np.arange(count),
        "array": np.array(["layer1", "layer2"]),
        "birth_wafer": np.arange(count) // 4,
        "birth_gain_mean": gain,
        "birth_step_std": np.full((count, 2), 0.3),
        "birth_bound_mean": np.full((count, 2), np.nan),
        "exam_sequence": [1],
        "exam_accuracy": gain[None, :, 1] - 0.5,
        "exam_energy": np.ones((1, count)),
        "exam_age": np.full((1, count), 9.0),
    }
    heirs = {
        "serial": students,
        "birth_wafer": students // 4,
        "birth_gain_mean": gain[:, :1],
        "transfer_sequence": [2],
        "transfer_present": present,
        "transfer_teacher_serial": np.arange(count)[None],
        "transfer_agreement_after": gain[None, :, 0] - 0.5,
    }
    is_dead = np.concatenate([gain[:, 0], gain[:, 0]]) < 1.03
    lifetime = np.where(is_dead, np.concatenate([gain[:, 0], gain[:, 0]]), np.nan)
    cause = np.where(is_dead, "accuracy", "")
    return log_of({"elders": elders, "heirs": heirs}, {"death_cause": cause, "lifetime": lifetime})


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        ("accuracy", "gain_mean[layer2]"),
        ("teachability", "gain_mean[layer1]"),
        ("lifetime", "gain_mean[layer1]"),
    ],
)
def test_what_made_an_outcome_in_a_log_is_found_there(outcome, cause):
    traits = born_traits(log(), outcome, "elders")
    assert traits.names == ("gain_mean[layer1]", "gain_mean[layer2]"), traits.names
    assert traits.outcome.shape == (30,)
    assert traits.wafers.tolist() == (np.arange(30) // 4).tolist()
    found = associations(traits.values, traits.outcome, traits.names, wafers=traits.wafers)
    assert found.found()[0] == cause
    assert found.wafers == 8


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(AnalysisError, match="one of accuracy, lifetime, teachability, found 'age'"):
        born_traits(log(), "age")
    with pytest.raises(AnalysisError, match="known teachability are needed, found 0"):
        born_traits(log(), "teachability", "heirs")
    values, outcome = planted(np.random.default_rng(7), 20, 3, 0)
    values[:, 1] = 4
    with pytest.raises(AnalysisError, match="gain is the same of all devices"):
        associations(values, outcome, ["a", "gain", "b"])
    with pytest.raises(AnalysisError, match="5 devices or more are needed, found 4"):
        associations(values[:4], outcome[:4])
