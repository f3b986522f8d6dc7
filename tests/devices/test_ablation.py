"""One non-ideality is switched off; everything else, draws and fidelity included, stays."""

import numpy as np
import pytest
from pydantic import ValidationError
from specimens import PAIR, SINGLE, STEP, grown, response, weights_of

from devices import Fidelity, Technology, TechnologyError, preset, preset_names, program
from devices.identity import Purpose
from devices.kernels import available

BACKENDS = [name for name in ("reference", "native") if name in available()]
ROWS, COLUMNS, COUNT = 6, 7, 3
BARE = [Technology(name=kind, response=response(kind)) for kind in ("power", "exponential")]
EVERY = [SINGLE, *BARE, PAIR]
# What one draw divides among several shares keeps its intervals when one of them is off, the
# rounds of programming are counted on, and the mean of a drift cannot be declared alone.
NOT_DECLARED_ALIKE = {"spread.stuck", "spread.stuck_low", "spread.stuck_high", "wear.fails_low",
                      "wear.fails_high", "programming", "retention.drift_mean",
                      "retention.drift_deviation"}  # fmt: skip
ALL = [(made_of, path) for made_of in (SINGLE, *BARE) for path in made_of.non_idealities]
# Of a pair, what only it has: no one-sided cell goes down, and the rest is the same.
ALL += [(PAIR, path) for path in PAIR.non_idealities if path not in {path for _, path in ALL}]


def named(value):
    return value if isinstance(value, str) else value.name


def declared_without(made_of, path):
    """Return the technology whose declaration has the number at its value for off."""
    data = made_of.model_dump()
    *places, name = path.split(".")
    piece = data
    for place in places:
        piece = piece[place]
    piece[name] = 0.0 if isinstance(piece[name], float) and name != "decay_time" else None
    return Technology.model_validate(data)


def signals(batch=4):
    rng = np.random.default_rng(3)
    x = rng.uniform(-0.5, 1, (COUNT, batch, ROWS)).astype(np.float32)
    return x, rng.uniform(-1, 1, (COUNT, batch, COLUMNS)).astype(np.float32)


def life(made_of):
    """Return what an array answers and becomes as every verb is used on it."""
    array = grown(made_of, ROWS, COLUMNS, COUNT, backend="auto")
    (x, d), seen = signals(), []
    for _ in range(2):
        array.update(x, d, 20 * STEP, Fidelity.PER_SAMPLE)
        seen += [array.forward(x), array.backward(d)]
        array.wait(30.0)
    program(array, np.linspace(-0.8, 0.8, ROWS * COLUMNS).reshape(ROWS, COLUMNS), rounds=2)
    array.wait(1e3)
    return np.concatenate([y.ravel() for y in (*seen, array.forward(x), array._state.visible)])


@pytest.fixture(scope="module")
def whole_lives():
    return {made_of.name: life(made_of) for made_of in EVERY}


@pytest.mark.parametrize(("made_of", "path"), ALL, ids=named)
def test_an_ablated_life_is_that_of_a_technology_declared_without(made_of, path, whole_lives):
    ablated = life(made_of.ablated(path))
    if path not in NOT_DECLARED_ALIKE:
        assert np.array_equal(ablated, life(declared_without(made_of, path)))
    assert not np.array_equal(ablated, whole_lives[made_of.name]), "it does nothing"


def test_all_that_is_declared_to_have_a_value_for_off_is_put_to_the_test():
    tried = {path for _, path in ALL}
    for name in preset_names():
        assert set(preset(name).non_idealities) <= tried


def test_output_noise_switched_off_is_the_noise_that_was_added():
    read = {"output_noise": 0.1, "adc_bits": None, "dac_bits": 7}
    made_of = SINGLE.model_copy(update={"read": read, "tile": None})
    made_of = Technology.model_validate(SINGLE.model_dump() | {"read": read, "tile": None})
    noisy, quiet = (
        grown(t, ROWS, COLUMNS, COUNT) for t in (made_of, made_of.ablated("read.output_noise"))
    )
    x, _ = signals()
    scale = np.abs(x).max(axis=2, keepdims=True)
    for first in (0, 4):
        added = (noisy.forward(x) - quiet.forward(x)) / scale
        stream = noisy.stream(Purpose.READ)
        events = first + np.arange(4)
        xi = np.stack([stream.normals(event, COLUMNS) for event in events], axis=1)
        assert np.abs(added - np.float32(0.1) * xi).max() < 1e-5


CHANGED = {
    "step": {"step_up", "step_down"},
    "asymmetry": {"step_up", "step_down"},
    "w_max": {"w_max"},
    "w_min": {"w_min"},
    "gamma": {"slope_up", "slope_down"},
    "cell_gain": {"gain"},
    "curvature": {"curvature"},
    "reference": {"reference"},
    "decay": {"decay_time"},
    "drift": {"drift_exponent"},
    "stuck": {"step_up", "step_down"},
    "stuck_low": {"step_up", "step_down"},
    "stuck_high": {"step_up", "step_down"},
    "stuck_random": {"step_up", "step_down"},
    "column_gain": set(),
    "column_offset": set(),
    "column_nonlinearity": set(),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_spread_switched_off_leaves_all_other_numbers_of_every_cell(name):
    before, after = (
        vars(grown(t, 20, 30, COUNT)._cells) for t in (SINGLE, SINGLE.ablated(f"spread.{name}"))
    )
    assert {k for k in before if not np.array_equal(before[k], after[k])} == CHANGED[name]


def test_noise_switched_off_leaves_every_cell_as_it_was_made():
    paths = ("response.cycle_noise", "response.write_noise", "read", "programming", "disturb")
    before = vars(grown(SINGLE, 20, 30, COUNT)._cells)
    after = vars(grown(SINGLE.ablated(*paths, "wires"), 20, 30, COUNT)._cells)
    gone = {name for name in before if not np.array_equal(before[name], after[name])}
    assert gone == {"trap", "curvature"}, "the traps of read.noise, the mean of read.curvature"


@pytest.mark.parametrize("share", ["stuck", "stuck_low", "stuck_high", "stuck_random"])
def test_without_one_kind_of_stuck_cells_the_others_are_the_same_cells(share):
    paths = ("faults",), ("faults", f"spread.{share}")  # cells of open lines stick too
    before, after = (grown(SINGLE.ablated(*some), 40, 40, COUNT) for some in paths)
    freed = before.is_stuck() & ~after.is_stuck()
    assert 0.03 < freed.mean() < 0.07
    assert not (after.is_stuck() & ~before.is_stuck()).any()
    same = np.array_equal(weights_of(before)[~freed], weights_of(after)[~freed])
    assert same, "who is still stuck stands elsewhere"


@pytest.mark.parametrize("share", ["fails_low", "fails_high", "fails_random"])
def test_without_one_way_to_fail_the_others_fail_as_before(share):
    before, after = (
        grown(t, 40, 40, COUNT)._cells.failure for t in (SINGLE, SINGLE.ablated(f"wear.{share}"))
    )
    differs = before != after
    assert 0.15 < differs.mean() < 0.25
    assert (after[differs] == -1).all()


def test_draws_of_later_rounds_stay_where_programming_leaves_nothing():
    arrays = [grown(t, ROWS, COLUMNS, COUNT) for t in (SINGLE, SINGLE.ablated("programming"))]
    for array in arrays:
        program(array, np.full((ROWS, COLUMNS), 0.3), rounds=3)
    assert np.array_equal(arrays[0]._counters.rounds, arrays[1]._counters.rounds)


HARD = {"spread": {"initial": 0.0, "step": 0.4, "asymmetry": 0.2, "w_max": 0.3, "w_min": 0.3,
                   "stuck": 0.3, "stuck_low": 0.2}}  # fmt: skip
WORN = {"wear": {"endurance": 1000, "closure": 0.8}}
CHOOSING = [
    ("constant", {}, HARD, ("spread.step",)),
    ("constant", {}, HARD, ("spread.w_max", "spread.w_min")),
    ("linear", {}, HARD, ("spread",)),
    ("linear", {"asymmetry": 0.4}, HARD, ("response.asymmetry",)),
    ("constant", {}, HARD | {"faults": {"row_open": 0.5}}, ("faults",)),
    ("linear", {}, HARD | WORN, ("wear.closure",)),
    ("soft-bounds", {"cycle_noise": 1.0, "step": 0.05}, HARD, ("response.cycle_noise",)),
]


def fidelities(made_of, backend, kernels=None):
    """Return which fidelities devices take whose cells stand everywhere between two weights."""
    count = 40
    array = grown(made_of, 8, 9, count, backend=backend)
    if kernels is not None:
        array._kernels = kernels
    rng = np.random.default_rng(8)
    taken = []
    for edge in np.linspace(0.3, 1.1, 9):
        array._state.weight[:] = rng.uniform(edge - 0.9, edge, array._state.weight.shape)
        if array._state.pulses is not None:
            array._state.pulses[:] = 300
        x, d = (rng.uniform(-1, 1, (count, 8, lines)) for lines in (8, 9))
        before = array.fidelities.copy()
        array.update(x, d, 4 * made_of.response.step)
        taken.append(array.fidelities - before)
    return np.stack(taken)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("kind", "numbers", "pieces", "paths"), CHOOSING)
def test_the_fidelity_is_that_of_the_technology_with_everything_on(
    kind, numbers, pieces, paths, backend
):
    made_of = Technology(name="hard", response=response(kind, **numbers), **pieces)
    ablated = made_of.ablated(*paths)
    wanted = fidelities(made_of, backend)
    assert np.array_equal(fidelities(ablated, backend), wanted)
    otherwise = fidelities(ablated.emulated, backend)
    assert not np.array_equal(otherwise, wanted), "the cells that are pulsed choose alike"


def test_an_ablated_device_is_the_same_alone_and_in_company():
    made_of = Technology(name="hard", response=response(), **HARD).ablated("spread.step")
    crowd, alone = (grown(made_of, 8, 9, n, first=f) for n, f in ((6, 0), (1, 4)))
    x, d = np.random.default_rng(1).uniform(-1, 1, (2, 8, 9))
    for array in (crowd, alone):
        array._state.weight[:] *= 8
        array.update(x[:, :8], d, 4 * STEP)
    assert np.array_equal(weights_of(crowd)[4], weights_of(alone)[0])
    assert np.array_equal(crowd.fidelities[4], alone.fidelities[0])
    assert np.array_equal(crowd.take([4]).fidelities, alone.fidelities)


def test_what_is_switched_off_is_not_unknown():
    unknown = Technology(name="unknown", response=response())
    array = grown(SINGLE.ablated("retention"), ROWS, COLUMNS)
    before = weights_of(array)
    assert array.wait(1e9)
    assert np.array_equal(weights_of(array), before)
    assert not grown(unknown, ROWS, COLUMNS).wait(1e9)


def test_a_path_above_switches_off_all_that_lies_below():
    for piece in ("spread", "response", "read", "read.noise", "wear", "cell"):
        ablated = PAIR.ablated(piece)
        left = {path for path in PAIR.non_idealities if f"{path}.".startswith(f"{piece}.")}
        assert left
        assert set(ablated.non_idealities) == set(PAIR.non_idealities) - left
    everything = {path.partition(".")[0] for path in PAIR.non_idealities}
    assert PAIR.ablated(*everything).non_idealities == ()


def test_bits_that_are_the_coding_of_an_input_stay():
    serial = Technology(
        name="serial",
        response=response(),
        read={"dac_bits": 6, "adc_bits": 8, "coding": "bit-serial"},
    )
    assert serial.non_idealities == ("read.adc_bits",)
    assert serial.ablated("read").emulated.read.dac_bits == 6
    with pytest.raises(TechnologyError, match=r"read\.dac_bits is not a non-ideality"):
        serial.ablated("read.dac_bits")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "spread.cel_gain",
            "there is no 'spread.cel_gain' to switch off; did you mean spread.cell",
        ),
        ("spred", "there is no 'spred' to switch off; did you mean spread?"),
        ("response.step", "response.step is not a non-ideality (can be switched off: response."),
        ("response.w_max", "response.w_max is not a non-ideality"),
        ("response.kind", "response.kind is not a non-ideality"),
        ("write.train_length", "write.train_length is not a non-ideality"),
        ("spread.initial", "spread.initial is not a non-ideality"),
        ("wear.endurance", "wear.endurance is not a non-ideality"),
        ("energy", "energy is not a non-ideality"),
        ("", "there is no '' to switch off"),
    ],
)
def test_only_non_idealities_are_switched_off(path, said):
    with pytest.raises(TechnologyError) as caught:
        SINGLE.ablated(path)
    assert said in str(caught.value)
    assert "read.noise.telegraph, " in str(caught.value)
    with pytest.raises(ValidationError, match="without"):
        Technology.model_validate(SINGLE.model_dump() | {"without": [path]})


def test_what_a_technology_does_not_have_is_off_already():
    plain = preset("mortal-default")
    x = np.ones((2, ROWS))
    ablated, whole = (
        grown(t, ROWS, COLUMNS, COUNT)
        for t in (plain.ablated("wires", "read.noise.flicker"), plain)
    )
    assert np.array_equal(ablated.forward(x), whole.forward(x))


def test_a_technology_says_what_it_is_without_and_is_read_back():
    ablated = SINGLE.ablated("wear", "spread.step").ablated("wear")
    assert ablated.without == ("wear", "spread.step")
    assert ablated.title == "single without wear, spread.step"
    assert "single without wear, spread.step" in repr(grown(ablated, 2, 2))
    assert Technology.model_validate(ablated.model_dump(mode="json")) == ablated
    assert ablated.unablated == SINGLE
    assert SINGLE.emulated is SINGLE
