"""What a session may ask, in which order, and what it holds back for the examination."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from distill.errors import InputError, SettingError
from distill.inputs import check_inputs, choose, is_among
from distill.protocols import Inputs
from distill.questions import Pool, Questions
from distill.terms import Terms

__all__ = ["CANDIDATES_PER_QUESTION", "PROBE_LIMIT", "Material", "gather", "in_rounds"]

PROBE_LIMIT = 1000
"""Most inputs in a probe that was not given: enough to know an agreement within 0.031 (95 %), and
small enough for thousands of devices. A probe that is given is used whole."""

CANDIDATES_PER_QUESTION = 4
"""Questions made for each that is asked, where they are made and then chosen. Assumed: choosing
gains little beyond a few candidates each, and they take memory."""

_Indices = npt.NDArray[np.intp]


class Material(NamedTuple):
    """The inputs of a session and their use; places are counted in `pool`."""

    pool: Inputs
    """`[place, feature]`."""
    order: _Indices
    """Places in the order they are asked where nothing else chooses, `[budget]`."""
    spare: _Indices
    """Places that are asked only if chosen."""
    probe: Inputs | None
    """Held back `[sample, feature]`, never asked; None where nothing is left to hold back."""
    probe_from: str
    """`given`, `held back` of the pool, `drawn` from the same source, or `asked`."""


def gather(
    source: Questions,
    budget: int | None,
    terms: Terms,
    probe: Inputs | None,
    random: np.random.Generator | None,
) -> Material:
    """Draw all that may be asked; without a `budget` the whole pool, in its own order.

    A choice of questions leaves the easy ones, and these would flatter an examination: where
    questions are chosen, half of what the budget leaves is held back beforehand, at random.

    Raises SettingError where random is wanted and missing, and for a budget that the inputs do
    not allow; InputError for questions that are not what the source promised.
    """
    if isinstance(source, Pool):
        found = _of_pool(source, budget, terms, probe is not None, random)
    else:
        found = _made(source, budget, terms, probe is not None, random)
    return found if probe is None else found._replace(probe=probe, probe_from="given")


def in_rounds(places: _Indices, rounds: int) -> list[_Indices]:
    """Cut `places` into `rounds` that are equal to within one place.

    Raises SettingError for more rounds than places.
    """
    if rounds > len(places):
        raise SettingError(
            f"rounds is {rounds} and {len(places)} are asked; each round asks at least one"
        )
    return np.array_split(places, rounds)


def _of_pool(
    source: Pool,
    budget: int | None,
    terms: Terms,
    is_probe_given: bool,
    random: np.random.Generator | None,
) -> Material:
    pool, size = source.inputs, len(source.inputs)
    none = np.arange(0)
    if budget is None:
        return Material(pool, np.arange(size), none, None, "asked")
    if budget > size and not terms.repeats:
        raise SettingError(
            f"the budget is {budget} answers and the inputs are {size}; without repeats none is "
            "asked twice"
        )
    is_chosen = terms.choosing != "random"
    if is_chosen and budget >= size:
        raise SettingError(
            f"choosing {terms.choosing!r} has nothing to choose: "
            f"the budget is {budget} answers and the inputs are {size}"
        )
    order, left = choose(size, budget, _wanted(random))
    for_probe = (len(left) + 1) // 2 if is_chosen else len(left)
    held_back = left[: min(PROBE_LIMIT, for_probe)]
    if is_probe_given:
        return Material(pool, order, left if is_chosen else none, None, "given")
    spare = left[len(held_back) :] if is_chosen else none
    if not len(held_back):
        return Material(pool, order, spare, None, "asked")
    return Material(pool, order, spare, pool[held_back], "held back")


def _made(
    source: Questions,
    budget: int | None,
    terms: Terms,
    is_probe_given: bool,
    random: np.random.Generator | None,
) -> Material:
    if budget is None:
        raise SettingError("questions that are made have no end; give a budget")
    candidates = budget * (1 if terms.choosing == "random" else CANDIDATES_PER_QUESTION)
    count = candidates + (0 if is_probe_given else PROBE_LIMIT)
    drawn = check_inputs(source.draw(count, _wanted(random)), "questions")
    if drawn.shape != (count, source.features):
        raise InputError(
            f"questions drawn have shape {drawn.shape}, wanted is {(count, source.features)}"
        )
    pool, kept = drawn[:candidates], drawn[candidates:]
    order, spare = np.arange(budget), np.arange(budget, candidates)
    if is_probe_given:
        return Material(pool, order, spare, None, "given")
    # A source of few values makes the same question twice; what may be asked examines nobody.
    kept = kept[~is_among(kept, pool)]
    if not len(kept):
        return Material(pool, order, spare, None, "asked")
    return Material(pool, order, spare, kept, "drawn")


def _wanted(random: np.random.Generator | None) -> np.random.Generator:
    if random is None:
        raise SettingError("a budget is drawn from the inputs; give random, a generator or a seed")
    return random
