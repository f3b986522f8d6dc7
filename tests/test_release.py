"""What goes out: how it is cited, for which Pythons wheels are built, what each must do."""

import configparser
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
LONGEST_IMPORT = 0.5


@pytest.fixture(scope="module")
def declared():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


@pytest.fixture(scope="module")
def wheels():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return told["tool"]["cibuildwheel"]


def test_the_citation_is_of_this_version_and_in_the_format_of_its_schema(declared):
    """Keys and forms by the schema of the Citation File Format 1.2.0."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] == "software"
    required = {"cff-version", "message", "title", "authors"}
    known = required | {
        *("abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords"),
        *("license", "license-url", "preferred-citation", "references", "repository"),
        *("repository-artifact", "repository-code", "type", "url", "version"),
    }
    assert required <= set(cited) <= known
    for key in ("message", "title", "abstract", "license"):
        assert isinstance(cited[key], str)
        assert cited[key].strip()
    entity = {
        "name",
        "address",
        "alias",
        "city",
        "country",
        "email",
        "location",
        "orcid",
        "website",
    }
    person = {"affiliation", "alias", "email", "family-names", "given-names", "orcid", "website"}
    assert cited["authors"]
    for author in cited["authors"]:
        assert set(author) <= (entity if "name" in author else person), author
    assert all(isinstance(word, str) for word in cited["keywords"])
    assert len(set(cited["keywords"])) == len(cited["keywords"])
    assert str(cited["version"]) == declared["metadata"]["version"]
    assert cited["license"] == declared["metadata"]["license"]


def test_wheels_are_built_for_every_python_that_is_supported(declared, wheels):
    named = re.findall(r"Python :: (3\.\d+)", declared["metadata"]["classifiers"])
    assert tuple(named) == PYTHONS
    assert declared["options"]["python_requires"] == f">={PYTHONS[0]}"
    assert wheels["build"].split() == [f"cp{name.replace('.', '')}-*" for name in PYTHONS]
    page = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in page for name in PYTHONS)


def test_what_is_tried_of_a_wheel_is_here(wheels):
    named = re.findall(r"\{project\}/([\w./]+)", " ".join(wheels["test-command"]))
    assert named
    for name in named:
        assert (ROOT / name).is_file(), name


def test_the_kernels_are_built_for_any_processor_of_a_kind(monkeypatch):
    """What one processor has and another lacks is chosen when they are loaded (decision 3)."""
    import setuptools

    given = {}
    monkeypatch.setattr(setuptools, "setup", lambda **said: given.update(said))
    monkeypatch.chdir(ROOT)
    code = compile((ROOT / "setup.py").read_text(encoding="utf-8"), "setup.py", "exec")
    exec(code, {"__name__": "setup"})
    (extension,) = given["ext_modules"]
    options = {option for option in extension.extra_compile_args if not option.startswith("-std")}
    assert {"-ffp-contract=off", "-O3"} <= options
    narrowing = ("-march", "-mtune", "-mcpu", "-m", "-ffast-math", "-Ofast")
    assert not [option for option in options if option.startswith(narrowing)]


def test_what_is_installed_lives_with_all_its_parts():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "wheel.py"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "native kernels (plain" in done.stdout


def test_importing_mortal_takes_less_than_half_a_second():
    """The shortest of three: beside other work a start can take any time."""

    def seconds(code):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - began

    empty = min(seconds("pass") for _ in range(3))
    whole = min(seconds("import mortal") for _ in range(3))
    print(f"Python alone {empty:.3f} s, with `import mortal` {whole:.3f} s")
    assert whole - empty < LONGEST_IMPORT, f"{whole - empty:.2f} s beside Python's own"
