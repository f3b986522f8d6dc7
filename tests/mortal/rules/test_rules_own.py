"""A rule of one's own lives like ours, and code named in a file runs only where it may."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import mortal
from mortal import MortalError
from mortal.config import load
from mortal.engine import Processes, run
from mortal.logbook import differences, open_log
from mortal.rules import Body, Need, OwnRuleSettings
from mortal.rules.peripheral import log_softmax, softmax

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE, CODE = ROOT / "examples" / "own_rule.yaml", ROOT / "examples" / "own_rule"
SHORT = [
    "data={name: digits, train: 300, test: 100}",
    "cohorts.elders.count=2",
    "cohorts.elders.layers=[64, 96]",
    "story.0.train.epochs=10",
    "story.2.distil.budget=300",
    "story.2.distil.epochs=20",
]


class Delta(Body):
    """One array that learns by the delta rule."""

    needs = (Need.DIGITAL_MEMORY,)

    def __init__(self, settings, hardware):
        super().__init__()
        self.rate = settings.rate
        self.grow(hardware, "answers", hardware.layers[0], hardware.classes)

    def answer(self, inputs):
        return log_softmax(self.read("answers", inputs))

    def learn(self, inputs, targets, rate):
        said = softmax(self.read("answers", inputs))
        self.write("answers", inputs, targets - said, rate * self.rate)
        self.settle()
        return said


def test_the_example_is_forty_lines_and_learns_and_teaches(tmp_path):
    text = (CODE / "frozen_features.py").read_text(encoding="utf-8")
    code = [line for line in text.splitlines() if line.strip() and not line.startswith('"""')]
    assert len(code) <= 40
    plan = load(EXAMPLE, overrides=SHORT, code=CODE)
    log = open_log(run(plan, tmp_path / "run"))
    elders, heirs = (log[name].exam_accuracy.values for name in ("elders", "heirs"))
    print(f"elders {elders.mean():.3f}, heirs {heirs.mean():.3f}, chance 0.1")
    assert elders.min() > 0.6
    assert heirs.min() > 0.5
    assert set(log["devices"]["rule"].values) == {"own"}
    untaught = mortal.grow("mortal-default", (64, 96), 2, plan.config.cohorts["elders"].rule, 7)
    digits = mortal.load_data("digits")
    assert untaught.examine(digits.inputs_test, digits.labels_test).accuracy.max() < 0.35


def test_workers_run_it_too_and_a_device_of_it_is_revived(tmp_path):
    plan = load(EXAMPLE, overrides=SHORT, code=CODE)
    run(plan, tmp_path / "here")
    run(plan, tmp_path / "there", engine=Processes(2))
    assert differences(tmp_path / "here", tmp_path / "there") == []
    device = mortal.revive(tmp_path / "there", 3, code=CODE)
    digits = mortal.load_data("digits", train=300, test=100)
    found = device.examine(digits.inputs_test, digits.labels_test).accuracy[0]
    assert found == open_log(tmp_path / "there")["heirs"].exam_accuracy.values[0, 1]


def test_a_class_at_hand_needs_no_file():
    data = mortal.load_data("digits", train=400, test=100)
    some = mortal.grow("exact", (64, 8), 2, Delta, seed=1)
    some.train(data.inputs_train, data.labels_train, epochs=5, rate=3.0)
    assert some.examine(data.inputs_test, data.labels_test).accuracy.min() > 0.7
    assert list(some.arrays) == ["answers"]
    netted = OwnRuleSettings.of(Delta, write="netted", rate=0.05)
    assert mortal.grow("exact", (64, 8), 1, netted).rule.ways


def test_code_in_a_file_runs_only_where_it_is_allowed(mortal):
    said = mortal("config", "check", EXAMPLE)
    assert said.code == 2
    assert "own_rule.yaml:" in said.err
    assert "--allow-code DIR" in said.err
    assert mortal("config", "check", EXAMPLE, "--allow-code", CODE).code == 0


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (None, "cannot be read"),
        ("x = 1\n", "has no class FrozenFeatures"),
        ("class FrozenFeatures:\n    pass\n", "answer and learn"),
        ("raise ValueError('not today')\n", "cannot be imported: ValueError: not today"),
        ("def (\n", "cannot be imported: SyntaxError"),
    ],
)
def test_what_is_wrong_with_code_is_told_in_a_sentence(mortal, tmp_path, source, why):
    if source is not None:
        (tmp_path / "frozen_features.py").write_text(source, encoding="utf-8")
    said = mortal("config", "check", EXAMPLE, "--allow-code", tmp_path)
    assert said.code == 2
    assert why in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (("super().__init__()", "self.hidden = hardware.hidden"), "could not be made"),
        (("super().__init__()", "self.grow(hardware, 'x', 2, 2)"), "could not be made"),
        (("return said", "return None"), "learn is to return"),
        (("self.settle()", "self.settled += 1"), "AttributeError"),
    ],
)
def test_what_goes_wrong_in_code_is_told_with_its_line(mortal, tmp_path, spoilt, why):
    source = (CODE / "frozen_features.py").read_text(encoding="utf-8")
    assert spoilt[0] in source
    place = tmp_path / "frozen_features.py"
    place.write_text(source.replace(*spoilt), encoding="utf-8")
    more = [part for setting in SHORT for part in ("--set", setting)]
    run_it = ("run", EXAMPLE, "--out", tmp_path / "run", "--allow-code", tmp_path, *more)
    said = mortal(*run_it)
    assert said.code in (1, 2)
    assert why in said.err
    assert "Traceback" not in said.err
    line = 1 + source.splitlines().index(
        next(one for one in source.splitlines() if spoilt[0] in one)
    )
    assert why == "learn is to return" or f"{place}:{line}" in said.err.replace("\n", "")


def test_a_class_that_is_no_body_is_told_what_it_lacks():
    class Bare:
        def __init__(self, settings, hardware):
            pass

        def answer(self, inputs):
            return inputs

        def learn(self, inputs, targets, rate):
            return targets

    with pytest.raises(MortalError, match=r"has no arrays: its class is to be a mortal.rules.Body"):
        mortal.grow("exact", [4, 2], 1, OwnRuleSettings.of(Bare))


def test_a_run_goes_on_with_the_code_it_was_begun_with(mortal, tmp_path):
    code = tmp_path / "code"
    shutil.copytree(CODE, code)
    sets = [word for change in SHORT for word in ("--set", change)]
    out = tmp_path / "run"
    assert mortal("run", EXAMPLE, "--out", out, "--allow-code", code, *sets).code == 0
    hashed = load(out / "configuration.yaml", code=code).config.cohorts["elders"].rule.code
    assert len(hashed) == 64
    (code / "frozen_features.py").write_text("# changed\n", encoding="utf-8")
    said = mortal("resume", out, "--allow-code", code)
    assert said.code == 2
    assert "is not the file that this run was begun with" in said.err
    assert mortal("resume", out).code == 2


def test_its_needs_are_held_against_the_hardware():
    bare = mortal.grow("exact", (4, 3), 1, classes=2).technology.model_copy(
        update={"cell": mortal.grow("exact", (4, 3), 1, classes=2).technology.cell.model_copy(
            update={"digital_memory": False}
        )}
    )  # fmt: skip
    with pytest.raises(MortalError, match=r"the rule .*:Delta, so set, needs a digital-memory"):
        mortal.grow(bare, (4, 3), 1, Delta, classes=2)


def test_it_takes_soft_targets():
    some = mortal.grow("exact", (4, 3), 1, Delta, classes=2)
    soft = np.full((1, 2), 0.5, np.float32)
    some.learn(np.ones((1, 4), np.float32), soft)
    assert np.exp(some.answer(np.ones((1, 4)))) == pytest.approx(0.5, abs=0.2)
