"""Long work shows itself: a bar on a terminal, elsewhere at most a line a minute."""

import io
import re
import time
from dataclasses import replace

import pytest
from rich.console import Console
from small_lives import LINEAGE

from mortal import face as face_module
from mortal.config import load
from mortal.engine import run
from mortal.face import face
from mortal.narrator import Standing

HALF = Standing(
    done=500.0, total=1000.0, label="distil elders to heirs", detail="epoch 3: 0.712", devices=128,
    lots_done=1, lots=4, accuracy=0.7123, energy=0.00321,
)  # fmt: skip
BEGIN = replace(HALF, done=0.0)


class Clock:
    """A time that passes when it is told to."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """The time as the face sees it."""
    clock = Clock()
    monkeypatch.setattr(face_module, "time", clock)
    return clock


def console(monkeypatch, is_terminal):
    """Where the face looks, and what it has printed there."""
    out = io.StringIO()
    monkeypatch.setattr(
        face_module, "Console",
        lambda: Console(file=out, force_terminal=is_terminal, width=160, color_system=None),
    )  # fmt: skip
    return out


def test_the_first_line_may_come_when_counting_begins(monkeypatch):
    """A clock may stand still between the two, or be far along when the program starts."""
    out = console(monkeypatch, is_terminal=False)
    with face() as shown:
        monkeypatch.setattr(face_module.time, "monotonic", lambda: shown._spoke + 1e6)
        shown.progress(HALF)
    assert "%" in out.getvalue()
    assert "left" not in out.getvalue()


def test_a_terminal_shows_a_bar_with_all_there_is_to_know(monkeypatch):
    out = console(monkeypatch, is_terminal=True)
    with face() as shown:
        shown.progress(BEGIN)
        time.sleep(0.2)
        shown.progress(HALF)
        time.sleep(0.2)
        shown.progress(replace(HALF, done=600.0))
        shown._bars.refresh()
    screen = out.getvalue()
    for word in (
        "distil elders to heirs", "60%", "epoch 3: 0.712", "1/4 lots", "128 devices",
        "accuracy 0.712", "0.00321 J", "━",
    ):  # fmt: skip
        assert word in screen, word
    assert re.search(r"0:0\d:\d\d", screen), "no time left"


def test_no_terminal_gets_a_line_a_minute_at_most(monkeypatch, clock):
    out = console(monkeypatch, is_terminal=False)
    with face() as shown:
        shown.progress(BEGIN)
        for second in range(1, 181):
            clock.now = 1000.0 + second
            shown.progress(replace(HALF, done=2.0 * second))
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0] == (
        "  12 %  distil elders to heirs: epoch 3: 0.712, 1/4 lots, 128 devices, accuracy 0.712, "
        "0.00321 J, 440 s left"
    )


def test_a_short_run_elsewhere_shows_no_progress_at_all(monkeypatch, tmp_path):
    out = console(monkeypatch, is_terminal=False)
    with face() as shown:
        run(load(LINEAGE), tmp_path / "run", narrator=shown)
    assert "%" not in out.getvalue()
    assert out.getvalue().startswith("step      cohort")


def test_what_is_not_known_yet_is_not_shown(monkeypatch):
    out = console(monkeypatch, is_terminal=True)
    with face() as shown:
        shown.progress(replace(BEGIN, accuracy=float("nan"), energy=0.0, detail="", lots=1))
        shown._bars.refresh()
    assert "nan" not in out.getvalue()
    assert "lots" not in out.getvalue()
    assert " J" not in out.getvalue()


def test_a_real_run_moves_the_bar_to_its_end(monkeypatch, tmp_path):
    console(monkeypatch, is_terminal=True)
    with face() as shown:
        run(load(LINEAGE), tmp_path / "run", narrator=shown, lots=2)
        (task,) = shown._bars.tasks
        assert task.completed == pytest.approx(task.total)
        assert "2/2 lots" in task.fields["detail"]
        assert "J" in task.fields["detail"]
