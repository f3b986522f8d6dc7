"""Which engine a few words ask for."""

from collections.abc import Iterator
from contextlib import contextmanager

from devices.kernels import gpu_memory
from mortal.engine.errand import Engine
from mortal.engine.processes import Processes
from mortal.engine.serial import Serial
from mortal.errors import ConfigError

__all__ = ["ENGINES", "engine_for"]

ENGINES = ("serial", "processes", "dask")


@contextmanager
def engine_for(
    name: str | None = None,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    backend: str = "auto",
) -> Iterator[Engine]:
    """Yield an engine, and let it go after.

    Args:
        name: one of ENGINES; default: dask with a scheduler, else processes where there is more
            than one worker, else serial.
        workers: lots lived at a time; default: 1.
        scheduler: address of a Dask cluster, whose workers are all used.
        backend: of the plan; processes that compute on GPUs are shared out among them.

    Raises:
        ConfigError: the words contradict each other, or the engine cannot run here.
    """
    count = 1 if workers is None else workers
    if count < 1:
        raise ConfigError(f"--workers must be 1 or more, found {count}")
    if scheduler is not None:
        if name not in (None, "dask"):
            raise ConfigError(f"--scheduler is of the engine dask; found --engine {name}")
        if workers is not None:
            raise ConfigError("a cluster has its own workers: leave --workers out, or --scheduler")
    if name == "serial" and count > 1:
        raise ConfigError(f"the engine serial has one worker, found --workers {count}")
    if name == "dask" or scheduler is not None:
        from mortal.engine.cluster import Cluster

        cluster = Cluster(count, scheduler=scheduler)
        try:
            yield cluster
        finally:
            cluster.close()
    elif name == "processes" or count > 1:
        yield Processes(count, gpus=len(gpu_memory()) if backend == "cuda" else 0)
    else:
        yield Serial()
