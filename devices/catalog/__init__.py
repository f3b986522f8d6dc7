"""The presets: one YAML file each, every number with its source or the word assumed."""

import difflib
from functools import cache
from importlib.resources import files

import yaml
from pydantic import ValidationError

from devices.errors import TechnologyError
from devices.technology import Technology

__all__ = ["names", "preset"]

_SUFFIX = ".yaml"


@cache
def names() -> tuple[str, ...]:
    """Return the names of all presets, in alphabetical order."""
    return tuple(
        sorted(
            entry.name.removesuffix(_SUFFIX)
            for entry in files(__package__).iterdir()
            if entry.name.endswith(_SUFFIX)
        )
    )


@cache
def preset(name: str) -> Technology:
    """Return a technology of the catalog.

    Raises:
        TechnologyError: the catalog has no such name; the message offers the nearest.
    """
    if name not in names():
        nearest = difflib.get_close_matches(name.lower(), names(), n=1, cutoff=0.4)
        hint = f"; did you mean {nearest[0]}?" if nearest else ""
        raise TechnologyError(
            f"no technology is called {name!r}{hint} (there are: {', '.join(names())})"
        )
    text = (files(__package__) / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
    try:
        return Technology.model_validate({"name": name, **yaml.safe_load(text)})
    except ValidationError as error:
        raise TechnologyError(f"catalog/{name}{_SUFFIX}: {error}") from error
