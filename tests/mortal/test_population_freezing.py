"""A population's life is taken out and given back: arrays, digital memory, counters, epochs."""

from dataclasses import replace

import numpy as np
import pytest

import mortal
from devices import FrozenElsewhere, WrongShape
from devices.kernels import available
from mortal.errors import DataError
from mortal.organism import Population
from mortal.rules import declare

SAMPLES, CLASSES = 40, 4
RULES = {
    "mono-forward": ("mortal-default", {}),
    "labels on an array": ("ecram-tang2018", {"name": "mono-forward", "label_matrix": "array"}),
    "forward-forward": ("mortal-default", {"name": "forward-forward", "rate": 0.01, "peer": 0.1}),
    "pairs": ("pcm-training-nandakumar2020", {}),
    "exact": ("exact", {}),
}


def population(rule="mono-forward", serials=range(3), **more):
    technology, settings = RULES[rule]
    settings = {"name": "mono-forward"} | settings
    built = {
        "technology": mortal.grow(technology, [2, 1], 1).technology,
        "layers": (6, 5, 5),
        "classes": CLASSES,
        "settings": declare(settings["name"], **settings),
        "serials": np.array(serials, np.int64),
        "seed": 7,
        "cohort": 1,
        "backend": "reference",
    } | more
    order = [built.pop(name) for name in ("technology", "layers", "classes", "settings", "serials")]
    return Population(*order, **built)


def school(*populations, positions=None, epochs=1):
    """Teach populations and return what they answer; each device has targets of its own."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (SAMPLES, 6)).astype(np.float32)
    targets = rng.dirichlet(np.ones(CLASSES), (3, SAMPLES)).astype(np.float32)
    answers = []
    for one in populations:
        given = targets if positions is None else targets[positions]
        one.learn(x, given, mortal.Schedule(epochs=epochs, batch=10))
        one.age(1e4)
        answers.append(one.answer(x[:5]))
    return answers


def bytes_of(frozen):
    numbers = {name: (n.dtype.str, n.shape, n.tobytes()) for name, n in frozen.numbers.items()}
    return frozen.build, frozen.serials.tolist(), frozen.made_as.tolist(), frozen.epochs, numbers


@pytest.mark.parametrize("rule", RULES)
def test_a_thawed_population_learns_on_as_if_it_had_never_been_frozen(rule):
    stayed = population(rule)
    school(stayed, epochs=2)
    frozen = stayed.freeze()
    again = population(rule)
    again.thaw(frozen)
    assert again.epochs == 2
    one, other = school(stayed, again)
    assert np.array_equal(one, other)
    assert bytes_of(again.freeze()) == bytes_of(stayed.freeze())


@pytest.mark.parametrize("rule", RULES)
def test_the_living_of_a_population_are_thawed_without_the_dead(rule):
    everybody = population(rule)
    school(everybody)
    frozen = everybody.freeze().take([2, 0])
    assert frozen.serials.tolist() == [2, 0]
    assert len(frozen) == 2
    with pytest.raises(DataError, match="positions"):
        frozen.take(np.array([True, False]))
    some = population(rule, serials=[2, 0])
    some.thaw(frozen)
    living = everybody.take([2, 0])
    assert bytes_of(living.freeze()) == bytes_of(frozen)
    one, other = school(living, some, positions=[2, 0])
    assert np.array_equal(one, other)


@pytest.mark.parametrize("rule", RULES)
def test_whatever_schooling_changes_in_a_rule_is_frozen(rule):
    one = population(rule)
    before = one.freeze()
    body = {name for kind in ("memory", "counters") for name in getattr(one.rule, kind)}
    school(one)
    after = one.freeze()
    changed = {
        name.split(":", 1)[1] for name in after.numbers
        if not name.startswith("arrays:")
        and not np.array_equal(before.numbers[name], after.numbers[name])
    }  # fmt: skip
    assert changed == body
    # What a rule holds elsewhere is settled at birth: no array hides there.
    hidden = {
        name for name, value in vars(one.rule).items()
        if name not in ("arrays", "memory", "counters")
        and isinstance(value, np.ndarray | dict | list)
    }  # fmt: skip
    assert not hidden


def test_what_is_frozen_is_a_copy_that_no_school_reaches():
    one = population("forward-forward")
    school(one)
    frozen = one.freeze()
    before = bytes_of(frozen)
    school(one)
    assert bytes_of(frozen) == before
    one.thaw(frozen)
    school(one)
    assert bytes_of(frozen) == before
    part = frozen.take([1])
    for numbers in part.numbers.values():
        numbers[...] = 0
    assert bytes_of(frozen) == before


OTHERS = {
    "layers": ({"layers": (6, 5, 4)}, r"layers \(6, 5, 5\) .* \(6, 5, 4\) is wanted"),
    "classes": ({"classes": 3}, "classes 4 .* 3 is wanted"),
    "rule": ({"settings": declare("mono-forward", rate=0.5)}, r"rule .*0\.01.*0\.5.* is wanted"),
    "seed": ({"seed": 8}, "seed 7 .* 8 is wanted"),
    "cohort": ({"cohort": 0}, "cohort 1 .* 0 is wanted"),
    "technology": (
        {"technology": mortal.grow("exact", [2, 1], 1).technology},
        "technology mortal-default .* exact is wanted",
    ),
    "serials": ({"serials": np.array([0, 1, 3])}, r"serials \[0 1 2\] .* \[0 1 3\] is wanted"),
    "made as": ({"made_as": np.array([4, 5, 6])}, r"made as \[0 1 2\] .* \[4 5 6\] is wanted"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_life_is_refused_by_any_other_population(what):
    other, said = OTHERS[what]
    one, stranger = population(), population(**other)
    school(one)
    before = bytes_of(stranger.freeze())
    with pytest.raises(FrozenElsewhere, match=said):
        stranger.thaw(one.freeze())
    assert bytes_of(stranger.freeze()) == before


@pytest.mark.skipif("native" not in available(), reason="the native kernels are not built")
def test_other_kernels_go_on_only_if_they_are_asked_to():
    one, other = population(), population(backend="native")
    school(one)
    frozen = one.freeze()
    with pytest.raises(FrozenElsewhere, match=r"backend reference .* native is wanted; ask for"):
        other.thaw(frozen)
    other.thaw(frozen, on_another_backend=True)
    assert other.freeze().build.backend == "native"
    assert bytes_of(other.freeze())[1:] == bytes_of(frozen)[1:]


@pytest.mark.parametrize("harm", ["missing", "unknown", "cut", "retyped", "array"])
def test_damaged_numbers_are_refused_and_change_nothing(harm):
    one, stranger = population("forward-forward"), population("forward-forward")
    school(one)
    numbers = dict(one.freeze().numbers)
    match harm:
        case "missing":
            del numbers["counters:samples"]
        case "unknown":
            numbers["memory:soul"] = np.zeros(3)
        case "cut":
            numbers["memory:activity1"] = numbers["memory:activity1"][:, 1:]
        case "retyped":
            numbers["counters:samples"] = numbers["counters:samples"].astype(np.float32)
        case "array":  # the last of several: the first must not have been thawed by then
            del numbers["arrays:layer2:state.weight"]
    before = bytes_of(stranger.freeze())
    with pytest.raises(WrongShape, match=r"samples|soul|activity1|weight"):
        stranger.thaw(replace(one.freeze(), numbers=numbers))
    assert bytes_of(stranger.freeze()) == before
