"""The engine of local processes: each lives one lot at a time, and none is missed when it dies."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mortal.engine.errand import Errand
from mortal.errors import LogError
from mortal.progress import progress_folder

__all__ = ["Processes"]

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_TAIL = 2000
"""Bytes of a dead worker's last words."""


class Processes:
    """Workers on this machine, one thread each, fed by lines of JSON.

    Args:
        workers: how many.
        command: how a worker is started.
        gpus: graphics cards to share out among the workers; 0: none.
    """

    def __init__(
        self, workers: int, *, command: Sequence[str] | None = None, gpus: int = 0
    ) -> None:
        self._workers, self._gpus = workers, gpus
        self._command = command or (sys.executable, "-m", "mortal.engine.worker")

    @property
    def workers(self) -> int:
        """How many lots are lived at a time."""
        return self._workers

    def run(self, errand: Errand) -> None:
        """Live the lots; see `Engine`."""
        hands = [_Hand(self, errand, number) for number in range(self._workers)]
        for hand in hands:
            hand.start()
        is_told = False
        try:
            while any(hand.is_alive() for hand in hands):
                for hand in hands:
                    hand.join(0.05)
                if not is_told and (errand.stopping.is_asked or any(h.fatal for h in hands)):
                    is_told = True
                    for hand in hands:
                        hand.stop()
        finally:
            for hand in hands:
                hand.end()
        for hand in hands:
            if hand.fatal:
                raise LogError(hand.fatal)

    def begin(self, number: int, last_words: Path) -> "subprocess.Popen[str]":
        """Start a worker; what it says on standard error goes into a file."""
        environment = os.environ | dict.fromkeys(_ONE_THREAD, "1")
        if self._gpus:
            environment["CUDA_VISIBLE_DEVICES"] = str(number % self._gpus)
        last_words.parent.mkdir(exist_ok=True)
        with open(last_words, "w", encoding="utf-8") as errors:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env=environment,
                start_new_session=True,  # an interrupt at the terminal is the driver's alone
            )


class _Hand(threading.Thread):
    """Gives lots to one worker, and starts it anew where it died."""

    def __init__(self, engine: Processes, errand: Errand, number: int) -> None:
        super().__init__(daemon=True)
        self._engine, self._errand, self._number = engine, errand, number
        self._last_words = progress_folder(errand.folder) / f"worker-{number}.err"
        self._worker: subprocess.Popen[str] | None = None
        self._is_over = threading.Event()
        self.fatal = ""

    def run(self) -> None:
        """Work until no lot is left."""
        assignments = self._errand.assignments
        while not self._is_over.is_set() and not self._errand.stopping.is_asked:
            lot = assignments.take()
            if lot is None:
                if assignments.is_over:
                    return
                self._is_over.wait(0.05)  # one at work elsewhere may fail and come back
                continue
            how, reason = self._live(lot)
            if how == "failed":
                assignments.failed(lot, reason)
            elif how == "done":
                assignments.done(lot)
            else:
                assignments.left(lot)
                self.fatal = reason if how == "fatal" else ""
            self._errand.chorus.ended(lot, how if how in ("done", "failed") else "waiting")
            if how in ("fatal", "stopped"):
                return

    def stop(self) -> None:
        """Ask the worker to leave its lot where it can be taken up again."""
        self._is_over.set()
        self._say({"stop": True})

    def end(self) -> None:
        """Let the worker go, or end it if it is still at work."""
        self._is_over.set()
        worker = self._worker
        if worker is not None:
            worker.kill()
            worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
        with suppress(OSError):
            if self._last_words.stat().st_size == 0:
                self._last_words.unlink()

    def _live(self, lot: int) -> tuple[str, str]:
        """Have a lot lived, and return how it ended and why."""
        if self._worker is None or self._worker.poll() is not None:
            self._worker = self._engine.begin(self._number, self._last_words)
        errand = self._errand
        task = {"folder": str(errand.folder), "lot": lot, "options": errand.options.text()}
        self._say(task | {"provenance": errand.provenance, "share": errand.share})
        if errand.stopping.is_asked:  # asked between our look and the worker's start
            self._say({"stop": True})
        assert self._worker.stdout is not None
        for line in self._worker.stdout:
            message = json.loads(line)
            if "ended" in message:
                return message["ended"], message["reason"]
            errand.chorus.hear(message)
        return "failed", self._how_it_died(self._worker)

    def _say(self, message: dict[str, Any]) -> None:
        worker = self._worker
        if worker is None or worker.stdin is None:
            return
        with suppress(OSError, ValueError):  # it is gone; who reads from it will see
            worker.stdin.write(json.dumps(message) + "\n")
            worker.stdin.flush()

    def _how_it_died(self, worker: "subprocess.Popen[str]") -> str:
        code = worker.wait()
        how = f"exited with code {code}"
        if code < 0:
            with suppress(ValueError):
                how = f"was killed by {signal.Signals(-code).name}"
            how += " (out of memory?)" if code == -signal.SIGKILL else ""
        words = ""
        with suppress(OSError):
            words = self._last_words.read_text(encoding="utf-8", errors="replace")[-_TAIL:]
        last = words.strip().splitlines()[-1:]
        return f"its worker {how}" + (f": {last[0]}" if last else "")
