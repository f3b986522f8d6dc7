"""What learning rules declare: their settings, and what they need of their hardware.

No arrays here: a rule's implementation stands in a file of its own and is joined by the registry.
One file a rule, or a family of rules; its class stands in the union `Settings`.
"""

from typing import Annotated

from pydantic import Field

from devices import Technology
from mortal.rules.declarations.backprop import (
    BackpropSettings,
    MixedPrecisionSettings,
    PhysicsAwareSettings,
)
from mortal.rules.declarations.boltzmann import (
    BoltzmannSettings,
    DeepBeliefSettings,
    RbmSettings,
)
from mortal.rules.declarations.equilibrium import (
    ContrastiveHebbianSettings,
    EquilibriumPropagationSettings,
)
from mortal.rules.declarations.forward_forward import (
    ForwardForwardSettings,
    GoodnessSettings,
    UnsupervisedForwardForwardSettings,
)
from mortal.rules.declarations.mono_forward import MonoForwardSettings
from mortal.rules.declarations.need import Need
from mortal.rules.declarations.need import require as _require
from mortal.rules.declarations.node_perturbation import NodePerturbationSettings
from mortal.rules.declarations.own import OwnRuleSettings
from mortal.rules.declarations.perceptron import PerceptronSettings
from mortal.rules.declarations.predictive_coding import PredictiveCodingSettings
from mortal.rules.declarations.random_feedback import (
    DirectFeedbackSettings,
    PepitaSettings,
)
from mortal.rules.declarations.rule import (
    RuleSettings,
    Write,
)
from mortal.rules.declarations.softhebb import SoftHebbSettings
from mortal.rules.declarations.through import (
    AgadSettings,
    ChoppedTikiTakaSettings,
    Through,
    TikiTakaV1Settings,
    TikiTakaV2Settings,
)
from mortal.rules.declarations.weight_perturbation import WeightPerturbationSettings

__all__ = [
    "AgadSettings",
    "BackpropSettings",
    "BoltzmannSettings",
    "ChoppedTikiTakaSettings",
    "ContrastiveHebbianSettings",
    "DeepBeliefSettings",
    "DirectFeedbackSettings",
    "EquilibriumPropagationSettings",
    "ForwardForwardSettings",
    "GoodnessSettings",
    "MixedPrecisionSettings",
    "MonoForwardSettings",
    "Need",
    "NodePerturbationSettings",
    "OwnRuleSettings",
    "PepitaSettings",
    "PerceptronSettings",
    "PhysicsAwareSettings",
    "PredictiveCodingSettings",
    "RbmSettings",
    "RuleSettings",
    "Settings",
    "SoftHebbSettings",
    "Through",
    "TikiTakaV1Settings",
    "TikiTakaV2Settings",
    "UnsupervisedForwardForwardSettings",
    "WeightPerturbationSettings",
    "Write",
    "require",
]

Settings = Annotated[
    MonoForwardSettings
    | ForwardForwardSettings
    | UnsupervisedForwardForwardSettings
    | BackpropSettings
    | MixedPrecisionSettings
    | PhysicsAwareSettings
    | DirectFeedbackSettings
    | PepitaSettings
    | NodePerturbationSettings
    | WeightPerturbationSettings
    | SoftHebbSettings
    | EquilibriumPropagationSettings
    | ContrastiveHebbianSettings
    | PredictiveCodingSettings
    | RbmSettings
    | DeepBeliefSettings
    | OwnRuleSettings,
    Field(discriminator="name"),
]


def require(settings: RuleSettings, technology: Technology) -> None:
    """Refuse a rule on hardware that lacks what it, or the way it writes, needs.

    Raises:
        RuleError: names who needs what, and the technology.
    """
    for named, needs in settings.all_needs():
        _require(named, needs, technology)
