"""The engine and the log cost little beside the lives they keep."""

import importlib
import sys
from pathlib import Path

import pytest

from mortal.config import load

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "scripts"))
overhead = importlib.import_module("overhead")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A run of some seconds and the same story alone, in turns."""
    plan = load(overhead.STORY.format(**overhead.LOTS | {"count": 24}))
    return overhead.measure(plan, tmp_path_factory.mktemp("overhead"), 3)


def test_engine_and_log_add_less_than_a_quarter_to_a_run_of_seconds(measured):
    # A tenth is measured by scripts/overhead.py; the rest is for machines with other work.
    assert measured["processor"]["without"] > 1, measured
    assert measured["processor"]["ratio"][1] < 1.25, measured


def test_a_run_does_not_wait_longer_than_it_works(measured):
    assert measured["clock"]["ratio"][1] < 2 * measured["processor"]["ratio"][1], measured
