"""Who owns which true label, where a budget of them is spread among peers."""

from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from distill.errors import InputError, SettingError
from distill.settings import check_whole

__all__ = ["check_ownership", "spread_labels"]


def spread_labels(
    samples: SupportsIndex, peers: SupportsIndex, each: SupportsIndex, random: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Return who owns which label, `[device, sample]`: `each` of them a peer, no label twice.

    Raises SettingError for fewer samples than labels are to be owned.
    """
    count, own = check_whole("peers", peers, least=1), check_whole("each", each, least=0)
    most = check_whole("samples", samples, least=1)
    if count * own > most:
        raise SettingError(f"{count} peers cannot own {own} labels each of {most}")
    owners = np.zeros((count, most), dtype=np.bool_)
    dealt = random.permutation(most)[: count * own].reshape(count, own)
    np.put_along_axis(owners, dealt, True, axis=1)
    return owners


def check_ownership(
    labels: npt.ArrayLike | None,
    owners: npt.ArrayLike | None,
    shape: tuple[int, int],
    classes: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the true classes `[sample]` and who owns them, of `shape` `[device, sample]`.

    Without either, nobody owns any. Raises SettingError for one without the other, InputError
    for another shape or kind, and for owned labels that are none of the classes; what nobody
    owns is not looked at.
    """
    if labels is None and owners is None:
        return np.zeros(shape[1], dtype=np.int64), np.zeros(shape, dtype=np.bool_)
    if labels is None or owners is None:
        raise SettingError("labels and owners are given together: what is true, and who knows it")
    truth, owned = np.asarray(labels), np.asarray(owners)
    if owned.shape != shape or owned.dtype != np.bool_:
        raise InputError(
            f"owners are {owned.dtype} of shape {owned.shape}; "
            f"wanted are claims [device, sample] of shape {shape}"
        )
    if truth.shape != shape[1:] or truth.dtype.kind not in "iu":
        raise InputError(
            f"labels are {truth.dtype} of shape {truth.shape}; "
            f"wanted are whole numbers, one for each of {shape[1]} inputs"
        )
    known = truth[owned.any(axis=0)]
    if known.size and (known.min() < 0 or known.max() >= classes):
        raise InputError(
            f"labels run from {known.min()} to {known.max()}; the peers answer classes 0 to "
            f"{classes - 1}"
        )
    return truth.astype(np.int64), owned
