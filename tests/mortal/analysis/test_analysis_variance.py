"""Variance components come back from lots that were made of known ones."""

import numpy as np
import pytest

from devices.manufacture import manufacture, wafer_of
from devices.technology import SoftBoundsResponse, Spread, Technology
from mortal.analysis import variance_components
from mortal.errors import AnalysisError

KNOWN = {
    "technology": 4.0, "wafer": 2.0, "device": 1.0, "gradient_row": 0.5, "gradient_column": 0.3,
    "row": 0.6, "column": 0.4, "cell": 1.5, "cycle": 0.8,
}  # fmt: skip


def slope(lines):
    u = np.linspace(-1, 1, lines)
    return u / u.std()


def lot_of(draws, wafers, technologies, rows=4, columns=5, looks=2, known=KNOWN):
    """Values `[look, device, row, column]` of a lot made of known components."""
    wafers, technologies = np.unique(wafers, return_inverse=True)[1], np.asarray(technologies)
    count = wafers.size

    def part(name, *shape):
        return np.sqrt(known[name]) * draws.normal(size=shape)

    device = part("technology", technologies.max() + 1)[technologies]
    device = device + part("wafer", wafers.max() + 1)[wafers] + part("device", count)
    return (
        device[:, None, None]
        + (part("gradient_row", count, 1) * slope(rows) + part("row", count, rows))[:, :, None]
        + (part("gradient_column", count, 1) * slope(columns) + part("column", count, columns))[
            :, None, :
        ]
        + part("cell", count, rows, columns)
        + part("cycle", looks, count, rows, columns)
    )


def test_known_components_come_back_within_a_tenth():
    wafers = np.arange(4000) // 2
    technologies = wafers // 2
    values = lot_of(np.random.default_rng(1), wafers, technologies)
    found = variance_components(values, wafers, technologies, resamples=5)
    for name, truth in KNOWN.items():
        assert found.variance[name] == pytest.approx(truth, rel=0.1), (name, found.variance[name])
    assert (found.devices, found.wafers, found.technologies) == (4000, 2000, 1000)


def test_a_lot_grown_from_a_technology_shows_the_shares_it_declares():
    declared = {
        "wafer": 0.2, "row": 0.15, "column": 0.1, "gradient_row": 0.1, "gradient_column": 0.05,
    }  # fmt: skip
    spread = Spread(step=0.15, cell_gain=0.3, devices_per_wafer=2, **declared)
    technology = Technology(name="lot", response=SoftBoundsResponse(step=0.01), spread=spread)
    serials = np.arange(4000)
    cells, *_ = manufacture(technology, seed=3, array=0, serials=serials, rows=8, columns=8)
    wafers = wafer_of(spread, serials)
    steps, gains = cells.step_up.astype(float) / (0.01 * 0.15), np.log(cells.gain) / 0.3
    for values in (steps, gains):
        found = variance_components(values, wafers, resamples=20)
        expected = declared | {"cell": 0.4}
        for name, truth in expected.items():
            assert found.variance[name] == pytest.approx(truth, rel=0.1), (name, found.variance)
            assert found.share[name] == pytest.approx(truth, rel=0.12), (name, found.share)
        assert abs(found.variance["device"]) < 0.01, found.variance
        assert np.isnan(found.variance["cycle"])
        assert np.isnan(found.variance["technology"])


def test_estimates_are_unbiased_in_small_lots_of_unlike_wafers():
    wafers = np.repeat(np.arange(7), [1, 2, 3, 1, 2, 2, 4])
    technologies = np.array([0, 0, 0, 1, 1, 1, 1])[wafers]
    draws = np.random.default_rng(4)
    found = [
        variance_components(
            lot_of(draws, wafers, technologies, 3, 3), wafers, technologies, resamples=1
        ).variance
        for _ in range(400)
    ]
    for name, truth in KNOWN.items():
        seen = np.array([variance[name] for variance in found])
        error = seen.std() / np.sqrt(seen.size)
        assert abs(seen.mean() - truth) < 4 * error, (name, seen.mean(), error)


def test_balanced_wafers_give_the_textbook_analysis_of_variance():
    means = np.array([[1.0, 3.0], [4.0, 8.0], [6.0, 8.0]])  # wafer by wafer
    values = np.broadcast_to(means.reshape(-1, 1, 1), (6, 3, 3))
    found = variance_components(values, np.repeat([0, 1, 2], 2), resamples=1)
    # MS between = 2 * ((2-5)^2 + (6-5)^2 + (7-5)^2) / 2 = 14, within = (2 + 8 + 2) / 3 = 4
    assert found.variance["device"] == pytest.approx(4)
    assert found.variance["wafer"] == pytest.approx((14 - 4) / 2)
    assert found.variance["cell"] == pytest.approx(0, abs=1e-20)


def test_intervals_cover_what_is_true_about_as_often_as_they_say():
    wafers, draws = np.arange(40) // 2, np.random.default_rng(5)
    covered = dict.fromkeys(KNOWN, 0)
    for _ in range(40):
        lot = lot_of(draws, wafers, np.zeros(40, int), 4, 4, 1)
        found = variance_components(lot, wafers, resamples=100, level=0.9)
        truth = KNOWN | {"cell": KNOWN["cell"] + KNOWN["cycle"]}
        for name in KNOWN:
            covered[name] += found.low[name] <= truth[name] <= found.high[name]
    covered = {name: hits / 40 for name, hits in covered.items()}
    for name in ("wafer", "device", "gradient_row", "gradient_column", "row", "column", "cell"):
        assert 0.7 <= covered[name] <= 0.99, covered


def test_what_a_lot_cannot_tell_is_no_number():
    draws = np.random.default_rng(6)
    values = lot_of(draws, np.arange(6), np.zeros(6, int))[0]
    one_each = variance_components(values, np.arange(6), resamples=5)
    assert np.isnan(one_each.variance["wafer"])
    assert one_each.variance["device"] > 0
    alone = variance_components(values[:1], resamples=5)
    assert np.isnan(alone.variance["device"])
    assert alone.variance["cell"] > 0


@pytest.mark.parametrize(
    ("values", "wafers", "words"),
    [
        (np.zeros((3, 4)), None, r"found shape \(3, 4\)"),
        (np.zeros((3, 2, 4)), None, "found 2 rows and 4 columns"),
        (np.full((3, 4, 4), np.nan), None, "found 48 that are not"),
        (np.zeros((3, 4, 4)), [0, 1], r"wafers must be one a device, 3 in all, found shape \(2,\)"),
    ],
)
def test_a_lot_that_cannot_be_analysed_is_refused(values, wafers, words):
    with pytest.raises(AnalysisError, match=words):
        variance_components(values, wafers)


def test_intervals_need_a_level_and_draws():
    with pytest.raises(AnalysisError, match="between 0 and 1"):
        variance_components(np.zeros((3, 4, 4)), level=95)
