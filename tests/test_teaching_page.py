"""What docs/teaching.md tells its readers to write does run."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "teaching.md"


def test_every_block_of_the_teaching_page_runs_after_those_before_it(capsys):
    pytest.importorskip("sklearn")
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) >= 6
    names: dict[str, object] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
    assert "bits a device" in capsys.readouterr().out
