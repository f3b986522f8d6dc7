"""However a run is cut and whoever lives its lots, its log is the same to the last bit."""

import time

import pytest
from small_lives import life

from mortal.config import load, steps
from mortal.config.check import walk
from mortal.engine import Options, Processes, Serial, run
from mortal.logbook import differences, open_log

PIECES = (1, 2, 7)


def same(whole, folder, **how):
    """Where the log of the same story, lived some other way, differs; with the seconds it took."""
    began = time.perf_counter()
    run(whole.plan, folder, **how)
    print(f"{time.perf_counter() - began:.1f} s")
    return differences(whole.folder, folder)


def test_the_story_has_steps_of_all_kinds_and_deaths(whole):
    words = {word for _, word, _ in walk(whole.plan.config.story)}
    kinds = [kind for kind in vars(steps).values() if isinstance(kind, type)]
    entries = [kind for kind in kinds if kind.__name__.endswith("Entry")]
    assert words == {field.rstrip("_") for entry in entries for field in entry.model_fields}
    assert len(words) == 8
    devices = open_log(whole.folder)["devices"].to_dataset().to_dataframe()
    causes = devices.groupby("cohort").death_cause.agg(lambda told: sorted(set(told)))
    assert causes["elders"] == ["", "accuracy"]
    assert causes["heirs"] == ["", "buried"]
    assert set(devices[devices.cohort == "heirs"].generation) == {0, 1, 2}
    assert len({cohort.count for cohort in whole.plan.config.cohorts.values()}) > 1


@pytest.mark.parametrize("lots", PIECES)
def test_one_process_gives_the_same_log_in_any_number_of_lots(whole, tmp_path, lots):
    assert same(whole, tmp_path / "run", engine=Serial(), lots=lots) == []


@pytest.mark.parametrize("lots", PIECES)
def test_two_processes_give_the_same_log_in_any_number_of_lots(whole, tmp_path, lots):
    assert same(whole, tmp_path / "run", engine=Processes(2), lots=lots) == []


@pytest.mark.parametrize("lots", PIECES)
def test_two_workers_of_a_cluster_give_the_same_log(cluster, whole, tmp_path, lots):
    assert cluster.workers == 2
    assert same(whole, tmp_path / "run", engine=cluster, lots=lots) == []


@pytest.mark.parametrize("keep", ["last", "all", "none"])
def test_what_is_kept_and_how_often_is_nobodys_business(whole, tmp_path, keep):
    options = Options(every=0 if keep == "none" else 1e9, keep=keep)
    assert same(whole, tmp_path / "run", options=options, lots=2) == []
    kept = sorted(path.name for path in (tmp_path / "run" / "states").glob("*.h5"))
    living = [name for name in kept if "dead" not in name]
    lots = {name[:4] for name in living}
    if keep == "none":
        assert kept == []
    else:
        assert len(lots) == 5  # two circles of cohorts in two lots each, and a gathering in one
        assert len(living) == (5 if keep == "last" else len(living))
        assert keep == "last" or len(living) > 5 * 10


def test_who_finds_no_partner_is_taught_later_as_in_company(tmp_path):
    elders = (
        "elders: {technology: mortal-default, layers: [64, 12], count: 6, death: {below: 0.25}}"
    )
    steps = (
        "train: {cohort: elders, epochs: 2, budget: 60}",
        "examine: {cohort: elders}",
        "distil: {from: elders, to: heirs, epochs: 2, rounds: 2, budget: 20}",
        "train: {cohort: heirs, epochs: 2, budget: 60}",
    )
    plan = load(life(*steps, cohorts=[elders, "heirs: {like: elders, death: {}}"]))
    run(plan, tmp_path / "one")
    run(plan, tmp_path / "six", lots=6)
    alive = open_log(tmp_path / "one")["elders"].exam_alive.values
    assert 0 < alive.sum() < 6, alive
    assert differences(tmp_path / "one", tmp_path / "six") == []
