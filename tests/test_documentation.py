"""The documentation can be built: no link leads nowhere, and no public name is left out."""

import html
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DOORS = (
    "mortal", "devices", "distill", "mortal.analysis", "mortal.adapters.sklearn", "mortal.data",
    "mortal.config", "mortal.export", "mortal.rules", "mortal.rules.peripheral", "mortal.report",
    "mortal.pictures", "devices.technology", "devices.fit",
)  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as HTML, by the command that CONTRIBUTING.md names."""
    place = tmp_path_factory.mktemp("docs")
    done = subprocess.run(
        [
            sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q",
            "-d", place / "doctrees", DOCS, place / "html",
        ],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-9000:]
    return place / "html"


def test_every_page_can_be_reached_from_the_first(built: Path) -> None:
    first = (built / "index.html").read_text(encoding="utf-8")
    reached = set(re.findall(r'href="([\w/-]+)\.html"', first)) | {"index"}
    decisions = (built / "decisions" / "README.html").read_text(encoding="utf-8")
    reached |= {f"decisions/{name}" for name in re.findall(r'href="(\d[\w-]+)\.html"', decisions)}
    pages = {str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.rglob("*.md")}
    assert pages - reached == {"claims/README"}, "a line beside the data, for those who look there"


@pytest.mark.parametrize("door", DOORS)
def test_every_public_name_is_described(built: Path, door: str) -> None:
    from sphinx.util.inventory import InventoryFile

    with (built / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, name: name)
    described = {name for kind in inventory.values() for name in kind}
    missing = [
        name for name in importlib.import_module(door).__all__ if f"{door}.{name}" not in described
    ]
    assert not missing


def test_no_page_fetches_anything_and_every_equation_is_set(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|link|img)\b[^>]*(?:src|href)="(?:https?:)?//', text), (
            page
        )
    physics = (built / "physics.html").read_text(encoding="utf-8")
    assert physics.count('<svg class="math"') > 80
    assert "$" not in re.sub(r"<[^>]+>", "", physics)


def test_equations_of_docstrings_keep_their_form_and_fields_their_units(built: Path) -> None:
    page = (built / "api" / "technology.html").read_text(encoding="utf-8")
    plain = html.unescape(re.sub(r"<[^>]+>", "", page))
    assert "    G <- G ((T + t + t0) / (T + t0))^(-nu)\n".strip() in plain
    assert re.search(r"drift_start\s+s\s+20\s+time after a write at which drift is measured", plain)
