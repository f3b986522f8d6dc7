"""What a session may ask, in which order, and what it holds back for the examination."""

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from distill.errors import InputError, SettingError
from distill.inputs import check_inputs, choose, is_among
from distill.protocols import Inputs
from distill.questions import Pool, Questions
from distill.terms import Terms

__all__ = ["CANDIDATES_PER_QUESTION", "PROBE_LIMIT", "Material", "check_budget", "gather"]

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


def check_budget(source: Questions, budget: int | None, terms: Terms) -> None:
    """Raise SettingError for a budget, or rounds, that the questions do not allow."""
    size = len(source.inputs) if isinstance(source, Pool) else None
    if budget is None and size is None:
        raise SettingError("questions that are made have no end; give a budget")
    asked = size if budget is None else budget
    if asked is not None and int(terms.rounds) > asked:
        raise SettingError(
            f"rounds is {terms.rounds} and {asked} are asked; each round asks at least one"
        )
    if budget is None or size is None:
        return
    if budget > size and not terms.repeats:
        raise SettingError(
            f"the budget is {budget} answers and the inputs are {size}; without repeats none is "
            "asked twice"
        )
    if terms.choosing != "random" and budget >= size:
        raise SettingError(
            f"choosing {terms.choosing!r} has nothing to choose: "
            f"the budget is {budget} answers and the inputs are {size}"
        )


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

    Raises SettingError as `check_budget` does, and InputError for questions that are not what
    the source promised.
    """
    check_budget(source, budget, terms)
    # Where anything is to be drawn, the terms have seen to it that random is there.
    if budget is None or random is None:
        pool = cast(Pool, source).inputs
        found = Material(pool, np.arange(len(pool)), np.arange(0), None, "asked")
    elif isinstance(source, Pool):
        found = _of_pool(source, budget, terms, probe is not None, random)
    else:
        found = _made(source, budget, terms, probe is not None, random)
    return found if probe is None else found._replace(probe=probe, probe_from="given")


def _of_pool(
    source: Pool, budget: int, terms: Terms, is_probe_given: bool, random: np.random.Generator
) -> Material:
    pool, is_chosen = source.inputs, terms.choosing != "random"
    order, left = choose(len(pool), budget, random)
    for_probe = 0 if is_probe_given else (len(left) + 1) // 2 if is_chosen else len(left)
    held_back = left[: min(PROBE_LIMIT, for_probe)]
    spare = left[len(held_back) :] if is_chosen else left[:0]
    if not len(held_back):
        return Material(pool, order, spare, None, "asked")
    return Material(pool, order, spare, pool[held_back], "held back")


def _made(
    source: Questions, budget: int, terms: Terms, is_probe_given: bool, random: np.random.Generator
) -> Material:
    candidates = budget * (1 if terms.choosing == "random" else CANDIDATES_PER_QUESTION)
    count = candidates + (0 if is_probe_given else PROBE_LIMIT)
    drawn = check_inputs(source.draw(count, random), "questions")
    if drawn.shape != (count, source.features):
        raise InputError(
            f"questions drawn have shape {drawn.shape}, wanted is {(count, source.features)}"
        )
    pool, kept = drawn[:candidates], drawn[candidates:]
    order, spare = np.arange(budget), np.arange(budget, candidates)
    # A source of few values makes the same question twice; what may be asked examines nobody.
    kept = kept[~is_among(kept, pool)]
    if not len(kept):
        return Material(pool, order, spare, None, "asked")
    return Material(pool, order, spare, kept, "drawn")
