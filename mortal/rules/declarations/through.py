"""The declarations of fast arrays that a rule may learn through (`mortal.rules.ways`)."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

from mortal.named import OrText, by_name
from mortal.rules.declarations.need import Need

__all__ = [
    "AgadSettings",
    "ChoppedTikiTakaSettings",
    "FastArraySettings",
    "Through",
    "TikiTakaV1Settings",
    "TikiTakaV2Settings",
]


class FastArraySettings(BaseModel):
    """What all fast arrays share: A takes the rule's outer products, C holds the knowledge.

        A += fast_rate rate x (x) d,        W = gamma A + C

    and after every `every` samples one row k of A, the next in turn, is read by a voltage on that
    row alone and carried over to the same row of C with the rate

        a = transfer_rate rows every

    Differs from the sources, which give a itself: so one number serves layers of any fan-in,
    whose rows are read the more seldom the more of them there are. With gamma 0, as the sources
    often have it, C follows what A has summed and nothing damps it: on ideal devices, whose A
    forgets nothing, Forward-Forward then swings and does not learn. With gamma fast_rate of 1 to 3
    the rule feels what it writes at once, about as much as it would the plain way.

    The more A takes (fast_rate) the further it stands above its own noise, cycle to cycle and
    visible; where it nears its bounds it forgets, and then shows the mean gradient in units of its
    mean size, so that C is moved by transfer_rate alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    fast_rate: float = Field(30.0, gt=0, description="learning rate of A, per the rule's own")
    transfer_rate: float = Field(
        0.0001, gt=0, description="part of A carried over to C, per sample written"
    )
    every: StrictInt = Field(1, ge=1, description="samples written from one row read to the next")
    gamma: float = Field(0.03, ge=0, description="weight of A in what is read, beside C")
    zero_shift: bool = Field(
        False,
        description="whether A's symmetric point is measured at birth and subtracted digitally",
    )
    zero_pulses: StrictInt = Field(
        2000, ge=0, description="alternating pulses that bring A to its symmetric point"
    )
    zero_reads: StrictInt = Field(
        20, ge=1, description="reads of each row that measure it, spread over the later pulses"
    )

    def needs(self) -> tuple[Need, ...]:
        """Return what this asks of the hardware: A, and memory for all but plain transfers."""
        return (Need.SECOND_ARRAY, Need.DIGITAL_MEMORY)


class TikiTakaV1Settings(FastArraySettings):
    """Tiki-Taka (Gokmen & Haensch 2020, doi:10.3389/fnins.2020.00103), no digital accumulator.

    C_k += a (A_k - A0_k), pulsed at random to the expected amount; A0 = 0 without zero_shift.
    """

    name: Literal["tiki-taka-v1"] = "tiki-taka-v1"
    fast_rate: float = Field(3.0, gt=0, description="learning rate of A, per the rule's own")
    transfer_rate: float = Field(
        0.001, gt=0, description="part of A carried over to C, per sample written"
    )
    gamma: float = Field(0.3, ge=0, description="weight of A in what is read, beside C")
    zero_shift: bool = Field(
        True,
        description="whether A's symmetric point is measured at birth and subtracted digitally",
    )

    def needs(self) -> tuple[Need, ...]:
        """Only a measured symmetric point has to be kept."""
        return (Need.SECOND_ARRAY, *([Need.DIGITAL_MEMORY] if self.zero_shift else []))


class TikiTakaV2Settings(FastArraySettings):
    """Tiki-Taka v2 (Gokmen 2021, doi:10.3389/frai.2021.699148): a digital H between A and C.

        H_k += a (A_k - A0_k)
        where |H_k| >= max(dw, least_sent v):  n = trunc(H_k / dw),  n pulses on C_k,
                                               H_k -= (1 - momentum) n dw

    with dw what a nominal pulse moves C by, and v the visible noise of a weight that was pulsed
    (`write_noise`; 0 without). H averages the noise of A and of its reads away. Pulses redraw what
    a cell shows, however few they are: where v is many pulses, sending each as it is due keeps C
    in a noise that never rests, so what waits is sent when it is worth it. Differs from the
    source: n may exceed one, least_sent is 0 there, and `momentum` (of aihwkit, arXiv:2104.02184)
    leaves a part of what was sent in H.
    """

    name: Literal["tiki-taka-v2"] = "tiki-taka-v2"
    momentum: float = Field(0.0, ge=0, lt=1, description="part of what was sent that stays in H")
    least_sent: float = Field(
        1.0, ge=0, description="least that H sends, in the visible noise of a pulsed weight of C"
    )
    zero_shift: bool = Field(
        True,
        description="whether A's symmetric point is measured at birth and subtracted digitally",
    )


class ChoppedTikiTakaSettings(TikiTakaV2Settings):
    """Chopped Tiki-Taka v2 (Rasch, Carta, Fagbohungbe, Gokmen 2024, Nat. Commun. 15, 7133).

        A += fast_rate rate (c * x) (x) d,  H_k += a c_k (A_k - A0_k),  c = -1 or 1 for each row

    c_k changes its sign after `flip_after` reads of row k, so that what A adds of its own, far
    from its symmetric point, cancels over two half-periods. No symmetric point is needed, but a
    half-period must outlast what A remembers: an A that forgets nothing gives back in one
    half-period what it gave in the other.
    """

    name: Literal["chopped-tiki-taka"] = "chopped-tiki-taka"  # type: ignore[assignment]
    zero_shift: bool = Field(
        False,
        description="whether A's symmetric point is measured at birth and subtracted digitally",
    )
    flip_after: StrictInt = Field(15, ge=1, description="reads of a row between flips of its sign")
    flip: Literal["periodic", "random"] = Field(
        "periodic", description="after just so many reads, or with that chance at each"
    )


class AgadSettings(ChoppedTikiTakaSettings):
    """AGAD, chopped with a reference made on the fly (Rasch et al. 2024, Nat. Commun. 15, 7133).

        H_k += a c_k (A_k - R_k),  M_k += min(tail / n_k, 1) (A_k - M_k),  at a flip R_k = M_k

    n_k counts the reads of row k in this half-period, M is their mean (with `tail` above 1 one
    that weights the last of them more), R that of the half-period before. With tail 1 a
    half-period carries over n a c (its mean less the last one's).
    """

    name: Literal["agad"] = "agad"  # type: ignore[assignment]
    tail: float = Field(5.0, ge=1, description="weight of the end of a half-period in its mean")


_Names = ("tiki-taka-v1", "tiki-taka-v2", "chopped-tiki-taka", "agad")
Through = Annotated[
    TikiTakaV1Settings | TikiTakaV2Settings | ChoppedTikiTakaSettings | AgadSettings,
    Field(discriminator="name"),
    BeforeValidator(by_name),
    OrText(_Names),
]
