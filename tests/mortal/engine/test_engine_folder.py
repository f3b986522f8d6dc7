"""What becomes of a folder: a run finishes its own, and nobody else's files are ever removed."""

import os
from pathlib import Path

import pytest
from small_lives import life

from mortal.config import load
from mortal.engine import run
from mortal.engine.folder import Standing, prepare, require_usable, standing
from mortal.errors import ConfigError, LogError
from mortal.logbook import Logbook
from mortal.report import write_comparison, write_report

STORY = life("train: {cohort: elders, epochs: 1}", "examine: {cohort: elders}")
FINISHED = {"configuration.yaml", "log.h5", "lots.json", "states/0000-000003.h5"}
OTHER = STORY.replace("epochs: 1", "epochs: 2")


def contents(folder):
    """Every file below a folder with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def plan():
    return load(STORY)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def begun(plan, folder):
    """The folder of a run that was killed before its first birth."""
    require_usable(folder, plan, overwrite=False)
    prepare(folder, plan, overwrite=False)
    Logbook.create(folder, configuration_text=plan.text(), configuration_hash=plan.hash())


def refused(folder, plan, overwrite=False):
    """Why a folder is refused; nothing in it may have changed."""
    before = contents(folder)
    with pytest.raises(ConfigError) as caught:
        run(plan, folder, overwrite=overwrite)
    assert contents(folder) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_is_free_then_begun_then_done(plan, folder):
    assert standing(folder, plan) is Standing.FREE
    folder.mkdir()
    assert standing(folder, plan) is Standing.FREE
    begun(plan, folder)
    assert standing(folder, plan) is Standing.BEGUN
    run(plan, folder)
    assert standing(folder, plan) is Standing.DONE
    assert set(contents(folder)) == FINISHED


def test_the_folder_holds_the_resolved_configuration(plan, folder):
    run(plan, folder)
    kept = (folder / "configuration.yaml").read_text("utf-8")
    assert kept == plan.text()
    assert load(folder / "configuration.yaml").hash() == plan.hash()


def test_missing_parents_are_made(plan, tmp_path):
    assert run(plan, tmp_path / "a" / "b" / "c").is_file()


def test_a_finished_run_is_left_as_it_is(plan, folder):
    path = run(plan, folder)
    before, changed = contents(folder), path.stat().st_mtime_ns
    assert run(plan, folder) == path
    assert contents(folder) == before
    assert path.stat().st_mtime_ns == changed


@pytest.mark.parametrize("is_finished", [True, False])
def test_another_run_is_refused_and_replaced_only_on_demand(plan, folder, is_finished):
    (run if is_finished else begun)(plan, folder)
    other = load(OTHER)
    message = refused(folder, other)
    assert "another run" in message
    assert "--overwrite" in message
    run(other, folder, overwrite=True)
    assert standing(folder, other) is Standing.DONE
    assert set(contents(folder)) == FINISHED


def test_overwriting_the_same_run_runs_it_again(plan, folder):
    path = run(plan, folder)
    first = path.stat().st_ino, path.stat().st_mtime_ns
    run(plan, folder, overwrite=True)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) != first


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "name",
    ["notes.txt", "configuration.yaml", "log.h5", "parts/notes.txt", "sub/x", "parts/0000-0000.h5"],
)
def test_foreign_files_are_never_touched(plan, folder, name, overwrite):
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("a thesis\n", encoding="utf-8")
    assert "choose another" in refused(folder, plan, overwrite)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_configuration_written_by_hand_is_foreign_even_if_it_says_the_same(
    plan, folder, overwrite
):
    folder.mkdir()
    (folder / "configuration.yaml").write_text(STORY, encoding="utf-8")
    assert "other files" in refused(folder, plan, overwrite)


@pytest.mark.parametrize("is_finished", [True, False])
def test_overwriting_removes_the_run_and_leaves_what_else_lies_there(plan, folder, is_finished):
    (run if is_finished else begun)(plan, folder)
    for name in ("notes.txt", "figures/plot.svg", "parts/notes.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    other = load(OTHER)
    run(other, folder, overwrite=True)
    found = contents(folder)
    assert {name: text for name, text in found.items() if text == name.encode()} == {
        name: name.encode() for name in ("notes.txt", "figures/plot.svg", "parts/notes.txt")
    }
    assert set(found) - {"notes.txt", "figures/plot.svg", "parts/notes.txt"} == FINISHED
    assert standing(folder, other) is Standing.DONE


def test_notes_beside_a_run_do_not_stop_it(plan, folder):
    begun(plan, folder)
    (folder / "notes.txt").write_text("hello", encoding="utf-8")
    run(plan, folder)
    assert (folder / "notes.txt").read_text("utf-8") == "hello"


@pytest.mark.parametrize("leftovers", [[], ["parts/.0000-000000.h5.1a.tmp"], [".log.h5.1a.tmp"]])
def test_a_run_killed_before_its_first_commit_begins_again(plan, folder, leftovers):
    prepare(folder, plan, overwrite=False)
    (folder / "parts").mkdir()
    for name in leftovers:
        (folder / name).write_bytes(b"half a part")
    assert standing(folder, plan) is Standing.FREE
    assert "another run" in refused(folder, load(OTHER))
    run(plan, folder)
    assert standing(folder, plan) is Standing.DONE


def test_a_run_killed_while_it_wrote_its_configuration_begins_again(plan, folder):
    folder.mkdir()
    (folder / ".configuration.yaml.1a2b.tmp").write_text("version: 1\nna", encoding="utf-8")
    run(plan, folder)
    assert standing(folder, plan) is Standing.DONE


def test_a_damaged_log_of_a_run_is_refused_and_replaced_on_demand(plan, folder):
    begun(plan, folder)
    (part,) = (folder / "parts").iterdir()
    part.write_bytes(part.read_bytes()[:-100])
    message = refused(folder, plan)
    assert "damaged" in message
    assert "--overwrite" in message
    run(plan, folder, overwrite=True)
    assert standing(folder, plan) is Standing.DONE


def test_reports_go_with_the_run_they_tell_of(plan, folder):
    run(plan, folder)
    mine = [write_report(folder), write_comparison(folder, folder)]
    run(plan, folder)
    assert all(path.exists() for path in mine), "nothing was replaced"
    run(load(OTHER), folder, overwrite=True)
    assert not any(path.exists() for path in mine)


def test_a_replacement_that_was_killed_half_way_is_still_known_as_a_run(plan, folder, monkeypatch):
    run(plan, folder)
    unlink, removed = Path.unlink, []

    def killed(path, **more):
        if path.parent == folder:
            if removed:
                raise KeyboardInterrupt
            removed.append(path.name)
        unlink(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            run(load(OTHER), folder, overwrite=True)
    assert removed[0] != "configuration.yaml"
    run(load(OTHER), folder, overwrite=True)
    assert standing(folder, load(OTHER)) is Standing.DONE


def test_a_file_is_no_folder(plan, folder):
    folder.write_text("a file", encoding="utf-8")
    assert "this is a file" in refused(folder, plan)
    assert "this is a file" in refused(folder, plan, overwrite=True)
    assert folder.read_text("utf-8") == "a file"
    assert "cannot be used" in refused(folder / "below", plan)


def test_a_name_no_file_system_takes_is_refused(plan, tmp_path):
    with pytest.raises(ConfigError, match="too long"):
        run(plan, tmp_path / ("x" * 300))


@pytest.mark.parametrize("broken", ["mkdir", "access"])
def test_a_folder_that_cannot_be_written_is_refused(plan, folder, monkeypatch, broken):
    def denied(*arguments, **named):
        raise PermissionError(13, "Permission denied")

    if broken == "mkdir":
        monkeypatch.setattr(Path, "mkdir", denied)
    else:
        monkeypatch.setattr(os, "access", lambda *arguments: False)
    message = refused(folder, plan)
    assert "ermission denied" in message or "may not write" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_permissions_are_respected(plan, folder):
    folder.mkdir(mode=0o500)
    assert "may not write" in refused(folder, plan)


def test_a_full_disk_before_the_story_is_told_in_a_sentence(plan, folder, monkeypatch):
    def full(*arguments, **named):
        raise LogError(f"cannot write {folder}: No space left on device")

    monkeypatch.setattr("mortal.engine.folder.place", full)
    assert "No space left" in refused(folder, plan)


def test_a_story_that_cannot_be_writes_nothing(folder):
    wrong = load(life("examine: {cohort: elder}"))
    assert "did you mean elders" in refused(folder, wrong)
    assert not folder.exists()
