"""The engine that lives one lot after another, in this process."""

from mortal.engine.errand import Errand
from mortal.engine.failing import explain, is_fatal
from mortal.engine.life import live
from mortal.engine.relay import Relay
from mortal.engine.stopping import Stopped

__all__ = ["Serial"]


class Serial:
    """One after another, here."""

    workers = 1

    def run(self, errand: Errand) -> None:
        """Live the lots; see `Engine`."""
        while (number := errand.assignments.take()) is not None:
            try:
                live(
                    errand.folder,
                    errand.lots[number],
                    errand.options,
                    narrator=_Here(number, errand),
                    stopping=errand.stopping,
                    provenance=errand.provenance,
                    told=errand.told,
                )
            except Stopped:
                errand.ended(number, "stopped")
                return
            except Exception as error:
                if is_fatal(error):
                    raise
                errand.ended(number, "failed", explain(errand.folder, number, error))
            else:
                errand.ended(number, "done")


class _Here(Relay):
    """Tells the chorus, and whoever listens here of each piece of work."""

    def __init__(self, lot: int, errand: Errand) -> None:
        super().__init__(lot, errand.chorus.hear)
        self._narrator, self._stopping = errand.narrator, errand.stopping

    def begin(self, label: str, total: int) -> None:
        """Tell both."""
        super().begin(label, total)
        self._narrator.begin(label, total)

    def advance(self, detail: str = "") -> None:
        """Tell both."""
        if self._stopping.is_urgent:
            raise KeyboardInterrupt  # it was raised before, where Python lets nothing out
        super().advance(detail)
        self._narrator.advance(detail)

    def end(self) -> None:
        """Tell both."""
        super().end()
        self._narrator.end()
