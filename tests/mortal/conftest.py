"""One small lineage, run once by the command line, for all tests that only look."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from small_lives import LINEAGE
from typer.testing import CliRunner

from mortal.cli import app


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Finished:
    """A finished run: its file, its folder, and what the command said."""

    file: Path
    folder: Path
    said: Said


def command(*arguments):
    """Run the command line in this process."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception  # a user would see a traceback
    return Said(done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def mortal():
    """The command line as a function of its arguments."""
    return command


@pytest.fixture(scope="session")
def lineage(tmp_path_factory):
    """A finished run; not to be changed."""
    place = tmp_path_factory.mktemp("lineage")
    (place / "lineage.yaml").write_text(LINEAGE, encoding="utf-8")
    said = command("run", place / "lineage.yaml", "--out", place / "run")
    assert said.code == 0, said
    return Finished(place / "lineage.yaml", place / "run", said)
