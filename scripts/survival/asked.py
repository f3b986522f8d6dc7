"""What was asked of ways of writing, in points below `exact`, beside what was found."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from survival.cells import WAYS
from survival.intervals import Accuracies, difference, half_width
from survival.means import AS_IT_IS, TRIED
from survival.results import Results
from survival.stages import SEEDS, best_means, tuned

FAST = tuple(way for way in WAYS if "through" in WAYS[way])
FIRM = ("ecram-tang2018", "ecram-mo-kim2019", "reram-es-gong2018", "reram-sb-gong2018")
FEW_STATE = ("reram-array-om-gong2022", "reram-array-hfo2-gong2022")
GENTLE = ("gokmen-vlasov2016", "capacitor-li2018", "ecram-tang2018")
RULES = ("mono-forward", "backprop", "forward-forward")


@dataclass(frozen=True)
class Asked:
    """A distance to keep.

    Attributes:
        rule, technology: their names.
        ways: one of which is to keep it.
        points: of percent below the rule on `exact`, at most.
    """

    rule: str
    technology: str
    ways: tuple[str, ...]
    points: float


def all_asked() -> Iterator[Asked]:
    """Yield what was asked, written netted and through fast arrays."""
    for rule in RULES:
        for technology in GENTLE:
            yield Asked(rule, technology, ("netted",), 1.5)
    for rule in RULES:
        firm, few = (5.0, 10.0) if rule == "forward-forward" else (3.0, 6.0)
        for technology in (*FIRM, *FEW_STATE):
            yield Asked(rule, technology, FAST, few if technology in FEW_STATE else firm)


def rows(results: Results) -> Iterator[tuple[str, ...]]:
    """Yield rule, preset, way, points asked, found less `exact`, and whether that is enough."""
    for asked in all_asked():
        exact = tuned(results, "grid", asked.rule, "exact", "alternating")
        found = {
            way: tuned(results, "grid", asked.rule, asked.technology, way) for way in asked.ways
        }
        way = max(asked.ways, key=lambda way: found[way].mean() if found[way].size else -1.0)
        yield (asked.rule, asked.technology, way if found[way].size else "", f"-{asked.points:g}",
               difference(found[way], exact), judged(found[way], exact, asked.points))  # fmt: skip


def by_means(results: Results) -> Iterator[tuple[str, ...]]:
    """Yield rule, preset, way, points asked, best means, found less `exact`, and the judgement.

    Of each distance for which means were tried; found for each seed and for all, `[device]` of
    one after those of another.
    """
    for asked in all_asked():
        for way in asked.ways:
            at = (asked.rule, asked.technology, way)
            if at not in TRIED:
                continue
            means = best_means(results, *at)
            found, exact = (
                [
                    tuned(results, "means", *key, means=name, seed=seed, images="test")
                    for seed in SEEDS
                ]
                for key, name in ((at, means), ((asked.rule, "exact", "alternating"), AS_IT_IS))
            )
            all_ = np.concatenate(found), np.concatenate(exact)
            apart = [difference(one, other) for one, other in zip(found, exact, strict=True)]
            yield (*at, f"-{asked.points:g}", means or "as it is", *apart, difference(*all_),
                   judged(*all_, asked.points))  # fmt: skip


def judged(found: Accuracies, exact: Accuracies, points: float) -> str:
    """Return whether a distance was kept on the mean, and whether the interval says so."""
    if not found.size or found.size != exact.size:
        return "not yet"
    apart = 100 * (found - exact)
    spare = apart.mean() + points
    said = "reached" if spare >= 0 else f"missed by {-spare:.1f}"
    return said if abs(spare) > half_width(apart) else f"{said}, within the interval"
