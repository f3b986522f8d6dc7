import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from specimens import grown, technology, weights_of

from devices import UnsupportedVerb
from devices.errors import DeviceError

ROWS, COLUMNS = 23, 11
MISMATCH = {
    "initial": 0.3, "cell_gain": 0.25, "curvature": 0.1, "column_gain": 0.1, "column_offset": 0.1,
}  # fmt: skip


def read_path(*, spread=None, kind="constant", count=4, rows=ROWS, columns=COLUMNS, **read):
    cell = {"g_min": 2e-6, "g_max": 30e-6, "shared_access": read.pop("shared_access", False)}
    pieces = {"read": read, "spread": spread or {"initial": 0.3}, "cell": cell}
    return grown(technology(kind, pieces=pieces), rows, columns, count)


def signals(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)


def converted(v, bits, bound):
    if bits is None:
        return v
    step = 2 * bound / (2**bits - 2)
    return np.rint(np.clip(v, -bound, bound) / step) * step


def by_hand(array, x, *, is_reverse=False):
    """Return y of the equations in `Read`, cell by cell in float64, and full scale of the ADC."""
    read, cells = array.technology.read, array._cells
    lines = array._row_errors if is_reverse else array._column_errors
    w, shape = weights_of(array), weights_of(array).shape
    gain = np.ones(shape) if cells.gain is None else cells.gain.astype(np.float64)
    kappa = np.zeros(shape) if cells.curvature is None else cells.curvature.astype(np.float64)
    if is_reverse:
        w, gain, kappa = (part.swapaxes(1, 2) for part in (w, gain, kappa))
    cell, bound = array.technology.cell, 1.0
    siemens = (cell.g_max - cell.g_min) / (2 * bound)
    reference = 0.0 if cell.shared_access else (cell.g_min + bound * siemens) / siemens
    mean_kappa = read.curvature
    x = np.broadcast_to(x, (w.shape[0], *x.shape[-2:])).astype(np.float64)
    s = np.abs(x).max(axis=2, keepdims=True) if read.noise_management == "abs-max" else 1.0
    v = converted(x / s, read.dac_bits, 1.0)[:, :, :, None]
    own = (gain * (w + reference))[:, None] * v * (1 + kappa[:, None] * v**2)
    current = (own - reference * v * (1 + mean_kappa * v**2)).sum(axis=2)
    current = current * (1 + lines.gain.astype(np.float64)[:, None, :])
    current += lines.offset.astype(np.float64)[:, None, :]
    return s * converted(current, read.adc_bits, read.output_bound), s


@pytest.mark.parametrize("shape", [(5, ROWS), (4, 5, ROWS)])
def test_an_exact_array_multiplies(shape):
    array = read_path(kind="exact", noise_management="none")
    x = signals(*shape)
    off = np.abs(array.forward(x) - x.astype(np.float64) @ weights_of(array)).max()
    assert off < 3e-6, f"off by {off:.1e}"


@pytest.mark.parametrize("access", ["own", "shared"])
@pytest.mark.parametrize("management", ["abs-max", "none"])
@pytest.mark.parametrize(
    "spread",
    [{"initial": 0.3}, *({"initial": 0.3, name: MISMATCH[name]} for name in list(MISMATCH)[1:]),
     MISMATCH],
    ids=["ideal", *list(MISMATCH)[1:], "all"],
)  # fmt: skip
def test_a_read_follows_its_equations(spread, management, access):
    mean = 0.08 if "curvature" in spread else 0.0
    array = read_path(
        spread=spread,
        noise_management=management,
        curvature=mean,
        shared_access=access == "shared",
    )
    for x in (signals(6, ROWS), signals(4, 6, ROWS)):
        expected, _ = by_hand(array, x)
        off = np.abs(array.forward(x) - expected).max() / np.abs(expected).max()
        assert off < 2e-6, f"off by a factor {off:.1e}"
        d = x[..., :COLUMNS]
        expected, _ = by_hand(array, d, is_reverse=True)
        off = np.abs(array.backward(d) - expected).max() / np.abs(expected).max()
        assert off < 2e-6, f"reverse read off by a factor {off:.1e}"


def test_converters_round_and_clip_on_both_ends_of_a_read():
    array = read_path(spread=MISMATCH, dac_bits=7, adc_bits=6, output_bound=2.0, curvature=0.1)
    x = signals(200, ROWS)
    found, (expected, s) = array.forward(x), by_hand(array, x)
    step = 4 / (2**6 - 2)
    steps = np.abs(found - expected) / s / step
    # A sum within rounding of the middle between two levels may fall on either side.
    assert (steps > 1e-3).mean() < 1e-3, f"{(steps > 1e-3).mean():.4f} of outputs differ"
    assert steps.max() < 1.001
    assert np.abs(found / s).max() == pytest.approx(2.0, rel=1e-6)
    assert (np.abs(found / s) > 1.999).mean() > 0.02


@given(st.integers(-40, 40))
@settings(max_examples=20, deadline=None)
def test_under_noise_management_a_read_scales_with_its_input(power):
    array = read_path(spread=MISMATCH, dac_bits=7, adc_bits=9, output_bound=12.0)
    x = signals(8, ROWS)
    factor = np.float32(2.0**power)
    assert np.array_equal(array.forward(factor * x), factor * array.forward(x))


def test_without_noise_management_inputs_clip_at_full_scale():
    array = read_path(noise_management="none", dac_bits=8)
    full = array.forward(np.ones((1, ROWS)))
    assert np.array_equal(array.forward(np.full((1, ROWS), 7.0)), full)
    assert not np.array_equal(array.forward(np.full((1, ROWS), 0.5)), full)


def test_a_silent_input_is_read_without_dividing_by_zero():
    array = read_path(dac_bits=7, adc_bits=9)
    x = signals(3, ROWS)
    x[1] = 0
    y = array.forward(x)
    assert not y[:, 1].any()
    assert y[:, 0].any()


def noise_of(array, reads, lines="columns"):
    """Return noise in units of full scale, of an array that is all zero: the sum is noise alone."""
    if lines == "columns":
        return array.forward(np.full((reads, array.rows), 2.0)) / 2
    return array.backward(np.full((reads, array.columns), 2.0)) / 2


@pytest.mark.parametrize("lines", ["columns", "rows"])
def test_read_noise_has_its_declared_deviation(lines):
    array = read_path(spread={"initial": 0.0}, output_noise=0.06)
    noise = noise_of(array, 4000, lines).astype(np.float64)
    count = noise.size
    assert abs(noise.mean()) < 5 * 0.06 / np.sqrt(count)
    off = noise.std() / 0.06 - 1
    assert abs(off) < 5 / np.sqrt(2 * count), f"deviation off by a factor {off:.4f}"
    assert stats.kstest(noise.ravel() / 0.06, "norm").pvalue > 1e-3
    by_line = noise.reshape(-1, noise.shape[2])[:10_000]
    correlations = np.corrcoef(by_line.T) - np.eye(by_line.shape[1])
    assert np.abs(correlations).max() < 5 / np.sqrt(by_line.shape[0])


def test_noise_differs_between_reads_devices_columns_and_directions():
    array = read_path(spread={"initial": 0.0}, output_noise=0.1, rows=11)
    first, second = noise_of(array, 5), noise_of(array, 5)
    back = noise_of(array, 5, "rows")
    drawn = np.concatenate([first, second, back], axis=1)
    assert np.unique(drawn).size > 0.99 * drawn.size


def test_noise_of_a_read_does_not_depend_on_how_reads_are_batched():
    together, apart = (read_path(output_noise=0.1, dac_bits=7, adc_bits=9) for _ in range(2))
    x = signals(9, ROWS)
    whole = together.forward(x)
    parts = np.concatenate([apart.forward(x[:1]), apart.forward(x[1:5]), apart.forward(x[5:])], 1)
    # Products may be summed in another order; a whole step of the converter would show.
    assert np.abs(whole - parts).max() < 1e-5


def test_reading_changes_no_weight():
    array = read_path(spread=MISMATCH, output_noise=0.1, curvature=0.1)
    before = weights_of(array)
    array.forward(signals(50, ROWS))
    array.backward(signals(50, COLUMNS))
    assert np.array_equal(weights_of(array), before)


def test_backward_is_the_transpose_on_ideal_cells():
    array = read_path(spread={"initial": 0.3, "cell_gain": 0.25})
    x, d = signals(4, 6, ROWS), signals(4, 6, COLUMNS, seed=1)
    forth = (array.forward(x).astype(np.float64) * d).sum(axis=2)
    back = (array.backward(d).astype(np.float64) * x).sum(axis=2)
    off = np.abs(forth - back).max() / np.abs(forth).max()
    assert off < 2e-6, f"off by a factor {off:.1e}"


def test_backward_is_refused_without_a_reverse_read():
    array = grown(technology(pieces={"cell": {"reverse_read": False}}))
    with pytest.raises(UnsupportedVerb, match="specimen has no reverse read") as caught:
        array.backward(np.ones((1, 8)))
    assert isinstance(caught.value, DeviceError)
    assert isinstance(caught.value, TypeError)
    assert array.ledger.reads.sum() == 0
