"""What the documents show is run: examples that no longer work are a broken promise."""

import re
from pathlib import Path

import pytest

from mortal.config import load

ROOT = Path(__file__).parents[1]


def blocks(language: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_python_session_of_the_readme_teaches_heirs(capsys: pytest.CaptureFixture[str]) -> None:
    (session,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(session, "README.md", "exec"), names)
    shown = capsys.readouterr().out
    found = re.search(r"accuracy (0\.\d+) .* chance 0\.100", shown)
    assert found, shown
    assert float(found[1]) > 0.7, shown


def test_the_yaml_of_the_readme_is_the_example() -> None:
    story, _ = blocks("yaml")
    assert load(story).hash() == load(ROOT / "examples" / "lineage.yaml").hash()


def test_the_sweep_of_the_readme_fits_its_story() -> None:
    story, sweep = blocks("yaml")
    cohorts = load(story + sweep).config.cohorts
    assert len(cohorts) == 3 * 3 * 2 * 3
    assert cohorts["elders-18"].rule.rate == 0.1
    assert cohorts["elders-18"].identical_to == "elders-01"


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda p: p.name)
def test_every_example_is_a_valid_configuration(path: Path) -> None:
    assert load(path).config.name


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document}: {target}"
