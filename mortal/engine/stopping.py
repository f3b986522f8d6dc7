"""Stopping: once asked, a run stops where it can be taken up again; asked twice, at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stopped", "Stopping", "on_signals"]


class Stopped(Exception):  # noqa: N818 - what happened, not what went wrong
    """The story was left at a point that is kept."""


class Stopping:
    """Whether somebody has asked to stop. Shared by threads."""

    def __init__(self) -> None:
        self._asked, self._urgent = threading.Event(), threading.Event()

    def ask(self) -> None:
        """Ask for a stop at the next point that is kept."""
        self._asked.set()

    def insist(self) -> None:
        """Ask for a stop at once."""
        self._urgent.set()

    @property
    def is_asked(self) -> bool:
        """Whether a stop was asked for."""
        return self._asked.is_set()

    @property
    def is_urgent(self) -> bool:
        """Whether a stop at once was asked for."""
        return self._urgent.is_set()


@contextmanager
def on_signals(stopping: Stopping, first: Callable[[], None]) -> Iterator[None]:
    """While inside, let an interrupt (Ctrl-C) or a request to terminate ask for a stop.

    The second one raises KeyboardInterrupt where the program happens to be. Outside the main
    thread, where Python lets nobody handle signals, nothing changes.

    Args:
        stopping: is asked.
        first: called at the first signal, to say so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if stopping.is_asked:
            stopping.insist()
            raise KeyboardInterrupt
        stopping.ask()
        first()

    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, handle) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
