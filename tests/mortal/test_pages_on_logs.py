"""What pages show of a finished run is run on one: a small lineage under the name they use."""

import re
from pathlib import Path

import pytest

from mortal.config import load

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def beside(lineage, tmp_path, monkeypatch):
    """A folder in which runs/lineage is a finished run."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "lineage").symlink_to(lineage.folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_of_the_log_opens_a_run(beside):
    (example,) = blocks("log.md", "python")
    names: dict[str, object] = {}
    exec(compile(example, "log.md", "exec"), names)
    assert "elders" in names["log"].children


def test_the_page_of_adapters_looks_at_a_run(beside, capsys):
    example = blocks("adapters.md", "python")[-1]
    exec(compile(example, "adapters.md", "exec"), {})
    shown = capsys.readouterr().out
    assert re.search(r"^heirs +\d", shown, re.MULTILINE), shown


def test_the_page_of_adapters_exports_a_run(beside, mortal):
    pytest.importorskip("pyarrow")
    (session,) = blocks("adapters.md", "sh")
    line = session.splitlines()[0].split()
    assert line[:2] == ["mortal", "export"]
    assert mortal(*line[1:]).code == 0
    for place in ("tables", "columns", "curves"):
        assert list((beside / place).rglob("*.*")), place


def test_the_steps_of_the_page_on_teaching_fit_a_story():
    (steps,) = blocks("teaching.md", "yaml")
    cohorts = (
        "elders: {layers: [64, 8], count: 4}\n  heirs: {like: elders}\n  peers: {like: elders}"
    )
    data = "data: {name: digits, train: 1000, validation: 200}"
    plan = load(f"version: 1\n{data}\ncohorts:\n  {cohorts}\nstory:\n{steps}")
    assert "heirs-read-out" in plan.config.cohorts
