"""The declarations of the rules that compare two rests of one energy."""

from typing import Literal

from pydantic import Field

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.rule import RuleSettings

__all__ = ["ContrastiveHebbianSettings", "EquilibriumPropagationSettings", "SymmetricSettings"]


class SymmetricSettings(RuleSettings):
    """A net whose layers drive each other through the same arrays, read both ways."""

    rate: float = Field(0.05, gt=0, description="learning rate of the arrays, per sample")
    output_rate: float = Field(
        0.01,
        gt=0,
        description="learning rate of the last array times the units below it, per sample",
    )
    steps: int = Field(6, ge=1, description="sweeps of the free phase, each a read both ways")
    feedback: float = Field(0.2, gt=0, le=1, description="gain of what the layer above drives")
    slope: float = Field(0.2, gt=0, description="of a hidden unit between its rails")
    bias: bool = Field(True, description="a row that is always at 1, the full scale of a unit")

    def needs(self) -> tuple[Need, ...]:
        """The transpose of every array but the first, read again until the state rests."""
        return (Need.REVERSE_READ, Need.SETTLING)


class EquilibriumPropagationSettings(SymmetricSettings):
    """Equilibrium propagation, centered (Scellier and Bengio 2017, arXiv:1602.05179; Laborieux
    et al. 2021, arXiv:2006.03824).

    Hidden units s_l in [0, 1], linear outputs s_L and the input s_0 have an energy; g the
    feedback, rho(a) = min(max(slope a, 0), 1), and |s_L|^2 / 2 in place of the first term there:

        F = sum_l g^(l - L) (|s_l|^2 / (2 slope) - s_l . W_l^T s_{l-1}) + beta |s_L - y|^2 / 2

    Sweeps from the input up bring each layer to the minimum of F given the others, so F falls:

        s_l <- rho(W_l^T s_{l-1} + g W_{l+1} s_{l+1})
        s_L <- (W_L^T s_{L-1} + beta y) / (1 + beta)

    From the free rest (beta 0, `steps` sweeps, begun by a forward pass) the net settles twice
    more, toward the target with +beta and away with -beta, `nudged_steps` sweeps each:

        dW_l = rate g^(l - L) / (2 beta) (s_{l-1} (x) s_l |+beta - s_{l-1} (x) s_l |-beta)

    As beta goes to 0 that is -rate times the gradient of |s_L - y|^2 / 2 at the free rest. The
    input's drive is read once a sample and held. Answers are the outputs in proportion. Soft
    targets are taken.

    Differs from the sources: a gain below 1 on what comes from above keeps the net away from
    having two rests; layers settle in turn, not by small steps in time; outputs are linear, for
    one at a rail would feel no nudge; the last array, which sees the whole error, has a rate of
    its own, `output_rate` / units below; and the difference of products is written as its equal,
    products of sums and differences of the rests, which takes fewer pulses.
    """

    name: Literal["equilibrium-propagation"] = "equilibrium-propagation"
    beta: float = Field(0.5, gt=0, lt=1, description="strength of the nudge")
    nudged_steps: int = Field(4, ge=1, description="sweeps of each nudged phase")


class ContrastiveHebbianSettings(SymmetricSettings):
    """Contrastive Hebbian learning (Movellan 1991, in: Connectionist Models; Xie and
    Seung 2003, doi:10.1162/089976603762552988).

    The net is that of equilibrium propagation. It settles free, `steps` sweeps begun by a forward
    pass, and then with its output held at the target, s_L = y, for `clamped_steps` sweeps; with g
    the feedback and rho(a) = min(max(slope a, 0), 1):

        s_l <- rho(W_l^T s_{l-1} + g W_{l+1} s_{l+1}),  s_L <- W_L^T s_{L-1}
        dW_l = rate g^(l - L) (s_{l-1} (x) s_l |clamped - s_{l-1} (x) s_l |free)

    With feedback 1 this is Movellan's rule; as it goes to 0, backprop of |s_L - y|^2 / 2 (Xie
    and Seung). The input's drive is read once a sample and held. Answers are the free outputs in
    proportion. Soft targets are taken.

    Differs from the sources: layers settle in turn; outputs are linear; the last array has a rate
    of its own, `output_rate` / units below; the difference is written as its equal in fewer pulses.
    """

    name: Literal["contrastive-hebbian"] = "contrastive-hebbian"
    clamped_steps: int = Field(4, ge=1, description="sweeps of the clamped phase")
