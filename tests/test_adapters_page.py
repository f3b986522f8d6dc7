"""What docs/adapters.md tells its readers to write does run."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "adapters.md"


def blocks(section: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    (part,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    found = re.findall(r"^```python\n(.*?)^```$", part, re.M | re.S)
    assert found, section
    return found


def run(section: str) -> dict[str, object]:
    """Run the blocks of a section, one after the other."""
    names: dict[str, object] = {}
    for number, block in enumerate(blocks(section)):
        exec(compile(block, f"{PAGE.name}, {section}, block {number}", "exec"), names)
    return names


def test_the_classifier_of_the_page_learns(capsys: pytest.CaptureFixture[str]) -> None:
    run("scikit-learn")
    shown = capsys.readouterr().out
    found = re.search(r"device 7: accuracy (0\.\d+)\n\{'rate': ", shown)
    assert found, shown
    assert float(found[1]) > 0.9, shown


def test_the_torch_model_of_the_page_learns(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    run("torch")
    found = re.search(
        r"device 7: accuracy (0\.\d+), (\d\.\d+e\+\d+) pulses", capsys.readouterr().out
    )
    assert found
    assert float(found[1]) > 0.7, found[0]
    assert float(found[2]) > 1e4, found[0]


def test_the_foreign_configuration_of_the_page_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    names = run("aihwkit")
    shown = capsys.readouterr().out
    assert re.search(r"^device\.lifetime +1000 +lost ", shown, re.MULTILINE), shown
    assert "kind: soft-bounds" in str(names["story_takes"])
