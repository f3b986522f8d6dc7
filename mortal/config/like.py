"""What a cohort is like: the settings of another hold where it gives none of its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mortal.config.explain import did_you_mean
from mortal.config.marks import Document
from mortal.errors import ConfigError
from mortal.rules import names as rule_names

__all__ = ["filled_in"]

_OWN = ("identical_to", "regrown_with")
"""What makes a control is nobody's nature, and is not passed on."""


def filled_in(document: Document) -> Document:
    """Return the document with each cohort's `like` replaced by what it stands for.

    Raises:
        ConfigError: a `like` that leads nowhere or in a circle, or a rule that is not there.
    """
    data = document.data
    cohorts = data.get("cohorts") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(cohorts, dict):
        return document
    filled: dict[str, Any] = {}
    for name in cohorts:
        _fill(document, cohorts, name, filled)
    filled = {name: filled[name] for name in cohorts}
    for name, cohort in filled.items():
        rule = cohort.get("rule") if isinstance(cohort, dict) else None
        if isinstance(rule, str) and rule not in rule_names():
            place = document.where(("cohorts", name, "rule"))
            raise ConfigError(
                f"{place}: cohorts.{name}.rule: no rule is called {rule!r}"
                f"{did_you_mean(rule, rule_names())} (there are: {', '.join(rule_names())})"
            )
    return replace(document, data={**data, "cohorts": filled})


def _fill(
    document: Document, cohorts: Mapping[str, Any], name: str, filled: dict[str, Any]
) -> None:
    """Fill in a cohort and, first, those that it is like, in a chain of any length."""
    chain: dict[str, None] = {}
    while name not in filled:
        chain[name] = None
        own = cohorts[name]
        like = own.get("like") if isinstance(own, dict) else None
        if not isinstance(like, str):
            filled[name] = own
            break
        place = document.where(("cohorts", name, "like"))
        if like not in cohorts:
            raise ConfigError(
                f"{place}: cohorts.{name}.like: no cohort is called {like!r}"
                f"{did_you_mean(like, cohorts)} (there are: {', '.join(cohorts)})"
            )
        if like in chain:
            raise ConfigError(f"{place}: cohorts.{name}.like: {like} is like {name} in turn")
        name = like
    for heir in reversed(chain):
        if heir in filled:
            continue
        own = cohorts[heir]
        model = filled[own["like"]]
        if isinstance(model, dict):
            inherited = {key: value for key, value in model.items() if key not in _OWN}
            own = {**inherited, **{key: value for key, value in own.items() if key != "like"}}
        filled[heir] = own
