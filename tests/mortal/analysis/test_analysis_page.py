"""The page on analysis shows what works: its story is lived, its examples are run in order."""

import re
from pathlib import Path

import pytest
from small_lives import lived

PAGE = Path(__file__).parents[3] / "docs" / "analysis.md"


def blocks(language):
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_examples_of_the_page_run_in_order(tmp_path, monkeypatch, capsys):
    pytest.importorskip("openTSNE", reason="maps need openTSNE, which is optional")
    (story,) = blocks("yaml")
    lived(story, tmp_path / "runs" / "schools")
    monkeypatch.chdir(tmp_path)
    examples, names = blocks("python"), {}
    assert len(examples) == 8
    for example in examples:
        exec(compile(example, str(PAGE), "exec"), names)
    assert (tmp_path / "devices.csv").read_text(encoding="utf-8").startswith("serial,")
    assert len(names["devices"]) == 80
    assert names["found"].variance["cycle"] == pytest.approx(0.02**2, rel=0.05)
    assert names["heirs"].shape[1] == 2
    shown = capsys.readouterr().out
    assert "trustworthiness" in shown
    senses = {frozenset(line[2:-2].split("', '")) for line in shown.splitlines()[-2:]}
    assert senses == {frozenset({"suit", "shirt"}), frozenset({"rope", "knot"})}, shown
