"""More devices take more lots, not more memory; and what a run will take is foreseen.

Ten times the devices, ten times the work: memory is that of a lot, and of a log of small columns.
"""

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "scripts"))
scale = importlib.import_module("scale")

SAMPLES = 40
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="peaks of memory are read from /proc"
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Runs of 100 and of 1,000 devices with two workers, and the plan of the latter."""
    found = {}
    for count in (100, 1000):
        place = tmp_path_factory.mktemp(f"scale-{count}")
        found[count] = scale.measure(place, count, 2, 2 if count == 100 else None, SAMPLES)
    return found | {"plan": scale.foresee(place, 2, None)}


def test_ten_times_the_devices_take_no_more_memory(measured):
    small, large = measured[100], measured[1000]
    # Lots of 25 ranks, and of 62: their devices are 40 MB of it.
    assert large["worker"] < 1.4 * small["worker"], measured
    assert large["driver"] < 1.15 * small["driver"], measured


def test_the_states_grow_with_the_devices_and_the_log_by_less_than_a_kilobyte_each(measured):
    small, large = measured[100], measured[1000]
    assert 8 < large["states"] / small["states"] < 11, measured
    assert (large["log"] - small["log"]) / 900 < 1000, measured


@pytest.mark.parametrize("what", ["worker", "log", "states"])
def test_what_is_foreseen_errs_on_the_safe_side_by_less_than_two(measured, what):
    foreseen, found = measured["plan"][what], measured[1000][what]
    assert found < foreseen < 2 * found, (what, foreseen, found, measured)


def test_no_more_lies_on_the_disk_than_was_asked_for(measured):
    assert measured[1000]["disk_most"] < measured["plan"]["most"], measured


def test_the_time_that_is_foreseen_is_of_the_right_order(measured):
    # Other work on the machine lengthens what is measured, so this is no tight bound.
    seconds, found = measured["plan"]["seconds"], measured[1000]["processor"]
    assert found / 2 < seconds < 4 * found, measured
