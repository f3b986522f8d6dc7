"""Bad input gets one clear sentence, exit code 2, and nothing is written."""

import gzip
import os

import pytest
from small_lives import LINEAGE

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte")


def _is_one_sentence(said):
    lines = said.err.strip().splitlines()
    return len(lines) == 1 and lines[0].startswith("mortal: ") and "Traceback" not in said.err


CHANGED = {
    "unknown key": ("budget: 100", "budgett: 100", "did you mean budget?"),
    "duplicate key": ("seed: 7", "seed: 7\nseed: 8", "seed"),
    "wrong type": ("epochs: 2}", "epochs: two}", "expected a whole number, found 'two'"),
    "unknown cohort": ("copy:    {from: elders", "copy:    {from: elder", "did you mean elders?"),
    "unknown technology": ("mortal-default", "mortal-defalt", "did you mean mortal-default?"),
    "unknown rule": ("mono-forward", "mono-forwrd", "did you mean mono-forward?"),
    "unknown step": ("- bury:", "- burry:", "bury"),
    "no reverse read": (
        "rule: mono-forward",
        "rule: {name: mono-forward, label_matrix: array}",
        "needs a reverse-read",
    ),
    "layers that do not fit": ("[64, 16, 16]", "[63, 16, 16]", "has 64 features"),
    "more than serials": ("count: 2", "count: 1" + "0" * 30, "below 4294967296, found 1000"),
    "more than memory": ("count: 2", "count: 4000000000", "of memory, and this machine has"),
    "no file of a technology": ("mortal-default", "mine.yaml", "there is no file"),
    "negative count": ("count: 2", "count: -2", "at least 1, found -2"),
    "a tag": ("seed: 7", "seed: !!python/object/apply:os.system ['true']", "tag"),
    "an anchor": ("name: lineage", "name: &a lineage", "anchor"),
    "no version": ("version: 1\n", "", "version"),
    "a unit that is none": ("3 years", "3 parsecs", "'parsecs' is not a unit of time"),
    "cohorts of two sizes": ("clones: {like: elders}", "clones: {like: elders, count: 3}", "count"),
}


@pytest.mark.parametrize("mistake", CHANGED)
def test_a_mistake_in_the_file_is_named_with_its_place(mortal, tmp_path, mistake):
    right, wrong, expected = CHANGED[mistake]
    assert right in LINEAGE
    file = tmp_path / "life.yaml"
    file.write_text(LINEAGE.replace(right, wrong, 1), encoding="utf-8")
    said = mortal("run", file, "--out", tmp_path / "run")
    assert said.code == 2, said
    assert _is_one_sentence(said), said.err
    assert f"{file}:" in said.err
    assert expected in said.err
    assert not (tmp_path / "run").exists()


def test_a_small_number_may_be_written_with_an_exponent(mortal, tmp_path):
    file = tmp_path / "life.yaml"
    changed = "rule: {name: mono-forward, rate: 1e-6}"
    file.write_text(LINEAGE.replace("rule: mono-forward", changed), encoding="utf-8")
    said = mortal("config", "check", file)
    assert said.code == 0, said
    assert "rate: 1.0e-06" in mortal("config", "show", file).out


def _data_folder(tmp_path, damage):
    folder = tmp_path / "data"
    folder.mkdir()
    if damage != "missing":
        for name in FILES:
            content = b"\x00\x00\x08\x03" + b"\x00" * (3 if damage == "truncated" else 12)
            (folder / name).write_bytes(b"not an IDX file" if damage == "non-IDX" else content)
        (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"\x00\x00\x08\x01"))
    return folder


@pytest.mark.parametrize("damage", ["missing", "truncated", "non-IDX"])
def test_a_damaged_data_folder_is_refused_before_growth(mortal, tmp_path, damage):
    file = tmp_path / "life.yaml"
    file.write_text(LINEAGE, encoding="utf-8")
    folder = _data_folder(tmp_path, damage)
    out = tmp_path / "run"
    change = f"data={{name: idx, path: {folder}}}"
    said = mortal("run", file, "--out", out, "--set", change)
    assert said.code == 2, said
    assert _is_one_sentence(said), said.err
    assert str(folder) in said.err
    assert not out.exists()


def test_a_folder_of_another_run_is_kept_unless_it_may_be_replaced(mortal, tmp_path):
    file, out = tmp_path / "life.yaml", tmp_path / "run"
    story = LINEAGE[: LINEAGE.index("  - age")]
    file.write_text(story, encoding="utf-8")
    assert mortal("run", file, "--out", out).code == 0
    before = (out / "log.h5").read_bytes()
    said = mortal("run", file, "--out", out, "--seed", 8)
    assert said.code == 2
    assert _is_one_sentence(said), said.err
    assert "--overwrite" in said.err
    assert (out / "log.h5").read_bytes() == before
    assert mortal("run", file, "--out", out, "--seed", 8, "--overwrite").code == 0
    assert (out / "log.h5").read_bytes() != before


def test_a_folder_with_a_persons_files_is_never_touched(mortal, tmp_path):
    file, out = tmp_path / "life.yaml", tmp_path / "thesis"
    file.write_text(LINEAGE, encoding="utf-8")
    out.mkdir()
    (out / "chapter1.tex").write_text("years of work", encoding="utf-8")
    for flags in ((), ("--overwrite",)):
        said = mortal("run", file, "--out", out, *flags)
        assert said.code == 2
        assert _is_one_sentence(said), said.err
    assert [path.name for path in out.iterdir()] == ["chapter1.tex"]


def test_a_file_is_no_folder(mortal, tmp_path):
    file = tmp_path / "life.yaml"
    file.write_text(LINEAGE, encoding="utf-8")
    said = mortal("run", file, "--out", file)
    assert (said.code, _is_one_sentence(said)) == (2, True), said


def test_an_unwritable_folder_is_named(mortal, tmp_path, monkeypatch):
    file, out = tmp_path / "life.yaml", tmp_path / "run"
    file.write_text(LINEAGE, encoding="utf-8")
    out.mkdir()
    # Root may write everywhere, so the system's answer is given here.
    answer = os.access
    monkeypatch.setattr(
        os,
        "access",
        lambda path, mode, **_: (
            not (str(path) == str(out) and mode & os.W_OK) and answer(path, mode)
        ),
    )
    said = mortal("run", file, "--out", out)
    assert (said.code, _is_one_sentence(said)) == (2, True), said
    assert "you may not write here" in said.err
    assert not list(out.iterdir())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("presets", "ecram"), "did you mean ecram-tang2018?"),
        (("inspect", "no-such-folder"), "no-such-folder"),
        (("run", "no-such-file.yaml"), "there is no such file"),
        (("data", "get", "imagenet", "--to", "x"), "imagenet"),
    ],
)
def test_a_wrong_argument_is_one_sentence_too(mortal, tmp_path, monkeypatch, arguments, expected):
    monkeypatch.chdir(tmp_path)
    said = mortal(*arguments)
    assert (said.code, _is_one_sentence(said)) == (2, True), said
    assert expected in said.err
    assert not list(tmp_path.iterdir())


def test_a_run_whose_currents_cannot_be_had_fails_with_one_sentence(mortal, tmp_path):
    """Known only once the cells are read: the run has begun, so the code is 1."""
    file = tmp_path / "life.yaml"
    wires = "{like: mortal-default, wires: {row_resistance: 1 Mohm}}"
    file.write_text(LINEAGE.replace("mortal-default", wires), encoding="utf-8")
    said = mortal("run", file, "--out", tmp_path / "run")
    assert (said.code, _is_one_sentence(said)) == (1, True), said
    assert "allow more, lower the resistances or use wires.solve exact" in said.err
