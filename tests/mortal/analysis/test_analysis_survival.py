"""Survival against published examples and scipy, lifetimes against the log they come from."""

import numpy as np
import pytest
from logs_made_up import log_of
from scipy import stats

from mortal.analysis import fit_weibull, life_scores, lifetimes, log_rank, survival_curve
from mortal.errors import AnalysisError
from mortal.logbook import open_log

# Weeks of remission of 42 children with leukaemia: E. J. Freireich et al., Blood 21, 699 (1963),
# as in E. A. Gehan, Biometrika 52, 203 (1965), table 1; a minus sign: still in remission.
TREATED = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
# The curve of the treated, with Greenwood's errors, as textbooks print it (D. Collett, Modelling
# Survival Data in Medical Research; J. P. Klein and M. L. Moeschberger, Survival Analysis).
PRINTED = {
    6: (0.857, 0.0764), 7: (0.807, 0.0869), 10: (0.753, 0.0963), 13: (0.690, 0.1068),
    16: (0.627, 0.1141), 22: (0.538, 0.1282), 23: (0.448, 0.1346),
}  # fmt: skip


def lives(signed):
    return np.abs(signed).astype(float), np.asarray(signed) > 0


def test_the_leukaemia_trial_gives_the_curve_that_is_printed():
    curve = survival_curve(*lives(TREATED))
    assert curve.seconds.tolist() == list(PRINTED)
    for at, (survival, error) in enumerate(PRINTED.values()):
        assert curve.survival[at] == pytest.approx(survival, abs=6e-4)
        assert curve.standard_error[at] == pytest.approx(error, abs=6e-5)
    assert curve.median == 23
    assert survival_curve(*lives(PLACEBO)).median == 8
    assert curve.at([5.9, 6, 30]).tolist() == [1, curve.survival[0], curve.survival[-1]]
    assert np.isnan(curve.at(36))


def test_curve_and_intervals_are_those_of_scipy():
    ages, died = lives(TREATED)
    known = stats.ecdf(stats.CensoredData.right_censored(ages, ~died)).sf
    curve = survival_curve(ages, died)
    assert curve.survival == pytest.approx(known.evaluate(curve.seconds))
    interval = known.confidence_interval(0.95, method="log-log")
    assert curve.low == pytest.approx(interval.low.evaluate(curve.seconds))
    assert curve.high == pytest.approx(interval.high.evaluate(curve.seconds))


def test_once_nobody_is_left_the_interval_is_unknown():
    curve = survival_curve([1.0, 2.0], [True, True])
    assert curve.survival.tolist() == [0.5, 0]
    assert np.isnan([curve.low[1], curve.high[1], curve.standard_error[1]]).all()


def test_treated_and_placebo_differ_by_the_log_rank_statistic_that_is_printed():
    ages, died = lives(TREATED + PLACEBO)
    found = log_rank(ages, died, [1] * 21 + [0] * 21)
    assert found.statistic == pytest.approx(16.79, abs=0.005)  # Collett; Klein and Moeschberger
    assert found.expected == pytest.approx([10.75, 19.25], abs=0.005)
    assert found.observed.tolist() == [21, 9]
    sides = [lives(side) for side in (TREATED, PLACEBO)]
    one, other = (stats.CensoredData.right_censored(a, ~d) for a, d in sides)
    assert found.p == pytest.approx(stats.logrank(one, other).pvalue)


def test_cohorts_that_die_alike_are_seldom_called_different():
    draws, calls = np.random.default_rng(2), 0
    for _ in range(300):
        ages = draws.weibull(2, 45)
        calls += log_rank(np.minimum(ages, 1.2), ages < 1.2, np.repeat([0, 1, 2], 15)).p < 0.05
    assert 4 <= calls <= 28, calls


def test_the_weibull_law_is_that_of_scipy():
    for signed in (TREATED, PLACEBO):
        ages, died = lives(signed)
        found = fit_weibull(ages * 1e7, died)
        data = stats.CensoredData.right_censored(ages, ~died)
        shape, _, scale = stats.weibull_min.fit(data, floc=0)
        assert found.shape == pytest.approx(shape, rel=1e-3)
        assert found.scale == pytest.approx(scale * 1e7, rel=1e-3)
        density = stats.weibull_min(found.shape, scale=found.scale)
        log = density.logpdf(ages[died] * 1e7).sum() + density.logsf(ages[~died] * 1e7).sum()
        assert found.log_likelihood == pytest.approx(log)
        assert found.survival(found.median) == pytest.approx(0.5)


def test_weibull_intervals_cover_the_law_that_lives_were_drawn_from():
    draws, hits = np.random.default_rng(3), np.zeros(2)
    for _ in range(200):
        ages = 5 * draws.weibull(1.7, 60)
        found = fit_weibull(np.minimum(ages, 6), ages < 6)
        (low, high), (short, long) = found.shape_interval, found.scale_interval
        hits += [low < 1.7 < high, short < 5 < long]
    assert (hits / 200 > 0.9).all(), hits


def test_a_life_score_adds_up_to_nothing_and_credits_those_who_live_on():
    ages, died = lives(TREATED)
    scores = life_scores(ages, died)
    assert scores.sum() == pytest.approx(0, abs=1e-12)
    assert scores[0] == pytest.approx(3 / 21 - 1)
    assert scores[3] == pytest.approx(3 / 21)  # seen alive at six weeks
    assert scores.argmax() in np.flatnonzero(ages >= 23)


def test_the_buried_and_the_living_are_censored():
    tree = log_of(
        {
            "elders": {
                "serial": [0, 1, 2, 3],
                "birth_wafer": [0, 0, 0, 0],
                "exam_sequence": [2, 4],
                "exam_accuracy": np.ones((2, 4)),
                "exam_energy": np.ones((2, 4)),
                "exam_age": [[5.0, 5, 5, 5], [9.0, 9, 9, 9]],
                "exam_present": np.array([[1, 1, 1, 0], [0, 1, 1, 0]], np.int8),
            }
        },
        {"death_cause": ["stuck", "buried", "", ""], "lifetime": [5.0, 12, np.nan, np.nan]},
    )
    found = lifetimes(tree)
    assert found.serial.tolist() == [0, 1, 2]
    assert found.seconds.tolist() == [5, 12, 9]
    assert found.is_death.tolist() == [True, False, False]
    assert found.unseen == 1


def test_a_lived_log_has_its_buried_censored_at_their_burial(lineage):
    found = lifetimes(open_log(lineage.folder)).of("elders")
    assert not found.is_death.any()
    assert (found.seconds >= 3 * 365 * 86400).all()


@pytest.mark.parametrize(
    ("ages", "died", "words"),
    [
        ([1, 2, 3], [True, False, False], "two deaths or more, found 1"),
        ([0, 2, 3], [True, True, False], "no deaths at age 0, found 1"),
        ([3, 3, 1], [True, True, False], "all 2 deaths are at the last age seen, 3 s"),
        ([1, np.nan], [True, True], "a number of 0 or more, found 1"),
        ([1, 2], [True], r"found shapes \(2,\) and \(1,\)"),
    ],
)
def test_lives_that_no_law_fits_are_refused(ages, died, words):
    with pytest.raises(AnalysisError, match=words):
        fit_weibull(ages, died)


def test_one_group_is_not_compared():
    with pytest.raises(AnalysisError, match="found 1 group and 2 deaths"):
        log_rank([1, 2], [True, True], ["a", "a"])
