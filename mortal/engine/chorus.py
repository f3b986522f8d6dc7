"""What many lots tell, heard as one: rows of whole cohorts, and how far the run has come."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from mortal.config import Plan
from mortal.data import Dataset
from mortal.engine.lots import Lot, circles
from mortal.engine.relay import News, exam_of, lesson_of
from mortal.engine.work import work_of
from mortal.narrator import Narrator, Standing
from mortal.progress import Progress, read_all, write
from mortal.story import Moment, moments

__all__ = ["Chorus"]

_SECONDS_SHOWN, _SECONDS_SAVED = 0.2, 1.0


@dataclass
class _Voice:
    """What one lot has told so far."""

    lot: Lot
    work: list[float]
    progress: Progress
    saved: float = field(default=-1e9)

    @property
    def done(self) -> float:
        """Work that is done, in samples that devices learn."""
        told = self.progress
        if told.moment >= len(self.work):
            return sum(self.work)
        part = told.done / told.total if told.total else 0.0
        return sum(self.work[: told.moment]) + part * self.work[told.moment]


class Chorus:
    """Hears the lots of a run, from any thread, and tells a narrator of the whole.

    A cohort's row is told once all of its lots have passed the moment. What they told is kept in
    the run's folder (`progress/`), so that a run taken up again tells the rows of all its lots.
    """

    def __init__(
        self, folder: Path, plan: Plan, data: Dataset, lots: Iterable[Lot], narrator: Narrator
    ) -> None:
        self._folder, self._narrator = folder, narrator
        self._moments = moments(plan)
        self._circle = {name: circle for circle in circles(plan) for name in circle}
        found = read_all(folder)
        self._voices = {lot.number: self._voice(lot, data, found.get(lot.number)) for lot in lots}
        self._told: set[tuple[int, str]] = set()
        self._notes: set[str] = set()
        self._shown = 0.0
        self._lock = threading.Lock()

    def hear(self, news: News) -> None:
        """Take in what a lot tells."""
        with self._lock:
            voice = self._voices[news["lot"]]
            getattr(self, f"_{news['news']}")(voice, news)
            voice.progress.updated = time.time()
            self._save(voice)
            self._show()

    def ended(self, lot: int, state: str) -> None:
        """Take in that a lot is `done`, `failed`, or `waiting` to be taken up again."""
        with self._lock:
            voice = self._voices[lot]
            voice.progress.state = state
            if state == "done":
                voice.progress.moment = len(self._moments)
            self._tell_rows()
            self._save(voice, is_forced=True)
            self._show(is_forced=True)

    def tell_earlier(self) -> None:
        """Tell the rows of moments that all lots had passed before this session."""
        with self._lock:
            self._tell_rows()

    def _voice(self, lot: Lot, data: Dataset, found: Progress | None) -> _Voice:
        work = [work_of(data, moment) * self._devices(lot, moment) for moment in self._moments]
        is_done = found is not None and found.state == "done"
        progress = found or _nothing(lot.number, len(self._moments))
        progress.devices, progress.state = lot.devices, "done" if is_done else "waiting"
        return _Voice(lot, work, progress)

    def _devices(self, lot: Lot, moment: Moment) -> int:
        first, last = lot.scope.get(moment.cohort, (0, 0))
        return last - first

    def _turn(self, voice: _Voice, news: News) -> None:
        told = voice.progress
        told.moment, told.state = news["reached"], "running"
        told.done = told.total = 0
        if told.moment < len(self._moments):
            told.step = self._moments[told.moment].step
        told.rows = [row for row in told.rows if row["moment"] < told.moment]
        self._tell_rows()

    def _work(self, voice: _Voice, news: News) -> None:
        told = voice.progress
        told.label, told.detail = news["label"], news["detail"]
        told.done, told.total = news["done"], news["total"]

    def _stand(self, voice: _Voice, news: News) -> None:
        voice.progress.accuracy, voice.progress.energy = news["accuracy"], news["energy"]

    def _exam(self, voice: _Voice, news: News) -> None:
        self._keep(voice, news)
        accuracy = news["row"]["accuracy"]
        voice.progress.accuracy = sum(accuracy) / len(accuracy)

    def _lesson(self, voice: _Voice, news: News) -> None:
        self._keep(voice, news)

    def _keep(self, voice: _Voice, news: News) -> None:
        row = {"moment": news["reached"], "kind": news["news"], "row": dict(news["row"])}
        same = (row["moment"], row["kind"])
        kept = [other for other in voice.progress.rows if (other["moment"], other["kind"]) != same]
        voice.progress.rows = [*kept, row]
        voice.saved = -1e9  # at once: a lot taken up again beyond this moment tells no such row

    def _note(self, _: _Voice, news: News) -> None:
        if news["text"] not in self._notes:  # many lots have the same to say
            self._notes.add(news["text"])
            self._narrator.note(news["text"])

    def _tell_rows(self) -> None:
        """Tell, in the order of the story, what all lots of a cohort have told."""
        rows: dict[tuple[int, str], list[News]] = {}
        for voice in self._voices.values():
            for row in voice.progress.rows:
                rows.setdefault((row["moment"], row["kind"]), []).append(row["row"])
        for key in sorted(rows.keys() - self._told):
            number, kind = key
            circle = self._circle[self._moments[number].cohort]
            everybody = self._voices.values()
            concerned = [v for v in everybody if any(name in v.lot.scope for name in circle)]
            if all(voice.progress.moment > number for voice in concerned):
                self._told.add(key)
                if kind == "exam":
                    self._narrator.exam(exam_of(rows[key]))
                else:
                    self._narrator.lesson(lesson_of(rows[key]))

    def _save(self, voice: _Voice, is_forced: bool = False) -> None:
        if is_forced or time.monotonic() - voice.saved >= _SECONDS_SAVED:
            voice.saved = time.monotonic()
            write(self._folder, voice.progress)

    def _show(self, is_forced: bool = False) -> None:
        if is_forced or time.monotonic() - self._shown >= _SECONDS_SHOWN:
            self._shown = time.monotonic()
            self._narrator.progress(self._standing())

    def _standing(self) -> Standing:
        voices = list(self._voices.values())
        working = [voice for voice in voices if voice.progress.state == "running"]
        first = working[0].progress if working else _nothing(0, 0)
        known = [(v.progress.accuracy, v.lot.devices) for v in voices]
        seen = [(accuracy, n) for accuracy, n in known if accuracy is not None]
        devices = sum(n for _, n in seen)
        return Standing(
            done=sum(voice.done for voice in voices),
            total=sum(sum(voice.work) for voice in voices),
            label=first.label,
            detail=first.detail,
            devices=sum(voice.lot.devices for voice in working),
            lots_done=sum(voice.progress.state == "done" for voice in voices),
            lots=len(voices),
            accuracy=sum(a * n for a, n in seen) / devices if devices else float("nan"),
            energy=sum(voice.progress.energy for voice in voices),
        )


def _nothing(lot: int, moments: int) -> Progress:
    """Return the progress of a lot that has told nothing yet."""
    return Progress(
        lot=lot,
        moment=0,
        moments=moments,
        step="",
        label="",
        done=0,
        total=0,
        devices=0,
        accuracy=None,
        energy=0.0,
        updated=0.0,
        state="waiting",
    )
