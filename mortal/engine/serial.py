"""The engine that lives one lot after another, in this process."""

from mortal.engine.errand import Errand
from mortal.engine.failing import explain, is_fatal
from mortal.engine.life import live
from mortal.engine.relay import Relay
from mortal.engine.stopping import Stopped
from mortal.narrator import Narrator

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
                    narrator=_Here(Relay(number, errand.chorus.hear), errand.narrator),
                    stopping=errand.stopping,
                    provenance=errand.provenance,
                    told=errand.told,
                )
            except Stopped:
                errand.assignments.left(number)
                errand.chorus.ended(number, "waiting")
                return
            except Exception as error:
                if is_fatal(error):
                    raise
                errand.assignments.failed(number, explain(errand.folder, number, error))
                errand.chorus.ended(number, "failed")
            else:
                errand.assignments.done(number)
                errand.chorus.ended(number, "done")


class _Here(Relay):
    """Tells the chorus, and whoever listens here of each piece of work."""

    def __init__(self, relay: Relay, narrator: Narrator) -> None:
        self.__dict__.update(relay.__dict__)
        self._narrator = narrator

    def begin(self, label: str, total: int) -> None:
        """Tell both."""
        super().begin(label, total)
        self._narrator.begin(label, total)

    def advance(self, detail: str = "") -> None:
        """Tell both."""
        super().advance(detail)
        self._narrator.advance(detail)

    def end(self) -> None:
        """Tell both."""
        super().end()
        self._narrator.end()
