"""Learning rules: what a physical computer can do to itself with the verbs it has.

Knows arrays by their verbs (forward, backward, update) and never by their weights. The
declarations (`declarations`) are joined to their implementations here, at run time.
"""

from dataclasses import replace
from importlib import import_module
from typing import cast, get_args

from mortal.rules.body import Body
from mortal.rules.declarations import (
    BackpropSettings,
    ContrastiveHebbianSettings,
    DeepBeliefSettings,
    DirectFeedbackSettings,
    EquilibriumPropagationSettings,
    ForwardForwardSettings,
    MixedPrecisionSettings,
    MonoForwardSettings,
    Need,
    NodePerturbationSettings,
    OwnRuleSettings,
    PepitaSettings,
    PhysicsAwareSettings,
    PredictiveCodingSettings,
    RbmSettings,
    RuleSettings,
    Settings,
    SoftHebbSettings,
    UnsupervisedForwardForwardSettings,
    WeightPerturbationSettings,
    require,
)
from mortal.rules.hardware import Hardware
from mortal.rules.protocol import Rule
from mortal.rules.ways import way_of

__all__ = [
    "BackpropSettings",
    "Body",
    "ContrastiveHebbianSettings",
    "DeepBeliefSettings",
    "DirectFeedbackSettings",
    "EquilibriumPropagationSettings",
    "ForwardForwardSettings",
    "Hardware",
    "MixedPrecisionSettings",
    "MonoForwardSettings",
    "Need",
    "NodePerturbationSettings",
    "OwnRuleSettings",
    "PepitaSettings",
    "PhysicsAwareSettings",
    "PredictiveCodingSettings",
    "RbmSettings",
    "Rule",
    "RuleSettings",
    "Settings",
    "SoftHebbSettings",
    "UnsupervisedForwardForwardSettings",
    "WeightPerturbationSettings",
    "build",
    "declare",
    "dreamers",
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
    "equilibrium-propagation": ("mortal.rules.equilibrium_propagation", "EquilibriumPropagation"),
    "contrastive-hebbian": ("mortal.rules.contrastive_hebbian", "ContrastiveHebbian"),
    "predictive-coding": ("mortal.rules.predictive_coding", "PredictiveCoding"),
    "backprop": ("mortal.rules.backprop", "Backprop"),
    "direct-feedback-alignment": ("mortal.rules.random_feedback", "DirectFeedback"),
    "pepita": ("mortal.rules.random_feedback", "Pepita"),
    "mixed-precision": ("mortal.rules.backprop", "MixedPrecision"),
    "physics-aware": ("mortal.rules.physics_aware", "PhysicsAware"),
    "node-perturbation": ("mortal.rules.node_perturbation", "NodePerturbation"),
    "weight-perturbation": ("mortal.rules.weight_perturbation", "WeightPerturbation"),
    "softhebb": ("mortal.rules.softhebb", "SoftHebb"),
    "rbm": ("mortal.rules.rbm", "Rbm"),
    "deep-belief": ("mortal.rules.deep_belief", "DeepBelief"),
}
_DECLARATIONS: dict[str, type[RuleSettings]] = {
    declaration.model_fields["name"].default: declaration
    for declaration in get_args(get_args(Settings)[0])
}


def names() -> tuple[str, ...]:
    """Return the names of all rules."""
    return tuple(_DECLARATIONS)


def dreamers() -> tuple[str, ...]:
    """Return the names of the rules whose devices generate inputs of their own."""
    return tuple(name for name, settings in _DECLARATIONS.items() if settings.dreams)


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
        RuleError: the technology lacks what the rule, so set, needs; or a rule of the user's own
            cannot be made.
    """
    require(settings, hardware.technology)
    hardware = replace(hardware, way=way_of(settings))
    if isinstance(settings, OwnRuleSettings):
        return cast("Rule", settings.made(hardware))
    module, name = _IMPLEMENTATIONS[settings.name]
    return cast("Rule", getattr(import_module(module), name)(settings, hardware))
