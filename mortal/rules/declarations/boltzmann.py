"""The declarations of restricted Boltzmann machines: side by side in time, or one after another."""

from typing import ClassVar, Literal

from pydantic import Field, StrictInt

from mortal.rules.declarations.need import Need
from mortal.rules.declarations.rule import RuleSettings

__all__ = ["BoltzmannSettings", "DeepBeliefSettings", "RbmSettings"]


class BoltzmannSettings(RuleSettings):
    """What every machine shares: visible chances v, binary hidden units h, one array W between.

    W is read both ways, forward to the hidden and back to the visible units, T the temperature:

        p(h_j = 1) = sigma((W^T v + b)_j / T),   p(v_i = 1) = sigma((W h + a)_i / T)
        dW = rate (v0 (x) h0 - vk (x) hk)

    Inputs are chances, kept to [0, 1]; v0 are they. Contrastive divergence (CD-k, Hinton 2002,
    doi:10.1162/089976602760128018) starts k steps v, h of Gibbs sampling from the sampled h0;
    `chains` lets that many go on from batch to batch instead (persistent chains, Tieleman 2008,
    doi:10.1145/1390156.1390290), and their mean product is what is taken away. Hidden units are
    sampled whenever they drive the array; in the products h0 and hk stand the chances p(h), which
    have the same mean and no noise (Hinton 2010, "A practical guide"), or the `states` themselves.
    v are chances in reconstructions, or sampled too (`visible: binary`).

    Who draws (`sampler`): the digital periphery, h_j = 1 where a uniform number lies below p; or
    the noise of the device: a vector is read twice, and

        h_j = 1 where (y1 + y2) / 2 + gain (y1 - y2) > 0

    by a comparator. With normal noise the sum and the difference of two reads are independent, so
    the difference is pure noise: no generator is needed and none is used. The gain is the batch's
    own, such that sum and difference together deviate by 1.702 T (where the normal distribution
    comes closest to the logistic: chances within 0.01), and 0 where the noise alone exceeds that,
    as if T were higher. Coarse converters hide a small noise and make coarse chances.

    Biases are lines: b a row and a that are always at 1, a a column that is always at 1 in reverse
    reads, written with the rest (the cell where they cross feels no difference); or digital numbers
    added to the sums, which the rule moves by rate times the differences of v and of h.

    The two products are written as a b - c d = (a - c) (b + d) / 2 + (a + c) / 2 (b - d), whose
    differences are small, so pulses of one do not undo those of the other; persistent chains have
    no partner among the samples, and their products are written as they are.

    Labels reach only the readout R, taught by the delta rule with soft targets as they are, from
    u, the chances of the hidden units less their mean, each level's rms-normalised, and a line at
    full scale:

        e = target - softmax(R^T u),  dR = readout_rate u (x) e / units
    """

    dreams: ClassVar[bool] = True

    rate: float = Field(0.005, gt=0, description="learning rate of the arrays, per sample")
    steps: StrictInt = Field(1, ge=1, le=1000, description="k, steps of Gibbs sampling")
    chains: StrictInt = Field(
        0, ge=0, le=100_000, description="chains that persist; 0: they start from the data (CD)"
    )
    sampler: Literal["digital", "device"] = Field(
        "digital", description="whose chance it is: a generator's, or that of noisy reads"
    )
    temperature: float = Field(1.0, gt=0, description="T, in units of a weight's sum")
    products: Literal["chances", "states"] = Field(
        "chances", description="what of hidden units is learnt from"
    )
    visible: Literal["chances", "binary"] = Field(
        "chances", description="how a reconstruction is passed on"
    )
    bias: Literal["lines", "digital", "none"] = Field(
        "lines", description="where biases live: a row and a column of the array, or digital memory"
    )
    readout: Literal["digital", "array"] = Field(
        "digital", description="where the readout lives: digital periphery, or an analog array"
    )
    readout_rate: float = Field(2.0, gt=0, description="learning rate of the readout")

    def needs(self) -> tuple[Need, ...]:
        """Both directions of one array, something to draw with, and what is digital."""
        is_digital = "digital" in (self.bias, self.readout) or self.chains > 0
        draws = Need.SAMPLING if self.sampler == "digital" else Need.NOISY_READ
        return (Need.REVERSE_READ, draws, *([Need.DIGITAL_MEMORY] if is_digital else []))


class RbmSettings(BoltzmannSettings):
    """Restricted Boltzmann machine (Hinton 2002), and a linear readout of its hidden units.

    The equations are those of `BoltzmannSettings`. With several hidden layers each is a machine on
    the chances of the one below, and all learn at once, from what that one shows now.

    Measured on `exact`, MNIST, 784-500-500, 5 epochs with decay 0.03: 96.5 % of the test. With
    10,000 images, one layer and 4 epochs, 93.6 of held-out images (93.5 with 32 persistent
    chains), where machines that stay as they were made give 91.2. A rate of 0.02 is too much.
    """

    name: Literal["rbm"] = "rbm"


class DeepBeliefSettings(BoltzmannSettings):
    """Deep belief net by greedy stacking (Hinton, Osindero & Teh 2006): levels learn in turn.

    doi:10.1162/neco.2006.18.7.1527. Level l is a restricted Boltzmann machine on the chances of
    level l - 1 and learns to reconstruct them; the equations are those of `BoltzmannSettings`. A
    level has `turn` samples to itself, the next begins when it is through, and then it stays as it
    is; the last one goes on. A rule does not know how long school will be, so turns are counted in
    samples of a device's life and not in epochs: an epoch each is the number of images. With turn
    0 all learn at once, as in `rbm`. The readout learns all the time, from all levels or the top.

    Differs from the source: no labels in the top level and no fine-tuning up and down.

    Measured on `exact`, MNIST, 784-500-500, 5 epochs with decay 0.1 and an epoch for the first
    level: 96.2 % of the test (the source, with labels on top, 2000 units there and fine-tuning,
    98.75).
    """

    name: Literal["deep-belief"] = "deep-belief"
    turn: StrictInt = Field(
        20_000, ge=0, description="samples that a level has to itself; 0: all learn at once"
    )
    levels: Literal["all", "top"] = Field("all", description="whose units the readout reads")
