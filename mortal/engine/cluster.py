"""The engine of a Dask cluster: local workers, or those of a scheduler anywhere.

Lots travel as a folder's path and a number, so the folder must be seen under one path by all.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mortal.engine.errand import Errand
from mortal.engine.failing import explain
from mortal.engine.stopping import Stopping
from mortal.engine.worker import live_lot
from mortal.errors import ConfigError, LogError
from mortal.progress import progress_folder

__all__ = ["Cluster"]

_TOPIC = "mortal"
_STOP = "stop"
"""Name of the file in the folder of progress that asks workers to stop."""


class Cluster:
    """Workers of `dask.distributed`, each living one lot at a time.

    Args:
        workers: of a cluster on this machine, on loopback and without a dashboard.
        scheduler: address of a cluster that is there already; its workers are used as they are.

    Raises:
        ConfigError: distributed is not installed, or nobody answers at the address.
    """

    def __init__(self, workers: int = 1, *, scheduler: str | None = None) -> None:
        try:
            import distributed
        except ImportError:
            raise ConfigError(
                "a Dask cluster needs the package distributed: pip install 'mortal-crossbars"
                "[cluster]', or leave the engine to `processes`"
            ) from None
        self._cluster: Any = None
        if scheduler is None:
            import dask

            # A worker that dies fails its own lot at once; retries are ours, behind the others.
            with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
                self._cluster = distributed.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    # None would stand for the port 8787, which others may have.
                    dashboard_address="127.0.0.1:0",
                    scheduler_kwargs={"dashboard": False},
                )
        try:
            self._client = distributed.Client(self._cluster or scheduler, timeout="10s")
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"no Dask scheduler answers at {scheduler}: {error}; give an address such as "
                "tcp://127.0.0.1:8786"
            ) from None

    @property
    def workers(self) -> int:
        """How many lots are lived at a time: one for each thread of the cluster."""
        return max(1, sum(map(int, self._client.nthreads().values())))

    def close(self) -> None:
        """Leave the cluster, and end it if it was started here."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()

    def run(self, errand: Errand) -> None:
        """Live the lots; see `Engine`."""
        from distributed import wait

        stop = _stop_file(errand.folder)
        stop.unlink(missing_ok=True)
        self._client.subscribe_topic(_TOPIC, lambda event: _hear(errand, event))
        at_work: dict[Any, int] = {}
        try:
            while not (errand.assignments.is_over and not at_work):
                if errand.stopping.is_asked and not stop.exists():
                    stop.parent.mkdir(exist_ok=True)
                    stop.touch()
                self._hand_out(errand, at_work)
                if not at_work:
                    if errand.stopping.is_asked:
                        return
                    continue
                with suppress(TimeoutError):
                    wait(list(at_work), timeout=0.2, return_when="FIRST_COMPLETED")
                for future in [future for future in at_work if future.done()]:
                    _take_in(errand, at_work.pop(future), future)
        finally:
            self._client.cancel(list(at_work), force=True)
            self._client.unsubscribe_topic(_TOPIC)
            with suppress(OSError):
                stop.unlink(missing_ok=True)

    def _hand_out(self, errand: Errand, at_work: dict[Any, int]) -> None:
        # Never more than are lived at a time: what waits at a worker would die with it.
        while len(at_work) < self.workers and not errand.stopping.is_asked:
            lot = errand.assignments.take()
            if lot is None:
                return
            task = {
                "folder": str(errand.folder.absolute()),
                "lot": lot,
                "options": errand.options.text(),
                "provenance": errand.provenance,
            }
            future = self._client.submit(_live_there, json.dumps(task), pure=False, retries=0)
            at_work[future] = lot


def _take_in(errand: Errand, lot: int, future: Any) -> None:
    if future.status == "finished":
        ended = future.result()
        how, reason = ended["ended"], ended["reason"]
    else:
        how, reason = "failed", _how_it_failed(errand.folder, lot, future)
    errand.ended(lot, how, reason)
    if how == "fatal":
        raise LogError(reason)


def _how_it_failed(folder: Path, lot: int, future: Any) -> str:
    from distributed import KilledWorker

    if future.status != "error":
        return f"its task was {future.status} by the cluster"
    error = future.exception()
    if isinstance(error, KilledWorker):
        return f"its worker {error.last_worker.address} died"
    return explain(folder, lot, error)


def _hear(errand: Errand, event: Any) -> None:
    _, message = event
    if message.get("folder") == str(errand.folder.absolute()):
        errand.chorus.hear(json.loads(message["text"]))


def _live_there(task: str) -> dict[str, Any]:
    """Live a lot in a worker of the cluster."""
    from distributed import get_worker

    told = json.loads(task)
    worker = get_worker()

    def send(news: Mapping[str, Any]) -> None:
        worker.log_event(_TOPIC, {"folder": told["folder"], "text": json.dumps(news)})

    return live_lot(told, send, _ByFile(_stop_file(Path(told["folder"]))))


class _ByFile(Stopping):
    """A stop that is asked for by a file, which any worker of any machine sees."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    @property
    def is_asked(self) -> bool:
        """Whether a stop was asked for."""
        return self._path.exists()


def _stop_file(folder: Path) -> Path:
    return progress_folder(folder) / _STOP
