"""From what a teacher said to what its student learns: the channel, kind by kind."""

import numpy as np
import numpy.typing as npt

from distill import channel, targets
from distill.corruption import Corruption
from distill.protocols import Inputs, Targets
from distill.terms import Terms

__all__ = ["targets_of"]

_Float64 = npt.NDArray[np.float64]


def targets_of(
    said: _Float64, first: _Float64, asked: Inputs, terms: Terms, corruption: Corruption | None
) -> Targets:
    """Return the targets `[device, sample, class]` of what teachers `said`, of that shape.

    `asked` `[sample, feature]` are the questions, `first` the answers of the first round: they
    set the scale of every later round, as what has crossed the channel crosses once.
    """
    if terms.answers == "hard":
        named = targets.hard(said)
        return named if corruption is None else corruption.of(asked, named)
    return targets.soften(_scaled(said, first, terms), terms.softening)


def _scaled(said: _Float64, first: _Float64, terms: Terms) -> _Float64:
    classes = said.shape[2]
    if terms.answers == "ranking":
        return targets.ranked(said, channel.check_keep(terms.answers, terms.keep, classes))
    received = channel.quantise(targets.to_one_scale(said, first), terms.bits)
    if terms.answers == "top-k":
        return targets.best_kept(received, channel.check_keep(terms.answers, terms.keep, classes))
    return received
