"""Learning rules: what a physical computer can do to itself with the verbs it has.

Knows arrays by their verbs (forward, backward, update) and never by their weights. The
declarations (`declarations`) are joined to their implementations here, at run time.
"""

from dataclasses import replace
from importlib import import_module
from typing import cast, get_args

from mortal.rules.declarations import (
    ForwardForwardSettings,
    MonoForwardSettings,
    Need,
    RuleSettings,
    Settings,
    UnsupervisedForwardForwardSettings,
    require,
)
from mortal.rules.hardware import Hardware
from mortal.rules.protocol import Rule
from mortal.rules.ways import way_of

__all__ = [
    "ForwardForwardSettings",
    "Hardware",
    "MonoForwardSettings",
    "Need",
    "Rule",
    "RuleSettings",
    "Settings",
    "UnsupervisedForwardForwardSettings",
    "build",
    "declare",
    "names",
    "require",
]

_IMPLEMENTATIONS = {
    "mono-forward": ("mortal.rules.mono_forward", "MonoForward"),
    "forward-forward": ("mortal.rules.forward_forward", "ForwardForward"),
    "forward-forward-unsupervised": (
        "mortal.rules.forward_forward_unsupervised",
        "UnsupervisedForwardForward",
    ),
}
_DECLARATIONS: dict[str, type[RuleSettings]] = {
    declaration.model_fields["name"].default: declaration
    for declaration in get_args(get_args(Settings)[0])
}


def names() -> tuple[str, ...]:
    """Return the names of all rules."""
    return tuple(_DECLARATIONS)


def declare(name: str, /, **settings: object) -> RuleSettings:
    """Return the settings of a rule by name.

    Raises:
        KeyError: there is no such rule.
        pydantic.ValidationError: a setting is unknown or out of range.
    """
    return _DECLARATIONS[name].model_validate(settings)


def build(settings: RuleSettings, hardware: Hardware) -> Rule:
    """Return a rule on freshly grown arrays.

    Raises:
        RuleError: the technology lacks what the rule, so set, needs.
    """
    require(settings, hardware.technology)
    module, name = _IMPLEMENTATIONS[settings.name]
    hardware = replace(hardware, way=way_of(settings))
    return cast("Rule", getattr(import_module(module), name)(settings, hardware))
