"""A life is taken out of an array and given back, to the same devices only, bit for bit."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import PAIR, SINGLE, grown, technology

from devices import (
    CrossbarArray,
    DeviceError,
    Fidelity,
    FrozenElsewhere,
    Technology,
    WrongShape,
    calibrate,
    compensate,
    preset,
    preset_names,
    probe,
    program,
)
from devices.energy import Ledger
from devices.kernels import available
from devices.reading import Correction, Fluctuation
from devices.state import CellState, Counters

ROWS, COLUMNS, COUNT = 6, 7, 4
BACKENDS = [name for name in ("reference", "native") if name in available()]

CORRECTED = Technology.model_validate(
    SINGLE.model_dump()
    | {
        "name": "corrected",
        "cell": {"reverse_read": True},
        "disturb": {"half_select": 1e-3, "read": 1e-6},  # so little that reads add up
        "energy": {"dac": 1e-13, "adc": 2e-12, "digital": 5e-13},
        "read": SINGLE.read.model_dump()
        | {"calibration": "per-column", "bound_management": 2, "output_bound": 1.0},
    }
)
EVERYTHING = [SINGLE, PAIR, CORRECTED]
TECHNOLOGIES = [*EVERYTHING, *map(preset, preset_names())]

GROWN = {
    "declared", "technology", "rows", "columns", "serials", "made_as", "seed", "array", "backend",
    "_kernels", "_physical_rows", "_cells", "_column_errors", "_row_errors", "_unablated",
}  # fmt: skip
"""Attributes of an array that manufacture gives; no life changes them, and none is frozen."""
LIVED = {"ledger", "fidelities", "_state", "_fluctuation", "_correction", "_counters"}


def signals(*shape, seed):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


class Life:
    """What happens to an array: every verb, with all that is answered on the way."""

    def __init__(self, positions=None):
        self.of = np.arange(COUNT) if positions is None else np.asarray(positions)
        self.answers = []
        self.calibrated = None

    def go_on(self, array, seed):
        x, d = signals(COUNT, 5, ROWS, seed=seed), signals(COUNT, 5, COLUMNS, seed=seed + 100)
        x, d, shared = x[self.of], d[self.of], x[0]
        has = array.technology
        if has.read.calibration != "none" and self.calibrated is None:
            self.calibrated = calibrate(array, shared)
        self.answers += [array.forward(x), array.forward(shared)]
        if has.cell.reverse_read:
            self.answers.append(array.backward(d))
        for fidelity in (None, Fidelity.PER_SAMPLE):
            array.update(x, d, 0.05, fidelity)
        array.wait(1e5, 330.0)
        self.answers.append(array.forward(x))
        if self.calibrated is not None:
            compensate(array, self.calibrated)
            self.answers.append(array.forward(x))
        goal = signals(ROWS, COLUMNS, seed=seed) / 4
        report = program(array, goal, read_error=0.01, rounds=3)
        self.answers += [report.pulses, report.joules, probe.weights(array, 0.02)]
        array.wait(1e3)
        self.answers.append(array.forward(shared))
        if has.cell.reverse_read:
            self.answers.append(array.backward(d))
        return self


def numbers_of(thing, path=""):
    """Every number in an array of devices, however deep, as bytes by its path."""
    if is_dataclass(thing) and not isinstance(thing, type):
        inside = {field.name: getattr(thing, field.name) for field in fields(thing)}
    elif isinstance(thing, CrossbarArray | dict):
        inside = thing if isinstance(thing, dict) else vars(thing)
    elif isinstance(thing, np.ndarray | np.generic):
        return {path: (thing.dtype.str, thing.shape, thing.tobytes())}
    else:
        return {path: thing}
    return {
        where: number
        for name, value in inside.items()
        for where, number in numbers_of(value, f"{path}.{name}").items()
    }


def assert_same(found, wanted, what):
    found, wanted = numbers_of(found), numbers_of(wanted)
    different = [path for path in found.keys() | wanted.keys() if found[path] != wanted[path]]
    assert not different, f"{what}: {sorted(different)}"


def regrown(made_of, backend="reference", serials=range(COUNT)):
    return CrossbarArray(made_of, ROWS, COLUMNS, serials=serials, seed=7, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("made_of", TECHNOLOGIES, ids=lambda made_of: made_of.name)
def test_a_thawed_device_lives_on_as_if_it_had_never_been_frozen(made_of, backend):
    array, life = regrown(made_of, backend), Life()
    life.go_on(array, 1).go_on(array, 2)
    frozen = array.freeze()
    again = regrown(made_of, backend)
    again.thaw(frozen)
    assert_same(again, array, "thawed")
    later = Life()
    later.calibrated, life.answers = life.calibrated, []
    life.go_on(array, 3)
    later.go_on(again, 3)
    for one, other in zip(life.answers, later.answers, strict=True):
        assert np.array_equal(one, other)
    assert_same(again, array, "later")


@pytest.mark.parametrize("made_of", EVERYTHING, ids=lambda made_of: made_of.name)
def test_some_devices_are_a_selection_of_what_was_frozen(made_of):
    array = regrown(made_of)
    Life().go_on(array, 1)
    at = [3, 0]
    frozen = {name: numbers[at] for name, numbers in array.freeze().items()}
    part = array.take(at)
    for some in (regrown(made_of, serials=np.array(at)), regrown(made_of).take(at)):
        some.thaw(frozen)
        assert_same(some, part, "thawed")
        own = array.take(at)
        answers = [Life(at).go_on(one, 2).answers for one in (own, some)]
        for one, other in zip(*answers, strict=True):
            assert np.array_equal(one, other)
        assert_same(some, own, "later")


def test_whatever_a_life_can_change_is_changed_here_and_frozen():
    # A new attribute must be put among the grown or the lived; the lived must be frozen.
    assert vars(grown(SINGLE)).keys() == GROWN | LIVED
    changed = set()
    for made_of in EVERYTHING:
        array = regrown(made_of)
        born, frozen = numbers_of(array), array.freeze()
        Life().go_on(array, 1).go_on(array, 2)
        after, refrozen = numbers_of(array), array.freeze()
        here = {path for path in after if after[path] != born.get(path)}
        assert {path.split(".")[1] for path in here} <= LIVED
        changed |= here
        names = {
            name for name in refrozen
            if name not in frozen or not np.array_equal(refrozen[name], frozen[name])
        }  # fmt: skip
        assert names == {path.lstrip("._") for path in here}
    kinds = {"_state": CellState, "_counters": Counters, "ledger": Ledger,
             "_fluctuation": Fluctuation, "_correction": Correction}  # fmt: skip
    every = {f".{name}.{field.name}" for name, kind in kinds.items() for field in fields(kind)}
    never = (every | {".fidelities"}) - changed
    assert not never, f"this test does not exercise {sorted(never)}"


def test_what_is_frozen_is_a_copy_that_no_life_reaches():
    array = regrown(CORRECTED)
    life = Life().go_on(array, 1)
    frozen = array.freeze()
    before = numbers_of(frozen)
    life.go_on(array, 2)
    assert numbers_of(frozen) == before
    array.thaw(frozen)
    life.go_on(array, 3)
    assert numbers_of(frozen) == before


VERBS = {
    "forward": lambda array, x, d: array.forward(x),
    "backward": lambda array, x, d: array.backward(d),
    "update": lambda array, x, d: array.update(x, d, 0.05),
    "wait": lambda array, x, d: array.wait(1e4),
    "program": lambda array, x, d: program(array, x.T @ d / 8, rounds=2),
    "calibrate": lambda array, x, d: calibrate(array, x),
    "look": lambda array, x, d: probe.weights(array, 0.1),
    "lend": lambda array, x, d: array.put([1], array.take([1])),
}


@given(
    st.lists(st.sampled_from(sorted(VERBS)), max_size=4),
    st.lists(st.sampled_from(sorted(VERBS)), max_size=3),
    st.integers(0, 2**16),
)
@settings(max_examples=25, deadline=None)
def test_thawing_and_freezing_gives_the_same_bytes_in_any_life(before, after, seed):
    array = grown(CORRECTED, 3, 4, 2)
    x, d = signals(2, 3, seed=seed), signals(2, 4, seed=seed)
    for verb in before:
        VERBS[verb](array, x, d)
    frozen = array.freeze()
    kept = numbers_of(frozen)
    for verb in after:
        VERBS[verb](array, x, d)
    for other in (array, grown(CORRECTED, 3, 4, 2)):
        other.thaw(frozen)
        assert numbers_of(other.freeze()) == kept


def test_frozen_numbers_are_of_the_processor_and_have_a_place_for_every_device():
    for name, numbers in regrown(CORRECTED).freeze().items():
        assert type(numbers) is np.ndarray, name
        assert numbers.dtype != object, name
        assert numbers.shape[0] == COUNT, name
        assert numbers.flags.c_contiguous, name


def specimen(made_of=SINGLE, rows=ROWS, columns=COLUMNS, *, serials=range(3), **more):
    more = {"seed": 7, "backend": "reference"} | more
    return CrossbarArray(made_of, rows, columns, serials=serials, **more)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"serials": np.arange(1, 4)}, r"serials \[0 1 2\] .* \[1 2 3\] is wanted"),
        ({"serials": np.array([0, 2, 1])}, r"serials \[0 1 2\] .* \[0 2 1\] is wanted"),
        ({"serials": np.arange(2)}, r"serials \[0 1 2\] .* \[0 1\] is wanted"),
        ({"made_as": np.arange(5, 8)}, r"made as \[0 1 2\] .* \[5 6 7\] is wanted"),
        ({"seed": 8}, "seed 7 .* 8 is wanted"),
        ({"array": 1}, "array 0 .* 1 is wanted"),
        ({"rows": COLUMNS, "columns": ROWS}, "shape 6 x 7 .* 7 x 6 is wanted"),
        ({"made_of": SINGLE.ablated("wear")}, "technology [0-9a-f]{12} .* [0-9a-f]{12} is wanted"),
        ({"made_of": PAIR}, "technology .* is wanted"),
    ],
    ids=["others", "order", "fewer", "made as", "seed", "array", "shape", "without", "technology"],
)
def test_a_life_is_refused_by_any_other_device(other, said):
    array = specimen()
    array.update(signals(2, ROWS, seed=0), signals(2, COLUMNS, seed=1), 0.05)
    stranger = specimen(**other)
    before = numbers_of(stranger)
    with pytest.raises(FrozenElsewhere, match=said) as caught:
        stranger.thaw(array.freeze())
    assert isinstance(caught.value, DeviceError)
    assert isinstance(caught.value, ValueError)
    assert numbers_of(stranger) == before


def test_a_device_made_as_another_is_thawed_as_such_only():
    own = specimen(made_as=np.arange(5, 8))
    again = specimen(made_as=np.arange(5, 8))
    again.thaw(own.freeze())
    with pytest.raises(FrozenElsewhere, match="made as"):
        specimen().thaw(own.freeze())


def test_words_about_a_technology_may_change_and_numbers_may_not():
    corrected = SINGLE.model_copy(
        update={"summary": "better said", "source": "a better one", "sources": {"wear.*": "it"}}
    )
    frozen = specimen().freeze()
    specimen(corrected).thaw(frozen)
    tougher = SINGLE.wear.model_copy(update={"endurance": 4001.0})
    with pytest.raises(FrozenElsewhere, match="technology"):
        specimen(SINGLE.model_copy(update={"wear": tougher})).thaw(frozen)


@pytest.mark.parametrize("harm", ["missing", "unknown", "cut", "retyped", "half", "long"])
def test_damaged_numbers_are_refused_and_change_nothing(harm):
    array = specimen(CORRECTED)
    calibrate(array, signals(2, ROWS, seed=0))
    frozen = array.freeze()
    gain = frozen["correction.gain"]
    frozen |= {
        "missing": {},
        "unknown": {"state.soul": np.zeros(3)},
        "cut": {"state.weight": frozen["state.weight"][:, :-1]},
        "retyped": {"counters.reads": frozen["counters.reads"].astype(np.int32)},
        "half": {},
        "long": {"correction.gain": np.concatenate([gain, gain], axis=1)},
    }[harm]
    for name in {"missing": ["ledger.read"], "half": ["correction.offset"]}.get(harm, []):
        del frozen[name]
    stranger = specimen(CORRECTED)
    before = numbers_of(stranger)
    named = {"missing": r"ledger\.read", "unknown": r"state\.soul", "cut": r"state\.weight",
             "retyped": r"counters\.reads.*int32", "half": r"correction\.offset",
             "long": r"correction\.gain"}  # fmt: skip
    with pytest.raises(WrongShape, match=named[harm]):
        stranger.thaw(frozen)
    assert numbers_of(stranger) == before


def test_devices_that_were_never_corrected_thaw_so():
    fresh, array = specimen(CORRECTED), specimen(CORRECTED)
    calibrate(array, signals(2, ROWS, seed=0))
    array.thaw(fresh.freeze())
    assert_same(array, fresh, "thawed")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("made_of", TECHNOLOGIES, ids=lambda made_of: made_of.name)
def test_nobody_can_be_grown_and_thawed(made_of, backend):
    nobody = regrown(made_of, backend, range(0))
    nobody.thaw(regrown(made_of, backend).take([]).freeze())
    assert nobody.serials.size == 0


def test_nobody_does_not_become_somebody():
    nobody = specimen(serials=range(0))
    with pytest.raises(FrozenElsewhere, match=r"serials \[\] .* \[0 1 2\] is wanted"):
        specimen().thaw(nobody.freeze())


def test_exact_devices_are_frozen_like_all_others():
    array = grown(technology("exact"), ROWS, COLUMNS)
    array.update(signals(2, ROWS, seed=0), signals(2, COLUMNS, seed=1), 0.05)
    again = grown(technology("exact"), ROWS, COLUMNS)
    again.thaw(array.freeze())
    assert_same(again, array, "thawed")
