"""Declared words and numbers, checked before anybody is asked anything."""

import difflib
import math
import operator
from collections.abc import Sequence
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from distill.errors import SettingError

__all__ = [
    "as_generator",
    "as_numbers",
    "check_from_zero",
    "check_positive",
    "check_share",
    "check_whole",
    "check_word",
]


def check_word(name: str, given: str, allowed: Sequence[str]) -> str:
    """Return `given` if it is one of the `allowed` words of the setting `name`.

    Raises SettingError, with the nearest allowed word, otherwise.
    """
    if given in allowed:
        return given
    near = difflib.get_close_matches(str(given), allowed, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    words = ", ".join(repr(word) for word in allowed)
    raise SettingError(f"{name} is {given!r}, allowed are {words}{hint}")


def check_whole(name: str, given: SupportsIndex, least: int, most: int | None = None) -> int:
    """Return `given` as an int within `least` to `most`, both included.

    Raises SettingError for anything but a whole number in that range; True is not a number.
    """
    allowed = f"a whole number of at least {least}" + ("" if most is None else f", at most {most}")
    try:
        number = operator.index(given)
    except TypeError:
        number = least - 1
    if isinstance(given, bool) or number < least or (most is not None and number > most):
        raise SettingError(f"{name} is {given!r}, allowed is {allowed}")
    return number


def check_positive(name: str, given: object) -> float:
    """Return `given` as a float if it is finite and above zero; raises SettingError otherwise."""
    number = _number(given)
    if not (math.isfinite(number) and number > 0):
        raise SettingError(f"{name} is {given!r}, allowed is a finite number above 0")
    return number


def check_from_zero(name: str, given: object) -> float:
    """Return `given` as a float if finite and at least zero; raises SettingError otherwise."""
    number = _number(given)
    if not (math.isfinite(number) and number >= 0):
        raise SettingError(f"{name} is {given!r}, allowed is a finite number of at least 0")
    return number


def check_share(name: str, given: object) -> float:
    """Return `given` as a float if it lies from 0 to 1; raises SettingError otherwise."""
    number = _number(given)
    if not 0 <= number <= 1:
        raise SettingError(f"{name} is {given!r}, allowed is a number from 0 to 1")
    return number


def as_generator(random: np.random.Generator | SupportsIndex) -> np.random.Generator:
    """Return the generator given, or a fresh one of its own for a whole-number seed.

    Raises SettingError for anything else: nothing here draws from a global state.
    """
    if isinstance(random, np.random.Generator):
        return random
    return np.random.default_rng(check_whole("random", random, least=0))


def as_numbers(given: object) -> npt.NDArray[Any]:
    """Return `given` as an array of real numbers; what is none, ragged or words, as an empty one.

    Whoever asks for numbers refuses an empty array by its shape.
    """
    try:
        found = np.asarray(given)
    except ValueError:
        return np.empty(0)
    return found if found.dtype.kind in "iuf" else np.empty(0)


def _number(given: object) -> float:
    is_number = isinstance(given, int | float | np.integer | np.floating)
    return float(given) if is_number and not isinstance(given, bool) else math.nan  # type: ignore[arg-type]
