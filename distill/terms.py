"""The terms of a transfer, all that is declared, refused in one place before anybody is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np

from distill import channel
from distill.choosing import CHOOSING
from distill.errors import SettingError
from distill.pairing import PAIRINGS
from distill.settings import as_generator, check_positive, check_share, check_whole, check_word
from distill.trust import check_trust

__all__ = ["Terms"]


@dataclass(frozen=True)
class Terms:
    """The settings of `distill.transfer`, by its names; see there for what each means.

    Raises SettingError for a word or a number that is not allowed, and for settings that do not
    go together.
    """

    answers: str = "soft"
    softening: float = 4.0
    budget: SupportsIndex | None = None
    budget_bits: SupportsIndex | None = None
    bits: SupportsIndex = 8
    bits_per_feature: SupportsIndex = 8
    keep: SupportsIndex | None = None
    layer: SupportsIndex | None = None
    reads: SupportsIndex = 1
    right: float = 1.0
    choosing: str = "random"
    rounds: SupportsIndex = 1
    until: float | None = None
    repeats: bool = True
    pairing: str = "one-to-one"
    trust: str | Sequence[float] | None = None

    def __post_init__(self) -> None:
        check_word("answers", self.answers, channel.ANSWER_KINDS)
        check_word("pairing", self.pairing, PAIRINGS)
        object.__setattr__(self, "softening", check_positive("softening", self.softening))
        channel.check_bits(self.bits)
        channel.bits_per_input(1, self.bits_per_feature)
        check_word("choosing", self.choosing, CHOOSING)
        for name in ("reads", "rounds"):
            object.__setattr__(self, name, check_whole(name, getattr(self, name), least=1))
        object.__setattr__(self, "right", check_share("right", self.right))
        if not isinstance(self.repeats, bool):
            raise SettingError(f"repeats is {self.repeats!r}, allowed are True and False")
        if self.trust is not None:
            object.__setattr__(self, "trust", check_trust(self.trust))
            if self.pairing != "all-to-each":
                raise SettingError(
                    f"trust weighs many teachers, but pairing is {self.pairing!r}; "
                    "give pairing='all-to-each'"
                )
        self._check_kind()
        self._check_budget()
        self._check_rounds()

    def generator(
        self, random: np.random.Generator | SupportsIndex | None
    ) -> np.random.Generator | None:
        """Return the generator to draw from, or None where none is given and none is needed.

        Raises SettingError where one is needed, and for what is no generator and no seed.
        """
        if random is not None:
            return as_generator(random)
        if self.budget is not None or self.budget_bits is not None:
            raise SettingError(
                "a budget is drawn from the inputs; give random, a generator or a seed"
            )
        if self.right < 1:
            raise SettingError("what is corrupted is drawn; give random, a generator or a seed")
        return None

    def width(self, classes: int) -> int:
        """Return the bits of one answer of one teacher about `classes` classes.

        Raises SettingError where more classes are kept than there are.
        """
        return channel.bits_per_answer(self.answers, classes, self.bits, self.keep)

    def kept(self, classes: int) -> int | None:
        """Return how many classes an answer tells, None for kinds that keep none apart."""
        if self.answers not in channel.KEPT_KINDS:
            return None
        return channel.check_keep(self.answers, self.keep, classes)

    def affordable(self, classes: int) -> int:
        """Return how many answers the budget of bits pays for.

        Raises SettingError where it does not pay for one.
        """
        paid, width = int(self.budget_bits or 0), self.width(classes)
        if paid < width:
            raise SettingError(f"budget_bits is {paid} and one answer costs {width}")
        return paid // width

    def _check_kind(self) -> None:
        if self.answers in channel.KEPT_KINDS:
            if self.keep is not None or self.answers == "top-k":
                channel.check_keep(self.answers, self.keep, classes=2**62)
        elif self.keep is not None:
            raise SettingError(
                f"keep is {self.keep!r} and answers are {self.answers!r}; "
                "only 'top-k' and 'ranking' keep some of the classes"
            )
        if self.answers == "features":
            if self.layer is None:
                raise SettingError("answers 'features' are those of a layer; give layer")
            check_whole("layer", self.layer, least=0)
        elif self.layer is not None:
            raise SettingError(
                f"layer is {self.layer!r} and answers are {self.answers!r}; "
                "only 'features' are read of a layer"
            )
        if self.right < 1 and self.answers != "hard":
            raise SettingError(
                f"right is {self.right:g} and answers are {self.answers!r}; "
                "only 'hard' answers are corrupted on purpose"
            )

    def _check_budget(self) -> None:
        for name in ("budget", "budget_bits"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, check_whole(name, given, least=1))
        if self.budget is not None and self.budget_bits is not None:
            raise SettingError(
                f"budget is {self.budget} and budget_bits is {self.budget_bits}; give one of them"
            )

    def _check_rounds(self) -> None:
        rounds = int(self.rounds)
        if self.until is not None:
            object.__setattr__(self, "until", check_share("until", self.until))
            if rounds == 1:
                raise SettingError("until stops between rounds; give rounds of at least 2")
        if self.choosing != "random":
            if rounds == 1:
                raise SettingError(
                    f"choosing {self.choosing!r} looks at what the student has learnt from earlier "
                    "rounds; give rounds of at least 2"
                )
            if self.budget is None and self.budget_bits is None:
                raise SettingError(
                    f"choosing {self.choosing!r} has nothing to choose where all inputs are asked; "
                    "give a budget"
                )
