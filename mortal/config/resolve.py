"""From a file to a plan: sweep and `like` written out, presets looked up, every name checked."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import yaml

from devices import Technology, TechnologyError, preset, preset_names
from mortal.config.controls import with_controls
from mortal.config.explain import did_you_mean
from mortal.config.like import filled_in
from mortal.config.marks import Document, Place
from mortal.config.models import CohortConfig, RunConfig
from mortal.config.numbers import scalar
from mortal.config.reading import read, require_version, validate
from mortal.config.sweep import expanded
from mortal.errors import ConfigError, RuleError
from mortal.rules import OwnRuleSettings, require

__all__ = ["Plan", "load"]


@dataclass(frozen=True)
class Plan:
    """A configuration in which nothing is left to look up.

    Attributes:
        config: the file, with sweep and controls expanded and `like` filled in.
        technologies: the declaration of each cohort's technology.
        document: where everything stood, for messages.
        code: folder of modules that may run as rules, if any may.
    """

    config: RunConfig
    technologies: Mapping[str, Technology]
    document: Document
    code: Path | None = None

    def resolved(self) -> dict[str, Any]:
        """Return the configuration as plain data with every default and every number said."""
        data = self.config.model_dump(mode="json", by_alias=True)
        data.pop("sweep")
        for name, cohort in data["cohorts"].items():
            cohort.pop("like")
            if cohort["variant"] is None:
                cohort.pop("variant")
            cohort["technology"] = self.technologies[name].model_dump(mode="json")
        return data

    def text(self) -> str:
        """Return the resolved configuration as YAML that this program reads."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return yaml.dump(self.resolved(), Dumper=_Writer, sort_keys=False, allow_unicode=True)

    def hash(self) -> str:
        """Return the SHA-256 of what decides the results; where the data lies does not.

        The order of the cohorts does: it gives the serial numbers.
        """
        return self._hash

    @cached_property
    def _hash(self) -> str:
        data = self.resolved()
        data["data"].pop("path")
        data["cohorts"] = list(data["cohorts"].items())
        canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def where(self, *place: str | int) -> str:
        """Return `file:line:column` of a place."""
        return self.document.where(place)


_OTHER_LINE_BREAKS = {"\x85", "\u2028", "\u2029"}


class _Writer(yaml.SafeDumper):
    """Writes YAML 1.2 for our own reader: no aliases, and text that looks like a number quoted."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def text(self, data: str) -> yaml.Node:
        try:
            style = None if scalar(data) == data else "'"
        except ValueError:
            style = "'"
        if _OTHER_LINE_BREAKS & {*data}:
            style = '"'  # only there are they escaped
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Writer.add_representer(str, _Writer.text)


def load(
    path_or_text: str | PathLike[str],
    *,
    overrides: Iterable[str] = (),
    seed: int | None = None,
    code: Path | None = None,
) -> Plan:
    """Return the plan of a file: read, overridden, validated and resolved.

    Args:
        path_or_text: a path, or YAML.
        overrides: as `--set` takes them.
        seed: replaces the file's seed.
        code: folder of modules that may run as rules; default: none may.

    Raises:
        ConfigError: where, what was found, what is allowed.
    """
    if seed is not None:
        overrides = [*overrides, f"seed={seed}"]
    document = read(path_or_text, overrides=overrides)
    require_version(document)
    document = expanded(document)
    filled_in(document)
    validate(RunConfig, document)  # a mistake is told once, not again for every cohort like it
    document = filled_in(with_controls(document))
    config = _with_code(document, validate(RunConfig, document), code)
    technologies = {
        name: _technology(document, ("cohorts", name, "technology"), cohort)
        for name, cohort in config.cohorts.items()
    }
    for name, cohort in config.cohorts.items():
        try:
            require(cohort.rule, technologies[name])
        except RuleError as error:
            place = document.where(("cohorts", name, "rule"))
            raise ConfigError(f"{place}: cohorts.{name}: {error}") from None
    return Plan(config, technologies, document, code)


def _with_code(document: Document, config: RunConfig, folder: Path | None) -> RunConfig:
    """Return the configuration with the classes that it names, if a folder of code is allowed."""
    cohorts = dict(config.cohorts)
    for name, cohort in cohorts.items():
        rule = cohort.rule
        if not isinstance(rule, OwnRuleSettings):
            continue
        try:
            own = rule.allowed(folder) if folder is not None else rule
            own.implementation()
        except RuleError as error:
            place = document.where(("cohorts", name, "rule"))
            raise ConfigError(f"{place}: cohorts.{name}.rule: {error}") from None
        cohorts[name] = cohort.model_copy(update={"rule": own})
    return config.model_copy(update={"cohorts": cohorts})


def _technology(document: Document, place: Place, cohort: CohortConfig) -> Technology:
    given = cohort.technology
    if isinstance(given, str):
        return _preset(document, place, given)
    changes = dict(given)
    base: dict[str, Any] = {}
    if "like" in changes:
        name = changes.pop("like")
        source = _preset(document, (*place, "like"), str(name))
        base = source.model_dump(mode="json")
        if changes.keys() - {"without"}:  # switching off changes no number
            base["name"] = f"{source.name}-changed"
            base["sources"] = {**base["sources"], **_marked(changes)}
    merged = _merged(base, changes)
    # Only what stands at `place` is validated; the marks of the file still find its lines.
    alone: Any = {"cohorts": {place[1]: {"technology": merged}}}
    return validate(Technology, replace(document, data=alone), place)


def _preset(document: Document, place: Place, name: str) -> Technology:
    """Return a technology of the catalog, or of a YAML file named from where the document lies."""
    if name.endswith((".yaml", ".yml")):
        path = Path(document.origin).parent / name
        if not path.is_file():
            raise ConfigError(f"{document.where(place)}: there is no file {path}")
        return technology_in(path)
    if name not in preset_names():
        raise ConfigError(
            f"{document.where(place)}: no technology is called {name!r}"
            f"{did_you_mean(name, preset_names())} (there are: {', '.join(preset_names())})"
        )
    try:
        return preset(name)
    except TechnologyError as error:
        raise ConfigError(f"{document.where(place)}: {error}") from None


def technology_in(path: Path) -> Technology:
    """Return the technology that a YAML file declares.

    Raises:
        ConfigError: no such file, or where in it, what was found, and what is allowed.
    """
    return validate(Technology, read(path))


def technology_text(technology: Technology) -> str:
    """Return a technology as YAML that reads back as the same: what was said, defaults left out."""
    told = technology.model_dump(mode="json", exclude_unset=True)
    text: str = yaml.dump(told, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100)
    return text


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            # Numbers of one kind of response mean nothing to another.
            is_other = "kind" in value and value["kind"] != old.get("kind")
            merged[key] = value if is_other else _merged(old, value)
        else:
            merged[key] = value
    return merged


def _marked(changes: Mapping[str, Any]) -> dict[str, str]:
    """Return a source for every changed number: the configuration itself."""
    return {
        f"{piece}.{key}": "changed in the configuration"
        for piece, numbers in changes.items()
        if isinstance(numbers, dict)
        for key in numbers
    }
