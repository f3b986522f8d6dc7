"""Lots fit the memory there is, or are refused with the number to change; a plan writes nothing."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mortal.engine import Options, Processes, engine_for, foresee, run
from mortal.engine.lots import circles, cut
from mortal.engine.sizing import Sizes, free_memory, measure, ranks_for
from mortal.errors import ConfigError

NAMES = ("elders", "heirs", "clones", "twins", "alone")

CIRCLES = (("elders", "heirs", "clones"), ("twins",), ("alone",))


def sizes_of(each):
    """Devices of some bytes each."""
    alike = dict.fromkeys(NAMES, each)
    return Sizes(alike, alike, dict.fromkeys(NAMES, 2), 0, 10)


@settings(max_examples=60, deadline=None)
@given(
    each=st.integers(1000, 10**9),
    workers=st.integers(1, 8),
    memory=st.floats(1e9, 1e12),
    lots=st.none() | st.integers(1, 9),
)
def test_what_is_not_refused_fits(whole, each, workers, memory, lots):
    sizes = sizes_of(each)
    try:
        ranks = ranks_for(whole.plan, sizes, workers=workers, memory=memory, lots=lots)
    except ConfigError:
        one = [sizes.lot(circle, 1 if lots is None else -(-7 // lots)) for circle in CIRCLES]
        assert max(one) > memory / workers  # refused for a reason
        return
    for circle, most in ranks.items():
        assert sizes.lot(circle, most) <= memory / workers
    for lot in cut(whole.plan, ranks):
        most = max(last - first for first, last in lot.scope.values())
        assert sizes.lot(tuple(lot.scope), most) <= memory / workers


def test_one_worker_takes_a_circle_whole_and_more_workers_share_it(whole):
    cuts = [
        ranks_for(whole.plan, sizes_of(1000), workers=n, memory=1e11, lots=None) for n in (1, 2)
    ]
    assert [cut[circles(whole.plan)[0]] for cut in cuts] == [7, 2]


def test_too_little_memory_cuts_finer(whole):
    sizes = sizes_of(10**8)
    ranks = ranks_for(whole.plan, sizes, workers=1, memory=2.05e9, lots=None)
    assert ranks[("elders", "heirs", "clones")] == 2
    assert ranks[("twins",)] == 7


def refused(plan, sizes, **how):
    """Why some lots are refused."""
    with pytest.raises(ConfigError) as caught:
        ranks_for(plan, sizes, **how)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_cannot_fit_names_the_number_to_change(whole):
    alone = refused(whole.plan, sizes_of(10**9), workers=1, memory=2e9, lots=None)
    assert "cohorts.elders.layers [16, 12, 12]" in alone
    assert "--memory" in alone
    assert "--workers" not in alone
    assert "one device each of elders, heirs, clones takes 7.79 GB" in alone
    shared = refused(whole.plan, sizes_of(10**8), workers=4, memory=3.6e9, lots=None)
    assert "use fewer --workers than 4" in shared
    coarse = refused(whole.plan, sizes_of(10**8), workers=1, memory=1.2e9, lots=1)
    assert "1 lots of elders and heirs and clones take" in coarse
    assert "cut into 7 or more (--lots)" in coarse
    ranks_for(whole.plan, sizes_of(10**8), workers=1, memory=1.2e9, lots=7)


def test_the_command_line_refuses_before_it_writes(whole, tmp_path, mortal):
    said = mortal("run", whole.file, "--out", tmp_path / "run", "--memory", "200 MB")
    assert said.code == 2
    assert "--memory" in said.err
    assert not (tmp_path / "run").exists()


def test_devices_weigh_more_the_larger_they_are(whole):
    from mortal.config.check import data_for

    sizes = measure(whole.plan, data_for(whole.plan))
    assert sizes.held["elders"] == sizes.held["heirs"] == sizes.held["twins"]
    assert sizes.held["elders"] > sizes.held["alone"] > 0
    assert all(sizes.kept[name] > 0 for name in NAMES)
    assert 0 < free_memory("auto") < 1e14


def test_a_plan_says_lots_memory_time_and_disk_and_writes_nothing(
    whole, tmp_path, mortal, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    said = mortal("run", whole.file, "--plan", "--workers", 2, "--lots", 2)
    assert said.code == 0, said
    assert list(tmp_path.iterdir()) == []
    lines = said.out.splitlines()
    assert lines[0] == "many: 59 devices in 5 cohorts, 6 steps, 35 moments"
    assert lines[1] == "elders, heirs, clones meet: 2 lots of 3-4 ranks"
    assert lines[2] == "twins meets nobody: 2 lots of 3-4 ranks"
    assert lines[3] == "alone meet each other: 1 lot of 3 ranks"
    assert re.fullmatch(r"memory  \d.* a worker, \d.* in all", lines[4])
    assert re.fullmatch(
        r"time    about \d.* with 2 of 5 lots at a time \(.* of one core\)", lines[5]
    )
    assert re.fullmatch(r"disk    log \d.*, states \d.*; \d.* while it runs", lines[6])


def test_what_was_foreseen_is_near_what_is(whole, tmp_path):
    told = foresee(whole.plan, engine=Processes(2), options=Options(), lots=7)
    assert len(told.lots) == 15
    assert 200e6 < told.memory < 400e6
    told = foresee(whole.plan, lots=1)
    run(whole.plan, tmp_path / "run", lots=1, options=Options(keep="last"))
    states = sum(path.stat().st_size for path in (tmp_path / "run" / "states").glob("*.h5"))
    print(f"states: {told.disk.states / states:.2f} of what was kept")
    assert 1 < told.disk.states / states < 3


def test_on_gpus_what_they_have_free_is_shared_out(monkeypatch):
    monkeypatch.setattr("mortal.engine.sizing.gpu_memory", lambda: (4_000, 6_000))
    monkeypatch.setattr("mortal.engine.choosing.gpu_memory", lambda: (4_000, 6_000))
    assert free_memory("cuda") == 9_000
    assert free_memory("auto") > 1e6
    with engine_for(workers=4, backend="cuda") as engine:
        assert engine.gpus == 2
    with engine_for(workers=4) as engine:
        assert engine.gpus == 0
