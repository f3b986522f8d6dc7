"""What the documents show is run: examples that no longer work are a broken promise."""

import re
from pathlib import Path

import pytest

from devices import Fidelity, fidelity
from devices.fidelity import Choosing
from devices.technology import ConstantResponse, PulsedResponse, SoftBoundsResponse, Technology
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
    code = path.with_suffix("")  # the folder of an example's own code, if it has some
    assert load(path, code=code if code.is_dir() else None).config.name


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document}: {target}"


def test_the_page_on_fidelities_tells_the_rule_that_is_followed() -> None:
    page = (ROOT / "docs" / "fidelities.md").read_text(encoding="utf-8")
    told = page[: page.index("<!-- begin: measured -->")]

    def rule(declared: type[PulsedResponse], **numbers: float) -> Choosing:
        response = declared(step=0.01, **numbers)  # type: ignore[arg-type]
        return Choosing.of(Technology(name="specimen", response=response))  # type: ignore[arg-type]

    assert f"K+ K- > ({fidelity._REORDERED_LIMIT:g} / (D s))^2" in told
    assert rule(SoftBoundsResponse).most_pairs == pytest.approx((0.05 / 0.01) ** 2)
    assert f"w + K+ D+ + {fidelity._DEVIATIONS:g} sigma D sqrt(K)" in told
    assert f"multiplicative noise of at most {fidelity._CALM_NOISE:g}" in told
    assert f"sigma above {fidelity._CALM_NOISE:g} of the step" in told
    calm, wild = (rule(ConstantResponse, cycle_noise=fidelity._CALM_NOISE + e) for e in (0, 0.01))
    percent = f"{100 * calm.exceptions:g} %"
    for cells, taken in (
        (f"at most {percent} reordered or exposed", Fidelity.AVERAGED),
        (f"more than that, at most {percent} exposed", calm.in_order),
        ("more exposed, calm noise", calm.at_bounds),
        ("more exposed, wild noise", wild.at_bounds),
    ):
        assert f"| {cells} | `{taken.name.lower()}` |" in told
