"""How well all parameters of manufacture together foretell an outcome, and which of them do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.analysis.prediction import checked_traits, named, witnesses
from mortal.errors import AnalysisError

__all__ = ["ForestImportance", "forest_importance"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ForestImportance:
    """What a random forest has found, the parameter that matters most first.

    Attributes:
        names: of the parameters.
        importance: `[parameter]`, how much `r2` falls when this parameter is exchanged at random
            between devices; about zero or below where it does not matter.
        deviation: `[parameter]`, standard deviation of it over exchanges.
        r2: part of the outcome's variance that is foretold of devices whose wafers a tree has not
            seen; zero or below where nothing is.
        devices: how many there were.
    """

    names: tuple[str, ...]
    importance: Array
    deviation: Array
    r2: float
    devices: int


def forest_importance(
    values: npt.ArrayLike,
    outcome: npt.ArrayLike,
    names: Sequence[str] | None = None,
    *,
    wafers: npt.ArrayLike | None = None,
    trees: int = 100,
    exchanges: int = 3,
    seed: int = 0,
) -> ForestImportance:
    """Return the permutation importance of parameters to a random forest, out of the bag.

    Every tree grows on wafers drawn with return, and is asked about the devices of the others only,
    whole and with one parameter exchanged (L. Breiman, Machine Learning 45, 5, 2001, section 10,
    doi:10.1023/A:1010933404324). Differs from the source: whole wafers are drawn, or a tree would
    know of a wafer what it is asked about. Parameters that say the same share their importance.

    Args:
        values: `[device, parameter]`, as `Traits.values`.
        outcome: `[device]`.
        names: of the parameters; default their numbers.
        wafers: `[device]`, as `Traits.wafers`; default, or where all are of one, devices are drawn.
        trees: in the forest.
        exchanges: of each parameter.
        seed: of forest and exchanges.

    Raises:
        AnalysisError: shapes do not fit, fewer than five devices, a number is not finite, two to
            four wafers, or a device was seen by every tree, for they are too few.
    """
    from sklearn.tree import DecisionTreeRegressor

    x, y = checked_traits(values, outcome)
    words, lot = named(names, x.shape[1]), witnesses(wafers, y.size)
    if not np.ptp(y) > 0:
        raise AnalysisError("the outcome is the same of all devices, so nothing foretells it")
    if trees < 1 or exchanges < 1:
        raise AnalysisError(
            f"trees and exchanges are whole numbers from 1, found {trees} and {exchanges}"
        )
    seen_as = x.astype(np.float32)  # what trees compare
    draws, count, units = np.random.default_rng(seed), x.shape[1], int(lot.max()) + 1
    swaps = np.array([[draws.permutation(y.size) for _ in range(exchanges)] for _ in range(count)])
    told, asked = np.zeros((1 + count, exchanges, y.size)), np.zeros(y.size)
    for number in range(trees):
        weight = np.bincount(draws.integers(units, size=units), minlength=units)[lot]
        others = np.flatnonzero(weight == 0)
        if not others.size:
            continue
        tree: Any = DecisionTreeRegressor(
            min_samples_leaf=2, max_features=1 / 3, random_state=seed + number
        )
        tree.fit(seen_as, y, sample_weight=weight)
        whole = tree.predict(seen_as[others])
        asked[others] += 1
        told[:, :, others] += whole
        uses = np.setdiff1d(tree.tree_.feature, -2)  # the mark of a leaf
        if uses.size:
            shape = (uses.size, exchanges, others.size, count)
            changed = np.broadcast_to(seen_as[others], shape).copy()
            for at, parameter in enumerate(uses):
                changed[at, :, :, parameter] = seen_as[swaps[parameter][:, others], parameter]
            answers = tree.predict(changed.reshape(-1, count))
            told[1 + uses[:, None, None], np.arange(exchanges)[:, None], others] += (
                answers.reshape(uses.size, exchanges, others.size) - whole
            )
    if (asked == 0).any():
        raise AnalysisError(
            f"{int((asked == 0).sum())} of {y.size} devices were seen by all of {trees} trees; "
            "give more trees"
        )
    r2 = 1 - ((told / asked - y) ** 2).mean(axis=2) / y.var()
    fall = r2[0] - r2[1:]
    importance = fall.mean(axis=1)
    order = np.argsort(-importance, kind="stable")
    return ForestImportance(
        tuple(words[at] for at in order),
        importance[order],
        fall.std(axis=1)[order],
        float(r2[0, 0]),
        int(y.size),
    )
