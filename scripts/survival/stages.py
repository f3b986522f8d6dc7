"""Which cells a stage measures, and with which rates."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from survival.cells import UNTAUGHT, WAYS, Cell, Task
from survival.means import AS_IT_IS, LONG, TRIED, all_tried
from survival.results import Results

from devices import preset, preset_names
from mortal.rules import names

RATES = (0.03, 0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Factors on a rule's declared rate, climbed on validation samples from 1 to the best."""
TUNED_ON = {
    "exact": "exact",
    "gentle": "idealized-rasch2019",
    "coarse": "reram-sb-gong2018",
    "few-state": "reram-array-hfo2-gong2022",
}
"""The preset on which a rate is tuned that all presets of its kind take."""
TUNED_WAYS = {"plain": "alternating", "netted": "netted", "fast": "agad"}
"""The way through which a rate is tuned that all ways of its kind take."""
SEEDS = (1, 2, 3)
"""Of the best means: they are chosen with the first."""
RULES = tuple(name for name in names() if name != "own")
FOUR = ("idealized-rasch2019", "ecram-tang2018", "reram-es-gong2018", "reram-sb-gong2018")
ABLATED = ("mono-forward", "backprop")
ABLATED_ON = "reram-sb-gong2018"
ABLATED_WAYS = ("alternating", "tiki-taka-v2")

_SMALL = Task((196, 150, 150), train=10_000, validation=2000, test=2000, epochs=1, batch=32,
              devices=4)  # fmt: skip
_QUICK = Task((64, 48, 48), train=1000, validation=200, test=300, epochs=5, batch=16, devices=2)
_WHOLE = Task((784, 256, 256), train=60_000, validation=0, test=10_000, epochs=5, batch=32,
              devices=8)  # fmt: skip
STAGES = ("tune", "grid", "means", "without", "exact", "best")


def tasks(quick: bool) -> dict[str, Task]:
    """Return the task of each stage; digits for a quick look."""
    if quick:
        return dict.fromkeys(STAGES, _QUICK)
    small = dict.fromkeys(("grid", "means", "without"), _SMALL)
    return {
        "tune": replace(_SMALL, devices=2),
        **small,
        "exact": replace(_WHOLE, devices=2),
        "best": replace(_WHOLE, epochs=1),
    }


def cells(
    stage: str,
    results: Results,
    rules: Sequence[str] | None = None,
    technologies: Sequence[str] | None = None,
    ways: Sequence[str] | None = None,
) -> Iterator[Cell]:
    """Yield what a stage measures, with the rates that `tune` has found.

    Args:
        stage: one of `STAGES`.
        results: what has been measured.
        rules, technologies, ways: only these; None: all that belong to the stage.
    """
    if stage == "tune":
        wanted = {kinds(technology, "")[0] for technology in technologies or preset_names()}
        for rule in rules or RULES:
            for technology in (name for kind, name in TUNED_ON.items() if kind in wanted):
                for way in ways_on(technology, tuple(TUNED_WAYS.values())):
                    for factor in climbed(results, rule, technology, way):
                        yield Cell("tune", rule, technology, way, factor)
    elif stage == "grid":
        for technology in technologies or preset_names():
            for rule in rules or RULES:
                for way in (*ways_on(technology, ways), UNTAUGHT):
                    factor = factor_of(results, rule, technology, way)
                    yield Cell("grid", rule, technology, way, factor)
    elif stage == "means":
        for rule, technology, way, means in all_tried():
            if rule in (rules or RULES) and technology in (technologies or preset_names()):
                factor = factor_of(results, rule, technology, way)
                yield Cell("means", rule, technology, way, factor, means=means)
        yield from seen_again(results, rules or RULES, technologies or preset_names())
    elif stage == "without":
        for rule in rules or ABLATED:
            for path in ("", *preset(ABLATED_ON).non_idealities):
                for way in ways or ABLATED_WAYS:
                    factor = factor_of(results, rule, ABLATED_ON, way)
                    yield Cell("without", rule, ABLATED_ON, way, factor, without=path)
    elif stage == "exact":
        for rule in rules or RULES:
            factor = factor_of(results, rule, "exact", "alternating")
            yield Cell("exact", rule, "exact", "alternating", factor)
    else:
        for seed in (1, 2):
            for rule in best_five(results, rules or RULES):
                for technology in technologies or FOUR:
                    for way in ways or ("netted", "agad"):
                        factor = factor_of(results, rule, technology, way)
                        yield Cell("best", rule, technology, way, factor, seed)
        if "backprop" in (rules or RULES) and "agad" in (ways or ("agad",)):
            for technology in technologies or FOUR:
                factor = factor_of(results, "backprop", technology, "agad")
                yield Cell("best", "backprop", technology, "agad", factor, means=LONG)


def ways_on(technology: str, chosen: Sequence[str] | None = None) -> Sequence[str]:
    """Return how a technology is written; on the exact control every way is the same."""
    if technology == "exact":
        return ("alternating",)
    return chosen or tuple(WAYS)


def kinds(technology: str, way: str) -> tuple[str, str]:
    """Return of which kind a preset and a way are: they share a rate with their kind."""
    if technology == "exact":
        cells_ = "exact"
    elif technology.startswith("reram-array"):
        cells_ = "few-state"
    else:
        cells_ = "coarse" if technology.startswith(("reram", "pcm")) else "gentle"
    if "through" in WAYS.get(way, {}):
        return cells_, "fast"
    return cells_, "netted" if way == "netted" else "plain"


def factor_of(results: Results, rule: str, technology: str, way: str) -> float:
    """Return the factor by which a rule learnt best on validation samples; 1 if never tried."""
    cells_, writes = kinds(technology, way)
    tried = {
        cell.factor: float(np.mean(told["accuracy"]))
        for cell, told in results.of(
            "tune", rule=rule, technology=TUNED_ON[cells_], way=TUNED_WAYS[writes]
        )
        if "accuracy" in told
    }
    return max(tried, key=lambda factor: tried[factor]) if tried else 1.0


def climbed(results: Results, rule: str, technology: str, way: str) -> list[float]:
    """Return the factors tried, and those to try next: the neighbours of the best so far.

    None is to be tried next once both neighbours of the best were, or the hardware has refused.
    """
    told = {
        cell.factor: line
        for cell, line in results.of("tune", rule=rule, technology=technology, way=way)
    }
    if not told:
        return [1.0]
    if any("refused" in line for line in told.values()):
        return sorted(told)
    best = max(told, key=lambda factor: float(np.mean(told[factor].get("accuracy", 0.0))))
    if all("diverged" in line for line in told.values()):
        best = min(told)
    place = RATES.index(best)
    return sorted({*told, *RATES[max(0, place - 1) : place + 2]})


def best_means(results: Results, rule: str, technology: str, way: str) -> str:
    """Return the means that was best on validation samples of seed 1; as it is, if none was."""
    tried = {
        name: tuned(results, "means", rule, technology, way, means=name, seed=1)
        for name in (AS_IT_IS, *TRIED.get((rule, technology, way), ()))
    }
    found = {name: float(accuracy.mean()) for name, accuracy in tried.items() if accuracy.size}
    return max(found, key=lambda name: found[name]) if found else AS_IT_IS


def seen_again(
    results: Results, rules: Sequence[str], technologies: Sequence[str]
) -> Iterator[Cell]:
    """Yield the best means with other seeds, once all are measured with the first.

    Without physics a rule is seen again as it is: it is what others are compared with.
    """
    for (rule, technology, way), names_ in TRIED.items():
        wanted = {AS_IT_IS, *names_}
        known = {
            cell.means
            for cell, _ in results.of("means", rule=rule, technology=technology, way=way, seed=1)
        }
        if rule in rules and technology in technologies and wanted <= known:
            means = best_means(results, rule, technology, way)
            means = AS_IT_IS if technology == "exact" else means
            factor = factor_of(results, rule, technology, way)
            for seed in SEEDS[1:]:
                yield Cell("means", rule, technology, way, factor, seed=seed, means=means)


def tuned(
    results: Results, stage: str, rule: str, technology: str, way: str, **more: Any
) -> npt.NDArray[np.float64]:
    """Return accuracies at the rate that was found, `[device]`; lines of other rates are older."""
    factor = factor_of(results, rule, technology, way)
    return results.accuracy(stage, rule=rule, technology=technology, way=way, factor=factor, **more)


def best_five(results: Results, rules: Sequence[str]) -> list[str]:
    """Return the rules whose best way is best, on the mean over the presets of `best`."""

    def score(rule: str) -> float:
        best: dict[str, float] = {}
        for cell, told in results.of("grid", rule=rule):
            if "accuracy" in told and cell.technology in FOUR:
                found = float(np.mean(told["accuracy"]))
                best[cell.technology] = max(found, best.get(cell.technology, 0.0))
        return float(np.mean(list(best.values()))) if best else 0.0

    return sorted((rule for rule in rules if score(rule) > 0), key=score, reverse=True)[:5]
