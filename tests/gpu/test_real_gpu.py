"""On a GPU (`pytest -m gpu`): the bits of the processor where they are promised, and a story."""

import warnings

import numpy as np
import pytest
from same_life import lived
from small_lives import LINEAGE
from specimens import KINDS, STEP, grown, technology, weights_of
from typer.testing import CliRunner

import mortal
from devices import preset, preset_names
from devices.arrays import to_host
from devices.identity import Purpose, Stream
from devices.kernels import UnknownBackend, load
from mortal.cli import app

native = pytest.importorskip("devices.kernels.native", reason="the native kernels are not built")


def missing():
    """Return what the GPU lacks; nothing: it answers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            load("cuda")
        except UnknownBackend as error:
            return str(error)
    return ""


MISSING = missing()
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(MISSING != "", reason=MISSING)]

ROWS, COLUMNS, COUNT, BATCH = 37, 75, 5, 6
SPREAD = {"initial": 0.3, "step": 0.3, "w_max": 0.2, "w_min": 0.2, "stuck": 0.05}
WEAR = {"endurance": 60.0, "closure": 0.4, "slowing": 0.3, "noise": 2.0, "fails_low": 0.3}
READ = {"dac_bits": 7, "adc_bits": 9, "output_bound": 10.0, "output_noise": 0.06}


def signals():
    rng = np.random.default_rng(2)
    x = rng.uniform(-0.3, 1, (COUNT, BATCH, ROWS)).astype(np.float32)
    return x, rng.uniform(-1, 1, (COUNT, BATCH, COLUMNS)).astype(np.float32)


@pytest.mark.parametrize("count", [1, 100, 100_000])
def test_draws_have_the_bits_of_the_processor(count):
    whose = (5, Purpose.READ, 2, np.array([7, 3, 4]))
    ours, theirs, events = load("cuda").stream(*whose), Stream(*whose), np.array([6, 9, 2])
    for verb in ("words", "uniforms", "normals"):
        found = to_host(getattr(ours, verb)(events, count))
        assert np.array_equal(found, getattr(theirs, verb)(events, count)), verb
    assert np.array_equal(to_host(ours.cells(events, 3, 45)), theirs.cells(events, 3, 45))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", ["single", "one-sided"])
def test_updates_have_the_bits_of_the_processor(kind, cell):
    x, d = signals()
    pieces = {"spread": SPREAD, "wear": WEAR, "cell": {"kind": cell}}
    made_of = technology(kind, cycle_noise=0.4, pieces=pieces)
    ours, theirs = (grown(made_of, ROWS, COLUMNS, COUNT, backend=b) for b in ("cuda", "native"))
    for rate in (3 * STEP, 12 * STEP):
        for array in (ours, theirs):
            array.update(x, d, rate)
    assert np.array_equal(to_host(ours._state.weight), weights_of(theirs).astype(np.float32))
    assert np.array_equal(to_host(ours._state.pulses), theirs._state.pulses)
    assert np.array_equal(ours.fidelities, theirs.fidelities)
    assert np.array_equal(ours.ledger.write, theirs.ledger.write)


def test_reads_differ_by_rounding_at_most():
    x, d = signals()
    made_of = technology(pieces={"spread": SPREAD, "cell": {"reverse_read": True}})
    ours, theirs = (grown(made_of, ROWS, COLUMNS, COUNT, backend=b) for b in ("cuda", "native"))
    for verb, signal in (("forward", x), ("backward", d)):
        found, wanted = (getattr(array, verb)(signal) for array in (ours, theirs))
        np.testing.assert_allclose(to_host(found), wanted, rtol=1e-5, atol=1e-5)


def test_converted_reads_differ_by_one_code_in_few_places():
    x, _ = signals()
    made_of = technology(pieces={"spread": SPREAD, "read": READ})
    ours, theirs = (grown(made_of, ROWS, COLUMNS, COUNT, backend=b) for b in ("cuda", "native"))
    found, wanted = (to_host(array.forward(x)) for array in (ours, theirs))
    scale = np.abs(x).max(axis=2, keepdims=True)
    codes = np.rint((found - wanted) / scale / (2 * READ["output_bound"] / (2**9 - 2)))
    assert np.abs(codes).max() <= 1
    assert np.count_nonzero(codes) <= 0.001 * codes.size + 1, np.count_nonzero(codes)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_lives_as_on_the_processor(name):
    """Rounding may turn a converter's code or a verified pulse here and there, not in general."""
    ours, theirs = (lived(preset(name), backend) for backend in ("cuda", "native"))
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        wanted = theirs[key].astype(np.float64)
        assert value.shape == wanted.shape, key
        if value.size and np.isfinite(wanted).all():
            apart = np.median(np.abs(value - wanted))
            assert apart <= 1e-5 * np.abs(wanted).max(), f"{key}: {apart}"
    grown_as = next(iter(ours))
    assert np.array_equal(ours[grown_as], theirs[grown_as])


def test_a_device_is_the_same_in_any_company():
    x, d = signals()
    made_of = technology("soft-bounds", cycle_noise=0.3, pieces={"spread": SPREAD, "read": READ})
    crowd = grown(made_of, ROWS, COLUMNS, COUNT, backend="cuda")
    alone = grown(made_of, ROWS, COLUMNS, 1, first=3, backend="cuda")
    for array, here in ((crowd, slice(None)), (alone, slice(3, 4))):
        array.update(x[here], d[here], 3 * STEP)
    assert np.array_equal(to_host(crowd._state.weight)[3:4], to_host(alone._state.weight))
    apart = to_host(crowd.forward(x))[3:4] - to_host(alone.forward(x[3:4]))
    assert np.abs(apart).max() <= 2 * np.abs(x).max() * READ["output_bound"] / (2**9 - 2) + 1e-6


@pytest.mark.parametrize("rule", ["mono-forward", "{name: forward-forward, rate: 0.01}"])
def test_a_story_on_the_gpu_ends_as_on_the_processor(tmp_path, rule):
    text = LINEAGE.replace("rule: mono-forward", f"rule: {rule}").replace("count: 2", "count: 8")
    file = tmp_path / "lineage.yaml"
    file.write_text(text.replace("train: 200, test: 100", "train: 1000, test: 500"), "utf-8")
    reached = []
    for device in ("cuda", "cpu"):
        run = ["run", str(file), "--out", str(tmp_path / device), "--device", device]
        done = CliRunner().invoke(app, run)
        assert done.exit_code == 0, (done.stdout, done.stderr, done.exception)
        log = mortal.open_log(tmp_path / device)
        reached.append(log["elders"].to_dataset()["exam_accuracy"].values[0])
    apart = np.abs(reached[0] - reached[1])
    assert apart.mean() < 0.05, f"accuracies {reached[0]} and {reached[1]}"
