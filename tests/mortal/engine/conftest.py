"""One story with every kind of step, lived once in one piece, for all tests that compare."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from many_lives import idx_folder, many

from mortal.config import Plan
from mortal.engine import engine_for, run


@dataclass(frozen=True)
class Whole:
    """A finished run in one lot a circle; not to be changed."""

    plan: Plan
    folder: Path
    file: Path
    """Its configuration, as a user would write it."""


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A folder of small pictures."""
    return idx_folder(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def whole(data, tmp_path_factory):
    """The story in one session, one lot a circle, in this process."""
    place = tmp_path_factory.mktemp("whole")
    plan = many(data)
    run(plan, place / "run", lots=1)
    (place / "many.yaml").write_text(plan.text(), encoding="utf-8")
    return Whole(plan, place / "run", place / "many.yaml")


@pytest.fixture(scope="session")
def cluster():
    """One Dask cluster of two workers for all: it takes seconds to start."""
    pytest.importorskip("distributed")
    with engine_for("dask", workers=2) as engine:
        yield engine
