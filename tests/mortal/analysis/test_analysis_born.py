"""What the log tells of birth: between technologies, wafers and devices, and within devices."""

import numpy as np
import pytest
from logs_made_up import log_of

from mortal.analysis import born_components, born_shares
from mortal.errors import AnalysisError
from mortal.logbook import open_log


def lot(wafers=600, each=3):
    draws, count = np.random.default_rng(1), wafers * each
    wafer = np.arange(count) // each
    means = 10 + 2 * draws.normal(size=wafers)[wafer] + draws.normal(size=count)
    spread = np.sqrt(0.25 * draws.chisquare(50, size=count) / 50)
    return log_of(
        {
            "elders": {
                "serial": np.arange(count),
                "birth_wafer": wafer,
                "birth_step_mean": means[:, None],
                "birth_step_std": spread[:, None],
                "birth_offset_std": np.full((count, 1), np.nan),
            }
        }
    )


def test_components_between_and_within_devices_come_back_within_a_tenth():
    found = born_components(lot(), resamples=50)
    for name, truth in {"wafer": 4.0, "device": 1.0, "cell": 0.25}.items():
        assert found.variance[name] == pytest.approx(truth, rel=0.1), found.variance
        assert found.low[name] < found.variance[name] < found.high[name]
    assert np.isnan(found.variance["row"])


def test_shares_of_a_lived_log_are_those_its_technology_declares(lineage):
    tree = open_log(lineage.folder)
    for array, shares in born_shares(tree, "elders").items():
        assert sum(shares.values()) == pytest.approx(1), array
        assert shares["cell"] > 0.5, shares
    variance = born_components(tree, "gain").variance
    assert variance["cell"] > 0, variance


def test_a_parameter_that_is_not_logged_is_named_beside_those_that_are(lineage):
    tree = open_log(lineage.folder)
    with pytest.raises(AnalysisError, match=r"no stepp of the array .* it has bound_mean"):
        born_components(tree, "stepp")
    with pytest.raises(AnalysisError, match="no cohort 'nobody'"):
        born_shares(tree, "nobody")
    with pytest.raises(AnalysisError, match="of no device a number"):
        born_components(lot(4), "offset_std")


def test_who_is_made_again_for_another_life_is_no_other_witness():
    draws = np.random.default_rng(2)
    made = {
        "birth_wafer": np.arange(12) // 4,
        "birth_step_mean": draws.normal(10, 1, (12, 1)),
        "birth_step_std": draws.uniform(1, 2, (12, 1)),
    }
    elders = {"elders": {"serial": np.arange(12), **made}}
    twins = {"twins": {"serial": np.arange(12, 24), **made}}
    alone, beside = (born_components(log_of(given)) for given in (elders, elders | twins))
    assert beside.devices == 12
    assert beside.variance == pytest.approx(alone.variance, nan_ok=True)
    assert beside.high == pytest.approx(alone.high, nan_ok=True)
