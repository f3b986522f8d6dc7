"""A few words choose an engine; a cluster of our own is heard on this machine alone."""

import sys
from pathlib import Path

import driven
import pytest
from driven import listening

from mortal.engine import Processes, Serial, engine_for
from mortal.errors import ConfigError


@pytest.mark.parametrize(
    ("words", "kind", "workers"),
    [
        ({}, Serial, 1),
        ({"workers": 1}, Serial, 1),
        ({"workers": 3}, Processes, 3),
        ({"name": "serial"}, Serial, 1),
        ({"name": "processes"}, Processes, 1),
        ({"name": "processes", "workers": 2}, Processes, 2),
    ],
)
def test_words_choose_an_engine(words, kind, workers):
    with engine_for(**words) as engine:
        assert isinstance(engine, kind)
        assert engine.workers == workers


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"workers": 0}, "--workers must be 1 or more"),
        ({"name": "serial", "workers": 2}, "serial has one worker"),
        ({"name": "processes", "scheduler": "tcp://127.0.0.1:1"}, "--scheduler is of the engine"),
        ({"workers": 2, "scheduler": "tcp://127.0.0.1:1"}, "leave --workers out"),
    ],
)
def test_words_that_contradict_each_other_are_refused(words, why):
    with pytest.raises(ConfigError, match=why), engine_for(**words):
        pass


def test_without_dask_the_way_out_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match="pip install"), engine_for("dask"):
        pass


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="sockets are told by Linux")
def test_a_cluster_of_our_own_is_heard_on_loopback_alone(cluster):
    cloudpickle = pytest.importorskip("cloudpickle")
    cloudpickle.register_pickle_by_value(driven)
    workers = cluster._client.run(listening)
    everything = set().union(listening(), *workers.values())
    assert everything
    assert {address for address, _ in everything} == {"127.0.0.1"}
    assert 8787 not in {port for _, port in everything}
