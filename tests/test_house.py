"""The house stands as the style says: floors, doors, light entrances, scripts that need no care."""

import ast
import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("mortal", "devices", "distill")
PYTHON_FILES = sorted(
    path for folder in (*PACKAGES, "tests", "scripts") for path in (ROOT / folder).rglob("*.py")
)
DOORS = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("__init__.py"))
GUESTS = ("torch", "cupy", "dask", "distributed", "openTSNE", "pyarrow")
HEAVY = ("numpy", "pydantic", "h5py", "xarray", "sklearn", "scipy", "matplotlib", *GUESTS)


def run_python(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run this Python on its own, far from what the suite has imported."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


def said(done: subprocess.CompletedProcess[str]) -> str:
    return f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def top_level_imports(code: str) -> set[str]:
    """Return the first names of all modules that running the code imports."""
    done = run_python("-X", "importtime", "-c", code)
    assert done.returncode == 0, said(done)
    found = re.findall(r"^import time:.*\| +([\w.]+)$", done.stderr, flags=re.MULTILINE)
    assert found, said(done)
    return {name.partition(".")[0] for name in found}


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff_finds_nothing(arguments):
    done = run_python("-m", "ruff", *arguments, ".")
    assert done.returncode == 0, said(done)


def test_strict_types_hold():
    done = run_python("-m", "mypy")
    assert done.returncode == 0, said(done)


def test_no_floor_sees_what_it_must_not():
    code = "import sys, importlinter.cli as cli; sys.exit(cli.lint_imports(no_cache=True))"
    done = run_python("-c", code)
    assert done.returncode == 0, said(done)
    assert "0 broken" in done.stdout, said(done)


def test_guests_are_never_imported_uninvited():
    names = [
        found.name
        for package in PACKAGES
        for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}.")
        if not found.name.endswith("__main__")
        # Whoever imports an adapter has invited its guest.
        and not found.name.startswith("mortal.adapters.")
    ]
    assert len(names) > 50, names
    code = (
        "import sys, importlib\n"
        f"for name in {[*PACKAGES, *names]!r}: importlib.import_module(name)\n"
        f"print([name for name in {GUESTS!r} if name in sys.modules])"
    )
    done = run_python("-c", code)
    assert done.returncode == 0, said(done)
    assert done.stdout.strip() == "[]"


def test_importing_mortal_is_light():
    assert not top_level_imports("import mortal") & set(HEAVY)


def test_help_loads_no_numbers():
    code = "import sys; sys.argv = ['mortal', '--help']; from mortal.cli import main; main()"
    imported = top_level_imports(code)
    assert "typer" in imported
    assert not imported & set(HEAVY)


def test_the_command_line_can_be_run_as_a_module():
    done = run_python("-m", "mortal.cli", "--help")
    assert done.returncode == 0, said(done)
    assert "run" in done.stdout


def test_the_command_is_installed_under_the_same_name():
    code = "from importlib.metadata import entry_points as e; print(*e(name='mortal'))"
    assert "mortal.cli:main" in run_python("-c", code).stdout


@pytest.mark.parametrize("path", PYTHON_FILES, ids=name_of)
def test_a_file_stays_under_four_hundred_lines(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines < 400, f"{lines} lines: look for the second idea"


@pytest.mark.parametrize("path", DOORS, ids=name_of)
def test_a_door_says_what_is_behind_it(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a door has a docstring"
    door = importlib.import_module(".".join(path.relative_to(ROOT).parent.parts))
    names = door.__all__
    assert len(set(names)) == len(names)
    missing = [name for name in names if not hasattr(door, name)]
    assert not missing


def test_text_holds_neither_tabs_nor_merge_markers():
    kinds = {".py", ".md", ".yaml", ".yml", ".cfg", ".toml", ".txt", ".h", ".cu", ".cpp"}
    markers = tuple(sign * 7 for sign in "<>|")
    faults = [
        f"{name_of(path)}:{number}"
        for top in ROOT.iterdir()
        if not top.name.startswith(".") and top.name not in ("build", "runs")
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.is_file() and (path.suffix in kinds or path.parent.name == "scripts")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "\t" in line or line.startswith(markers)
    ]
    assert not faults


STAND_IN = """#!/bin/sh
echo "$*" >> calls
case "$*" in
    "-c "*) exit "${OLD:-0}" ;;
    "-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; cp "$0" .venv/bin/mortal ;;
    "-m pip install"*torch*) exit "${TORCH_FAILS:-0}" ;;
    "-m pip install"*) echo noise; echo noise >&2; exit "${PIP_FAILS:-0}" ;;
esac
"""


class Yard:
    """A copy of the scripts in which a stand-in for Python writes down how it is called."""

    def __init__(self, place: Path) -> None:
        self.place, self.bin = place / "a yard", place / "bin"
        self.bin.mkdir()
        shutil.copytree(ROOT / "scripts", self.place / "scripts")
        shutil.copytree(ROOT / ".ci", self.place / ".ci")
        for name in ("setup.cfg", "setup.py", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.place / name)
        kernels = "devices/kernels/source"
        shutil.copytree(ROOT / kernels, self.place / kernels)
        for name in ("bash", "cat", "cksum", "cp", "dirname", "env", "grep", "mkdir", "rm", "sh"):
            tool = shutil.which(name)
            assert tool is not None, name
            (self.bin / name).symlink_to(tool)
        self.python = self.bin / "python3.12"
        self.python.write_text(STAND_IN, encoding="utf-8")
        self.python.chmod(0o755)

    def run(
        self, script: str, *arguments: str, **environment: str
    ) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        """Run a script from elsewhere; return how it ended and the calls of Python by `-m`."""
        (self.place / "calls").unlink(missing_ok=True)
        done = subprocess.run(
            [self.place / script, *arguments], cwd=self.bin, stdin=subprocess.DEVNULL,
            env={"PATH": str(self.bin), **environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        path = self.place / "calls"
        calls = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return done, [call for call in calls if not call.startswith(("-c", "-m pip --version"))]


@pytest.fixture
def yard(tmp_path) -> Yard:
    return Yard(tmp_path)


@pytest.mark.parametrize("script", ["scripts/demo", "scripts/test", ".ci/run"])
def test_a_script_can_be_executed(script):
    assert os.access(ROOT / script, os.X_OK)


def test_the_first_test_run_installs_and_the_second_does_not(yard):
    done, calls = yard.run("scripts/test", "-k", "a b")
    assert done.returncode == 0, said(done)
    assert "noise" not in done.stdout + done.stderr
    assert [call.split()[1] for call in calls] == ["venv", "pip", "pip", "pytest"]
    assert calls[1].endswith("--constraint constraints.txt -e .[test] scikit-learn")
    assert calls[2].endswith("--constraint constraints.txt torch")
    assert calls[3] == "-m pytest -k a b"
    done, calls = yard.run(".ci/run", CI="true")
    assert (done.returncode, done.stderr, calls) == (0, "", ["-m pytest"]), said(done)


def test_the_demo_runs_the_lineage_and_passes_arguments_on(yard):
    done, calls = yard.run("scripts/demo", "--seed", "3")
    assert done.returncode == 0, said(done)
    assert "noise" not in done.stdout + done.stderr
    lineage = "run examples/lineage.yaml --out runs/lineage --overwrite --seed 3"
    assert [call.split()[1] for call in calls[:2]] == ["venv", "pip"]
    assert calls[2:] == [lineage]
    assert yard.run("scripts/demo", "--seed", "3")[1] == [lineage]
    # The tests need more than the demo does, and the demo no more than the tests.
    assert len(yard.run("scripts/test")[1]) == 3
    assert yard.run("scripts/demo", "--seed", "3")[1] == [lineage]


@pytest.mark.parametrize("name", ["setup.cfg", "constraints.txt", "devices/kernels/source/read.h"])
def test_what_is_installed_from_has_changed_and_is_installed_anew(yard, name):
    yard.run("scripts/demo")
    with (yard.place / name).open("a", encoding="utf-8") as file:
        file.write("# another\n")
    assert len(yard.run("scripts/demo")[1]) == 2
    assert len(yard.run("scripts/demo")[1]) == 1


@pytest.mark.parametrize("script", ["scripts/demo", "scripts/test"])
def test_a_failed_installation_is_one_sentence_and_leaves_no_stamp(yard, script):
    done, calls = yard.run(script, PIP_FAILS="1")
    assert done.returncode == 1
    assert len(calls) == 2, "nothing runs after a failed installation"
    assert done.stdout == ""
    started, failed = done.stderr.splitlines()
    assert "once" in started
    assert "network" in failed
    assert not list((yard.place / ".venv").glob(".ready-*"))
    assert len(yard.run(script)[1]) > 1, "the next call tries again"


def test_tests_run_without_torch_and_say_so(yard):
    for _ in range(2):
        done, calls = yard.run("scripts/test", TORCH_FAILS="1")
        assert done.returncode == 0, said(done)
        assert calls[-1] == "-m pytest"
        assert "torch" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("script", ["scripts/demo", "scripts/test"])
def test_without_a_python_a_script_says_what_it_needs(yard, script):
    done, _ = yard.run(script, OLD="1")
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr.splitlines()[-1]
    assert not (yard.place / ".venv").exists()
