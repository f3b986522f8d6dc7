"""A run is of one backend: what `auto` means elsewhere never finishes what began here."""

import pytest

from devices.kernels import resolve
from mortal.config import load
from mortal.engine import Serial, Stopping, run
from mortal.engine.life import live
from mortal.engine.lots import lots_of
from mortal.engine.options import Options
from mortal.errors import ConfigError, RunStopped
from mortal.logbook import differences, open_log
from mortal.narrator import Quiet

pytestmark = pytest.mark.skipif(resolve("auto") != "native", reason="nothing to mistake")


@pytest.fixture
def begun(whole, tmp_path):
    """The folder of a run that was stopped after its first birth."""
    stopping = Stopping()
    stopping.ask()
    with pytest.raises(RunStopped):
        run(whole.plan, tmp_path / "run", stopping=stopping, lots=2)
    return tmp_path / "run"


@pytest.fixture
def without_native(monkeypatch):
    """An installation for which nothing was compiled."""
    monkeypatch.setattr("devices.kernels.available", lambda: ("reference",))


def test_a_run_begun_with_native_kernels_is_not_finished_by_others(
    whole, begun, mortal, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr("devices.kernels.available", lambda: ("reference",))
        said = mortal("resume", begun)
    assert said.code == 2
    assert f"{begun}: this run was begun with the backend 'native'" in said.err
    assert "'auto' is 'reference'" in said.err
    assert "--set backend=reference" in said.err
    run(whole.plan, begun)
    assert differences(whole.folder, begun) == []
    assert open_log(begun)["provenance"].attrs["backend"] == "native"


def test_nor_one_begun_without_them(whole, tmp_path, monkeypatch):
    stopping = Stopping()
    stopping.ask()
    with monkeypatch.context() as patch:
        patch.setattr("devices.kernels.available", lambda: ("reference",))
        with pytest.raises(RunStopped):
            run(whole.plan, tmp_path / "run", stopping=stopping)
    with pytest.raises(ConfigError, match="begun with the backend 'reference', and here 'auto'"):
        run(whole.plan, tmp_path / "run")


def test_a_worker_that_lacks_them_lives_no_lot(begun, without_native):
    lot = lots_of(begun)[1]
    with pytest.raises(ConfigError, match="is computed with the backend 'native'"):
        live(
            begun, lot, Options(), narrator=Quiet(), stopping=Stopping(),
            provenance={"backend": "native"},
        )  # fmt: skip


def test_a_backend_that_was_asked_for_by_name_is_refused_where_it_is_missing(
    whole, tmp_path, without_native
):
    plan = load(whole.plan.text(), overrides=["backend=native"])
    with pytest.raises(ConfigError, match="'native' is not available here"):
        run(plan, tmp_path / "run", engine=Serial())
    assert not (tmp_path / "run").exists()


def test_another_backend_in_the_file_is_another_run(whole, begun):
    plan = load(whole.plan.text(), overrides=["backend=reference"])
    with pytest.raises(ConfigError, match="holds another run"):
        run(plan, begun)
