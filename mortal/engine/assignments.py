"""Who is to live which lot: every lot once, and again where it failed, the others first."""

import threading
from collections import deque
from collections.abc import Iterable

__all__ = ["Assignments"]


class Assignments:
    """Hands out lots until all are done or have failed for good. Shared by threads.

    Attributes:
        failures: why the lots that failed for good did.
    """

    def __init__(self, lots: Iterable[int], retries: int) -> None:
        self._waiting = deque(lots)
        self._retries, self._tried = retries, dict.fromkeys(self._waiting, 0)
        self._at_work: set[int] = set()
        self._finished = 0
        self._lock = threading.Lock()
        self.failures: dict[int, str] = {}

    def take(self) -> int | None:
        """Return a lot to live, or None where none is waiting (one at work may still fail)."""
        with self._lock:
            if not self._waiting:
                return None
            lot = self._waiting.popleft()
            self._tried[lot] += 1
            self._at_work.add(lot)
            return lot

    def done(self, lot: int) -> None:
        """Say that a lot is done."""
        with self._lock:
            self._at_work.discard(lot)
            self._finished += 1

    def left(self, lot: int) -> None:
        """Say that a lot was left where it can be taken up again, because a stop was asked for."""
        with self._lock:
            self._at_work.discard(lot)

    def failed(self, lot: int, reason: str) -> None:
        """Say that a lot failed; it waits behind the others for another try, if it has one."""
        with self._lock:
            self._at_work.discard(lot)
            if self._tried[lot] <= self._retries:
                self._waiting.append(lot)
            else:
                self.failures[lot] = reason

    @property
    def is_finished(self) -> bool:
        """Whether all lots have been lived to their end."""
        with self._lock:
            return self._finished == len(self._tried)

    @property
    def is_over(self) -> bool:
        """Whether no lot waits or is at work."""
        with self._lock:
            return not self._waiting and not self._at_work
