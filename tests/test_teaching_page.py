"""What docs/teaching.md tells its readers to write does run."""

import re
from pathlib import Path

import pytest

from distill.channel import ANSWER_KINDS, KEPT_KINDS, bits_per_answer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "teaching.md"


def test_every_block_of_the_teaching_page_runs_after_those_before_it(capsys):
    pytest.importorskip("sklearn")
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) >= 6
    assert len(blocks[0].split("\n\n")[1].splitlines()) == 5, "five lines, after the imports"
    names: dict[str, object] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
    shown = capsys.readouterr().out
    assert "500 top-3 answers of 10 classes at softening 4, in 5 rounds chosen by margin" in shown
    found = re.search(r"accuracy (0\.\d+) -> (0\.\d+), teacher (0\.\d+)", shown)
    assert found, shown
    before, after, teacher = map(float, found.groups())
    assert before < 0.2 < teacher - 0.1 < after, shown


def test_the_teaching_page_counts_the_bits_that_are_counted():
    rows = re.findall(
        r"^\| `([a-z-]+)` \|.*\| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [kind for kind, _ in rows] == list(ANSWER_KINDS)
    for kind, bits in rows:
        keep = 3 if kind in KEPT_KINDS else None
        assert int(bits) == bits_per_answer(kind, 10, 8, keep), kind
