"""A rule gets what it declares to need, is refused where that is missing, and sees no weight."""

import ast
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import mortal.rules
from devices import CrossbarArray, Technology, preset, probe
from mortal import MortalError, grow
from mortal.errors import RuleError
from mortal.rules import (
    ForwardForwardSettings,
    MonoForwardSettings,
    Need,
    UnsupervisedForwardForwardSettings,
    build,
    declare,
    names,
    require,
)

HAS_TORCH = find_spec("torch") is not None
EVERY_RULE = [
    {"name": "mono-forward"},
    {"name": "mono-forward", "label_matrix": "array"},
    {"name": "forward-forward"},
    {"name": "node-perturbation"},
    {"name": "node-perturbation", "perturb": "together", "passes": 2},
    {"name": "weight-perturbation"},
    {"name": "weight-perturbation", "perturb": "array", "passes": 2},
    {"name": "softhebb"},
    {"name": "softhebb", "winners": "all", "readout": "array"},
    {"name": "softhebb", "decay": "bounds"},
    {"name": "node-perturbation", "write": "netted", "through": "tiki-taka-v2"},
    {"name": "weight-perturbation", "perturb": "array", "write": "netted"},
    {"name": "softhebb", "write": "netted", "through": "agad"},
    {"name": "rbm"},
    {"name": "rbm", "chains": 6, "readout": "array", "bias": "digital", "visible": "binary"},
    {"name": "rbm", "write": "netted", "through": "tiki-taka-v2"},
    {"name": "deep-belief", "turn": 20},
    {"name": "mono-forward", "write": "netted"},
    {"name": "forward-forward", "through": "tiki-taka-v1"},
    {"name": "forward-forward", "write": "netted", "through": "tiki-taka-v2"},
    {"name": "mono-forward", "through": {"name": "chopped-tiki-taka", "flip": "random"}},
    {"name": "mono-forward", "label_matrix": "array", "through": "agad"},
    {"name": "equilibrium-propagation"},
    {"name": "contrastive-hebbian"},
    {"name": "predictive-coding"},
    {"name": "backprop"},
    {"name": "backprop", "write": "netted", "through": "agad"},
    {"name": "direct-feedback-alignment"},
    {"name": "pepita"},
    {"name": "mixed-precision"},
    pytest.param(
        {"name": "physics-aware"}, marks=pytest.mark.skipif(not HAS_TORCH, reason="needs torch")
    ),
    {"name": "forward-forward", "loss": "threshold", "tracking": 0.9, "negatives": "uniform"},
    {"name": "forward-forward", "loss": "symba", "active": 0.5, "negatives": "hard"},
    {"name": "forward-forward-unsupervised"},
    {"name": "forward-forward-unsupervised", "readout": "array"},
]
FILES = sorted(Path(mortal.rules.__file__).parent.rglob("*.py"))


def without(need):
    cell = {"reverse_read": need is not Need.REVERSE_READ}
    cell["digital_memory"] = need is not Need.DIGITAL_MEMORY
    cell["second_array"] = need not in (Need.SECOND_ARRAY, Need.RANDOM_FEEDBACK)
    cell["sampling"] = need is not Need.SAMPLING
    exact = preset("exact").model_dump()
    return Technology.model_validate({**exact, "name": "bare", "cell": cell})


@pytest.mark.parametrize(
    ("settings", "need"),
    [
        (MonoForwardSettings(label_matrix="array"), Need.REVERSE_READ),
        (MonoForwardSettings(label_matrix="digital"), Need.DIGITAL_MEMORY),
        (UnsupervisedForwardForwardSettings(readout="digital"), Need.DIGITAL_MEMORY),
    ],
)
def test_a_rule_is_refused_only_where_its_need_is_missing(settings, need):
    assert settings.needs() == (need,)
    for other in Need:
        if other is not need:
            require(settings, without(other))
    with pytest.raises(RuleError, match=need.value) as caught:
        require(settings, without(need))
    message = str(caught.value)
    assert settings.name in message
    assert "bare" in message
    assert f"cell.{need.name.lower()}" in message, "the error says what to change"
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, MortalError)


@pytest.mark.parametrize(
    ("rule", "needed"),
    [
        ({"name": "node-perturbation"}, (Need.SAMPLING, Need.DIGITAL_MEMORY)),
        ({"name": "weight-perturbation"}, (Need.SAMPLING, Need.DIGITAL_MEMORY)),
        (
            {"name": "weight-perturbation", "perturb": "array"},
            (Need.SAMPLING, Need.DIGITAL_MEMORY, Need.SECOND_ARRAY),
        ),
        ({"name": "softhebb"}, (Need.REVERSE_READ, Need.SAMPLING, Need.DIGITAL_MEMORY)),
        (
            {"name": "softhebb", "winners": "all", "readout": "array"},
            (Need.REVERSE_READ, Need.DIGITAL_MEMORY),
        ),
        ({"name": "softhebb", "decay": "bounds"}, (Need.SAMPLING, Need.DIGITAL_MEMORY)),
        ({"name": "rbm"}, (Need.REVERSE_READ, Need.SAMPLING, Need.DIGITAL_MEMORY)),
        ({"name": "rbm", "readout": "array"}, (Need.REVERSE_READ, Need.SAMPLING)),
        (
            {"name": "deep-belief", "chains": 2, "readout": "array"},
            (Need.REVERSE_READ, Need.SAMPLING, Need.DIGITAL_MEMORY),
        ),
    ],
    ids=str,
)
def test_a_local_rule_is_refused_where_any_of_its_needs_is_missing(rule, needed):
    settings = declare(rule["name"], **rule)
    assert set(settings.needs()) == set(needed)
    for need in set(Need) - {Need.RANDOM_FEEDBACK}:  # one flag with the second array
        bare = without(need)
        if need in needed:
            with pytest.raises(RuleError, match=f"{settings.name}.*{need.value}"):
                require(settings, bare)
        else:
            require(settings, bare)


@pytest.mark.parametrize(
    "settings", [ForwardForwardSettings(), UnsupervisedForwardForwardSettings(readout="array")]
)
def test_forward_forward_needs_nothing(settings):
    assert settings.needs() == ()
    for need in Need:
        require(settings, without(need))


@pytest.mark.parametrize(
    ("way", "need", "asking"),
    [
        ({"write": "netted"}, Need.DIGITAL_MEMORY, "the way of writing netted"),
        ({"through": "tiki-taka-v1"}, Need.SECOND_ARRAY, "learning through tiki-taka-v1"),
        ({"through": "tiki-taka-v1"}, Need.DIGITAL_MEMORY, "learning through tiki-taka-v1"),
        ({"through": "agad"}, Need.SECOND_ARRAY, "learning through agad"),
        ({"through": "agad"}, Need.DIGITAL_MEMORY, "learning through agad"),
    ],
)
def test_a_way_is_refused_where_its_need_is_missing_and_it_is_named(way, need, asking):
    with pytest.raises(RuleError, match=f"^{asking}, so set, needs a {need.value}"):
        require(ForwardForwardSettings(**way), without(need))


def test_tiki_taka_v1_without_a_symmetric_point_needs_no_digital_memory():
    through = {"name": "tiki-taka-v1", "zero_shift": False}
    require(ForwardForwardSettings(through=through), without(Need.DIGITAL_MEMORY))


@pytest.mark.parametrize("need", list(Need))
def test_what_hardware_can_lack_is_refused_and_wiring_is_always_there(need):
    class Needy(ForwardForwardSettings):
        def needs(self):
            return (need,)

    if need in (Need.SETTLING, Need.LABEL_BUS):
        require(Needy(), without(need))
    else:
        with pytest.raises(RuleError, match=need.value):
            require(Needy(), without(need))


def test_an_analog_label_matrix_works_on_ecram_and_is_refused_on_mortal_default():
    rule = {"name": "mono-forward", "label_matrix": "array"}
    grown = grow("ecram-tang2018", (4, 3), 1, rule, classes=2)
    assert list(grown.arrays) == ["layer1", "label1"]
    assert (grown.arrays["label1"].rows, grown.arrays["label1"].columns) == (3, 2)
    assert not grown.rule.memory
    with pytest.raises(RuleError, match=r"reverse-read.*mortal-default"):
        grow("mortal-default", (4, 3), 1, rule, classes=2)


def test_every_declared_rule_has_an_implementation_that_keeps_the_contract():
    for name in names():
        if name == "own":  # it is somebody else's (test_rules_own.py)
            continue
        settings = declare(name)
        assert settings.name == name
        if name == "physics-aware" and not HAS_TORCH:
            continue
        rule = grow("exact", (4, 3), 2, settings, classes=2).rule
        x = np.ones((1, 4), np.float32)
        for answers in (np.exp(rule.answer(x)), rule.learn(x, np.eye(2, dtype="f4")[:1], 1.0)):
            assert answers.shape == (2, 1, 2)
            assert answers.sum(axis=-1) == pytest.approx(1)


def test_building_checks_needs_too():
    with pytest.raises(RuleError):
        build(MonoForwardSettings(label_matrix="array"), _Bare())


class _Bare:
    technology = preset("mortal-default")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_source_of_a_rule_names_the_microscope_or_anything_private_of_an_array(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name and ("probe" in name or "program" in name)}
    private = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and ast.unparse(node.value) not in ("self", "cls", "super()")
    ]
    assert not private


@pytest.fixture
def blindfold(monkeypatch):
    """No microscope, and arrays whose private state is closed to everything but devices."""

    class Closed(CrossbarArray):
        def __getattribute__(self, name):
            if name.startswith("_") and not name.startswith("__"):
                asking = sys._getframe(1).f_globals["__name__"]
                assert asking.startswith(("devices", __name__)), f"{asking} looked at {name}"
            return super().__getattribute__(name)

    def forbidden(*arguments, **named):
        raise AssertionError("the microscope was used")

    for name in probe.__all__:
        monkeypatch.setattr(probe, name, forbidden)
    monkeypatch.setattr(mortal.rules.hardware, "CrossbarArray", Closed)
    return Closed


@pytest.mark.parametrize("technology", ["exact", "ecram-tang2018"])
@pytest.mark.parametrize("rule", EVERY_RULE, ids=str)
def test_no_rule_reads_a_weight(rule, technology, blindfold):
    population = grow(technology, (6, 5, 4), 2, rule, classes=3)
    assert all(type(array) is blindfold for array in population.arrays.values())
    x = np.random.default_rng(0).random((9, 6), np.float32)
    before = population.answer(x)
    for _ in range(40 if "through" in rule else 5):
        population.rule.learn(x, np.eye(3, dtype=np.float32)[np.arange(9) % 3], 1.0)
    assert not np.array_equal(before, population.answer(x)), "it has learnt with its eyes closed"


def test_the_blindfold_would_catch_a_rule_that_peeps(blindfold):
    population = grow("exact", (6, 5), 1, "mono-forward", classes=3)
    code = compile("def peep(array): return array._state", "peep", "exec")
    room = {"__name__": "mortal.rules.peep"}
    exec(code, room)
    with pytest.raises(AssertionError, match="looked at _state"):
        room["peep"](population.arrays["layer1"])
