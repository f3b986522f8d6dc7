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

from mortal.engine.errand import Errand, How
from mortal.errors import LogError
from mortal.progress import progress_folder

__all__ = ["Processes"]

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_TAIL = 2000
"""Bytes of a dead worker's last words."""
_SECONDS = 1.0
"""For a hand to let go, once its worker is gone."""


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
        self._workers, self.gpus = workers, gpus
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
                is_spent = any(hand.is_spent for hand in hands)
                if not is_told and (errand.stopping.is_asked or is_spent):
                    is_told = True
                    for hand in hands:
                        hand.stop()
        finally:
            for hand in hands:
                hand.end()
        for hand in hands:
            if hand.fatal:
                raise LogError(hand.fatal)
            if hand.fault is not None:
                raise hand.fault

    def begin(self, number: int, last_words: Path) -> "subprocess.Popen[str]":
        """Start a worker; what it says on standard error goes into a file."""
        environment = os.environ | dict.fromkeys(_ONE_THREAD, "1")
        if self.gpus:
            environment["CUDA_VISIBLE_DEVICES"] = str(number % self.gpus)
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
        self.fault: Exception | None = None

    @property
    def is_spent(self) -> bool:
        """Whether it has given up, and nobody else would fare better."""
        return bool(self.fatal) or self.fault is not None

    def run(self) -> None:
        """Work until no lot is left."""
        try:
            self._work()
        except Exception as fault:  # told by the engine: a thread's own end would be overlooked
            self.fault = fault

    def _work(self) -> None:
        assignments = self._errand.assignments
        while not self._is_over.is_set() and not self._errand.stopping.is_asked:
            lot = assignments.take()
            if lot is None:
                if assignments.is_over:
                    return
                self._is_over.wait(0.05)  # one at work elsewhere may fail and come back
                continue
            how, reason = self._live(lot)
            if how == "failed" and self._is_over.is_set():  # its worker was ended, or will be
                how = "stopped"
            if how == "fatal":
                self.fatal = reason
            self._errand.ended(lot, how, reason)
            if how in ("fatal", "stopped"):
                return

    def stop(self) -> None:
        """Ask the worker to leave its lot where it can be taken up again."""
        self._is_over.set()
        self._say({"stop": True})

    def end(self) -> None:
        """Let the worker go, or end it if it is still at work."""
        self._is_over.set()
        self._end_worker()
        self.join(_SECONDS)
        self._end_worker()  # one that was starting
        with suppress(OSError):
            if self._last_words.stat().st_size == 0:
                self._last_words.unlink()

    def _end_worker(self) -> None:
        worker = self._worker
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                with suppress(OSError, ValueError):  # read from, or closed, at this moment
                    pipe.close()

    def _live(self, lot: int) -> tuple[How, str]:
        """Have a lot lived, and return how it ended and why."""
        if self._worker is None or self._worker.poll() is not None:
            self._end_worker()  # closes what led to a dead one
            self._worker = self._engine.begin(self._number, self._last_words)
        errand = self._errand
        task = {"folder": str(errand.folder), "lot": lot, "options": errand.options.text()}
        self._say(task | {"provenance": errand.provenance, "share": errand.share})
        if errand.stopping.is_asked:  # asked between our look and the worker's start
            self._say({"stop": True})
        if self._is_over.is_set():  # let go while the worker was starting
            self._end_worker()
            return "stopped", ""
        assert self._worker.stdout is not None
        for line in self._worker.stdout:
            if not line.endswith("\n"):  # it died in the midst of it
                break
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
