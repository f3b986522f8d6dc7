"""Text for people about technologies and about logs."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from devices import Technology, preset, preset_names
from devices.fit import Fit
from devices.technology.units import show
from mortal.guessing import without_looking
from mortal.logbook import Survey, declared_lots, open_log, survey
from mortal.progress import Progress, read_all

if TYPE_CHECKING:
    import xarray

__all__ = ["age", "catalog", "fitted", "run_summary", "technology"]

_SHOWN = 20

_PIECES = (
    "response", "spread", "cell", "read", "write", "programming", "retention", "wear", "disturb",
    "energy",
)  # fmt: skip


def age(seconds: float) -> str:
    """Return an age as people say it, to four digits: `3 years`, `372.2 us`."""
    number, unit = show(seconds, "time").split()
    return f"{float(number):.4g} {unit}"


def catalog() -> str:
    """Return one line a preset."""
    width = max(map(len, preset_names()))
    return "\n".join(f"{name:<{width}}  {preset(name).summary}" for name in preset_names())


def technology(name: str) -> str:
    """Return a preset in full: each number with unit, meaning and source, and what can be off.

    Raises:
        TechnologyError: there is no such preset.
    """
    found = preset(name)
    lines = [found.name, found.summary, f"source: {found.source}"]
    lines += [f"valid for: {found.valid_range}"] if found.valid_range else []
    lines.append("")
    rows = list(_numbers(found))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for path, value, meaning, source in rows:
        lines.append(f"{path:<{widths[0]}}  {value:<{widths[1]}}  {meaning}")
        lines.append(f"{'':<{widths[0]}}  {'':<{widths[1]}}    from: {source}")
    if found.non_idealities:
        lines += ["", "can be switched off (without: [...]):"]
        lines += [f"  - {path}" for path in found.non_idealities]
    if found.not_modelled:
        lines += ["", "not modelled:", *(f"  - {item}" for item in found.not_modelled)]
    return "\n".join(lines)


def fitted(found: Fit) -> str:
    """Return what a fit found: the candidates, the best first, and the numbers of the best."""
    lines = [f"{'response':<12}  {'numbers':>7}  {'error (uS)':>10}  {'BIC':>10}"]
    for one in found.candidates:
        lines.append(
            f"{one.kind:<12}  {one.numbers:>7}  {one.residual * 1e6:>10.4g}  {one.bic:>10.1f}"
        )
    lines.append("")
    for piece in ("response", "spread", "cell"):
        part = getattr(found.technology, piece)
        for key in (key for key, _ in part if key in part.model_fields_set and key != "kind"):
            lines.append(f"{piece}.{key}: {_value(part, key, getattr(part, key))}")
    return "\n".join(lines)


def _numbers(found: Technology) -> Iterator[tuple[str, str, str, str]]:
    for piece in _PIECES:
        part = getattr(found, piece)
        if part is None:
            yield piece, "none", "nothing is known of it", "not declared by the source"
        else:
            yield from _numbers_of(found, piece, part)


def _numbers_of(
    found: Technology, piece: str, part: BaseModel
) -> Iterator[tuple[str, str, str, str]]:
    for key, value in part:
        path = f"{piece}.{key}"
        if isinstance(value, BaseModel):
            yield from _numbers_of(found, path, value)
            continue
        is_said = key in part.model_fields_set
        source = found.source_of(path) if is_said else "default"
        if key == "kind":  # a word that names the model; its numbers have the sources
            source = source or "the declaration"
        yield path, _value(part, key, value), _meaning(part, key), source or "not said"


def _value(part: BaseModel, key: str, value: Any) -> str:
    unit = _extra(part, key).get("unit", "1")
    text = f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)
    return text if unit == "1" or value is None else f"{text} {unit}"


def _meaning(part: BaseModel, key: str) -> str:
    field = type(part).model_fields[key]
    equation = _extra(part, key).get("equation")
    text = field.description or "kind of response"
    return f"{text}  [{equation}]" if equation else text


def _extra(part: BaseModel, key: str) -> dict[str, Any]:
    extra = type(part).model_fields[key].json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def run_summary(folder: Path, now: float | None = None) -> str:
    """Return what a run's log holds: who lived, what happened, how they stand, what is missing.

    Damaged parts are named, and the rest is shown. now: the time progress is as old as, in s since
    1970; the clock's if not given.

    Raises:
        LogError: there is no run here, or its merged log is damaged.
    """
    found = survey(folder, damaged="skip") if folder.is_dir() else None
    if found is None and folder.is_dir():
        declared, progress = declared_lots(folder), read_all(folder)
        if declared is not None or progress:
            begun = [f"{folder}: begun, nothing is logged yet"]
            return "\n".join([*begun, *_progress(progress.values(), now)])
    log = open_log(folder, damaged="skip")
    said = log["provenance"].attrs
    lines = [f"{folder}: configuration {said.get('configuration_hash', '')[:12]}"]
    if found is not None:
        lines += _standing(folder, found, now)
    lines += [f"damaged: {line}" for line in said.get("damaged", "").splitlines()]
    lines += [f"failure: {line}" for line in said.get("failures", "").splitlines()]
    if "devices" not in log.children:
        return "\n".join([*lines, "no device was born yet"])
    people = log["devices"].dataset
    for name in (key for key in log.children if key not in ("devices", "provenance")):
        lines += _cohort(name, log[name].dataset, people)
    return "\n".join(lines)


def _standing(folder: Path, found: Survey, now: float | None) -> list[str]:
    """Return how far the lots are, and those that are under way."""
    parts = sum(lot.parts for lot in found.lots.values())
    lines = [f"{'begun, not finished' if found.missing else 'finished'}, {parts} commits"]
    declared = declared_lots(folder)
    if declared is not None:
        done = len(declared.lots) - len(found.missing)
        lines[0] += f", {done} of {len(declared.lots)} lots finished"
        lines += _some([f"  {line}" for line in found.missing])
    under_way = [
        progress
        for lot, progress in read_all(folder).items()
        if not (lot in found.lots and found.lots[lot].is_complete)
    ]
    return lines + _progress(under_way, now)


def _progress(lots: Iterable[Progress], now: float | None) -> list[str]:
    """Return a line a lot: where it is in the story, and how long ago that was."""
    lines = []
    for lot in lots:
        where = f"moment {lot.moment} of {lot.moments}"
        if lot.step or lot.label:
            where += f", {' '.join(filter(None, ('step', lot.step, lot.label)))}"
        if lot.total:
            where += f" {lot.done} of {lot.total}"
        accuracy = "" if lot.accuracy is None else f", accuracy {lot.accuracy:.3f}"
        energy = f", {lot.energy:.3g} J" if np.isfinite(lot.energy) else ""
        seconds = max(0.0, round((time.time() if now is None else now) - lot.updated))
        lines.append(
            f"  lot {lot.lot}: {lot.state}, {where}, {lot.devices} devices{accuracy}"
            f"{energy}, {age(seconds)} ago"
        )
    return _some(lines)


def _some(lines: list[str]) -> list[str]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - _SHOWN
    return lines if more <= 0 else [*lines[:_SHOWN], f"  and {more} more lots"]


def _lessons(cohort: "xarray.Dataset") -> Iterator[str]:
    """Return a line for each lesson, or stage of one, that a cohort was taught."""
    for number in range(cohort.sizes.get("transfer", 0)):
        row = cohort.isel(transfer=number)
        before, after, accuracy = (
            float(np.nanmean(row[f"transfer_{name}"].values)) if present else float("nan")
            for name in ("agreement_before", "agreement_after", "accuracy_after")
            for present in [np.isfinite(row[f"transfer_{name}"].values).any()]
        )
        asked = int(row["transfer_asked"].values.max())
        kept = float(np.nanmax(row["transfer_bits"].values)) / 8192
        examined = "" if np.isnan(accuracy) else f", accuracy {accuracy:.3f}"
        yield (
            f"  step {row['transfer_step'].item()}: taught by {asked:,} "
            f"{row['transfer_kind'].item()} answers of {kept:,.1f} KiB, agreement {before:.3f} "
            f"before, {after:.3f} after{examined}"
        )


def _rounds(cohort: "xarray.Dataset") -> Iterator[str]:
    """Return a line for each step in which the devices of a cohort taught each other."""
    steps = cohort["mutual_step"].values.tolist() if "mutual_step" in cohort else []
    for step in dict.fromkeys(steps):
        rows = cohort.isel(mutual=[n for n, other in enumerate(steps) if other == step])
        heard = float(np.nanmean(np.nansum(np.maximum(rows["mutual_bits"].values, 0), axis=0)))
        agreement = float(np.nanmean(rows["mutual_agreement"].values[-1]))
        yield (
            f"  step {step}: taught each other in {rows.sizes['mutual']} rounds, "
            f"{heard / 8192:,.1f} KiB of answers each, agreement {agreement:.3f} in the last"
        )


def _cohort(name: str, cohort: "xarray.Dataset", people: "xarray.Dataset") -> Iterator[str]:
    mine = people.isel(serial=np.flatnonzero(people["cohort"].values == name))
    dead = int((mine["died_sequence"].values >= 0).sum())
    variants = ", ".join(sorted({*mine["variant"].values.tolist()} - {""}))
    apart = f" ({variants})" if variants else ""
    yield f"\n{name}: {mine.sizes['serial']} devices, {dead} dead{apart}"
    yield from _lessons(cohort)
    yield from _rounds(cohort)
    for number in range(cohort.sizes.get("exam", 0)):
        row = cohort.isel(exam=number)
        accuracy = row["exam_accuracy"].values
        yield (
            f"  step {row['exam_step'].item()}: age "
            f"{age(float(np.nanmean(row['exam_age'].values)))}, accuracy "
            f"{np.nanmean(accuracy):.3f} ({np.nanmin(accuracy):.3f}-{np.nanmax(accuracy):.3f}),"
            f" {without_looking(row['exam_chance'].item(), row['exam_majority'].item())}"
        )
