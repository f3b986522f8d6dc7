"""A lot that comes to grief does so alone: the others finish, it is named, and tried again."""

import sys
from pathlib import Path

import pytest

from mortal.engine import Options, Processes, Serial, life, run
from mortal.errors import RunFailed
from mortal.logbook import differences, open_log, survey

POISONED = str(Path(__file__).with_name("poisoned_worker.py"))
BAD = 1
OPTIONS = Options(retries=1)


def fails(whole, folder, engine, options=OPTIONS):
    """Run the story in two lots a circle, of which one is poisoned; what is told of it."""
    with pytest.raises(RunFailed) as caught:
        run(whole.plan, folder, engine=engine, options=options, lots=2)
    message = str(caught.value)
    assert message.startswith("1 of 5 lots failed, the others are done. ")
    assert "lot 1 (ranks elders 3 to 6, heirs 3 to 6, clones 3 to 6)" in message
    assert f"`mortal resume {folder}` tries again" in message
    assert "\n" not in message
    assert complete(folder) == {0, 2, 3, 4}
    logged = open_log(folder)["provenance"].attrs["failures"]
    assert logged.startswith(
        "lot 1 (ranks elders 3 to 6, heirs 3 to 6, clones 3 to 6), serials 3-6"
    )
    assert message.partition("): ")[2].partition(". `mortal resume")[0] in logged
    return message


def complete(folder):
    """The lots that are done."""
    return {number for number, lot in survey(folder).lots.items() if lot.is_complete}


def require_mended(whole, folder, monkeypatch):
    """The same run, without the poison, must relive that lot alone and end with its log."""
    lived, live = [], life.live

    def listening(folder, lot, options, **rest):
        lived.append(lot.number)
        live(folder, lot, options, **rest)

    with monkeypatch.context() as patch:
        patch.setattr("mortal.engine.serial.live", listening)
        run(whole.plan, folder)
    assert lived == [BAD]
    assert differences(whole.folder, folder) == []


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("raises", "ValueError: poison in the well"),
        ("exits", "its worker exited with code 7: out of words"),
        ("killed", "its worker was killed by SIGKILL (out of memory?)"),
        ("eats", "not enough memory"),
        ("babbles", "its worker exited with code 7"),
    ],
)
def test_in_a_process_it_fails_alone(whole, tmp_path, monkeypatch, how, why):
    if how == "eats" and sys.platform != "linux":
        pytest.skip("only Linux counts what a worker takes")
    engine = Processes(2, command=[sys.executable, POISONED, how, str(BAD)])
    options = Options(retries=1, memory=1e9) if how == "eats" else OPTIONS
    message = fails(whole, tmp_path / "run", engine, options)
    print(message)
    assert why in message
    tried = (tmp_path / "run" / "poison.txt").read_text("utf-8")
    assert tried == f"{BAD}\n" * 2  # once, and once again
    require_mended(whole, tmp_path / "run", monkeypatch)


def test_here_it_fails_alone(whole, tmp_path, monkeypatch):
    live, lived = life.live, []

    def poisoned(folder, lot, options, **rest):
        lived.append(lot.number)
        if lot.number == BAD:
            raise MemoryError
        live(folder, lot, options, **rest)

    with monkeypatch.context() as patch:
        patch.setattr("mortal.engine.serial.live", poisoned)
        assert "not enough memory" in fails(whole, tmp_path / "run", Serial())
    assert lived == [0, 1, 2, 3, 4, 1]  # again, behind the others
    assert "MemoryError" in (tmp_path / "run" / "failures" / "0001.txt").read_text("utf-8")
    require_mended(whole, tmp_path / "run", monkeypatch)


def test_the_command_line_ends_with_one_and_no_traceback(whole, tmp_path, monkeypatch, mortal):
    def poisoned(folder, lot, options, **rest):
        raise ValueError("poison")

    with monkeypatch.context() as patch:
        patch.setattr("mortal.engine.serial.live", poisoned)
        said = mortal("run", whole.file, "--out", tmp_path / "run", "--lots", 1)
    assert said.code == 1
    assert said.err.startswith("mortal: 3 of 3 lots failed")
    assert said.err.count("ValueError: poison") == 3
    assert "Traceback" not in said.err + said.out
    assert mortal("resume", tmp_path / "run").code == 0
    assert differences(whole.folder, tmp_path / "run") == []


@pytest.mark.parametrize("how", ["raises", "exits"])
def test_in_a_cluster_it_fails_alone(cluster, whole, tmp_path, monkeypatch, how):
    import poison_of_clusters as poison

    cloudpickle = pytest.importorskip("cloudpickle")
    cloudpickle.register_pickle_by_value(poison)
    plugin = poison.Poison(how, BAD)
    cluster._client.register_plugin(plugin, name="poison")
    try:
        message = fails(whole, tmp_path / "run", cluster)
    finally:
        cluster._client.unregister_worker_plugin("poison")
    print(message)
    assert ("ValueError: poison" if how == "raises" else "its worker tcp://127.0.0.1:") in message
    require_mended(whole, tmp_path / "run", monkeypatch)
