"""Which questions are worth their answers: the student's own doubt, which costs nothing to ask.

Scores of one sample, the greater the more worth asking, with p the answer of a student at one
scale and softened, p1 and p2 its two largest numbers, H the entropy, D the Kullback-Leibler
divergence, and <> the mean over the devices of the student population:

    margin         -<p1 - p2>          the smallest gap (Scheffer, Decomain, Wrobel 2001,
                                       doi:10.1007/3-540-44816-0_31)
    entropy         <H(p)>             the most open (Shannon; Settles 2009, section 3.1)
    disagreement    <D(p || <p>)>      the committee at odds (Seung, Opper, Sompolinsky 1992,
                                       doi:10.1145/130385.130417; with D, McCallum, Nigam 1998)

Devices share their questions, so their scores are averaged.
"""

import numpy as np
import numpy.typing as npt

from distill import targets
from distill.errors import PairingError
from distill.settings import check_word

__all__ = ["CHOOSING", "check_committee", "most_wanted", "worth"]

CHOOSING = ("random", "margin", "entropy", "disagreement")
"""How questions are chosen."""

_Float64 = npt.NDArray[np.float64]
_Indices = npt.NDArray[np.intp]


def check_committee(choosing: str, students: int) -> None:
    """Raise PairingError where one student alone is to disagree."""
    if choosing == "disagreement" and students < 2:
        raise PairingError("choosing 'disagreement' takes at least two students; given is one")


def worth(answers: _Float64, choosing: str, softening: float) -> _Float64:
    """Return the score `[sample]` of the student's own `answers` `[device, sample, class]`.

    Raises SettingError for a choosing that scores nothing, PairingError for a committee of one.
    """
    check_word("choosing", choosing, CHOOSING[1:])
    check_committee(choosing, len(answers))
    said = targets.soft(answers, softening).astype(np.float64)
    if choosing == "margin":
        best = np.sort(said, axis=-1)[..., -2:]
        score: _Float64 = -(best[..., 1] - best[..., 0]).mean(axis=0)
        return score
    own: _Float64 = _entropy(said).mean(axis=0)
    # The mean divergence from the mean is the entropy of the mean less the mean entropy.
    return own if choosing == "entropy" else _entropy(said.mean(axis=0)) - own


def most_wanted(scores: _Float64, count: int) -> _Indices:
    """Return the places of the `count` greatest scores; of equals the first."""
    return np.argsort(-scores, kind="stable")[:count]


def _entropy(probabilities: _Float64) -> _Float64:
    logarithms = np.log2(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    bits: _Float64 = -np.sum(probabilities * logarithms, axis=-1)
    return bits
