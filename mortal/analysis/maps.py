"""Maps of a population: devices placed by what they answer, not by what they are made of.

Distances become points that have just these distances (`mortal.analysis.euclidean`), and openTSNE
lays the points out in a plane, beginning at their two widest axes: L. van der Maaten and
G. Hinton, J. Mach. Learn. Res. 9, 2579 (2008); P. G. Policar, M. Strazar and B. Zupan, J. Stat.
Softw. 109, 3 (2024), doi:10.18637/jss.v109.i03; on the start D. Kobak and P. Berens, Nat. Commun.
10, 5416 (2019), doi:10.1038/s41467-019-13056-x. The same distances, seed and versions give the
same map.

A map keeps who is near whom. Sizes of groups and of gaps between them mean little.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.analysis.euclidean import checked_distances, interpolated, points_of
from mortal.errors import AnalysisError

__all__ = ["AnswerMap", "draw_map"]

Array = npt.NDArray[np.float64]

_FEWEST_NEIGHBOURS = 3
_PLACED_BY = 5.0
"""Perplexity of a new device among the old."""


@dataclass(frozen=True)
class AnswerMap:
    """Devices in a plane. All that `place` needs is in these numbers, so a map can be kept.

    Attributes:
        positions: `[device, 2]`, without unit.
        distances: `[device, device]` that it was drawn from.
        neighbours: how many of the nearest each device was held close to.
        seed: of the map.
        trustworthiness: 1 where devices near each other on the map are near in truth, about a half
            where it is chance (J. Venna and S. Kaski, Neural Networks 14, 2001,
            doi:10.1007/3-540-44668-0_68).
        trusted: number of neighbours that the trustworthiness is about.
    """

    positions: Array
    distances: Array
    neighbours: int
    seed: int
    trustworthiness: float
    trusted: int

    def __str__(self) -> str:
        return (
            f"map of {len(self.positions)} devices by {self.neighbours} neighbours, "
            f"trustworthiness {self.trustworthiness:.3f} ({self.trusted} neighbours)"
        )

    def place(self, distances: npt.ArrayLike) -> Array:
        """Return where new devices stand on this map, `[new, 2]`; it and they stay independent.

        Args:
            distances: `[new, device]`, to the devices of the map: `answer_distances(new, old)`.

        Raises:
            AnalysisError: shapes do not fit, a distance is none, or openTSNE is not installed.
        """
        d = np.asarray(distances, np.float64)
        count = len(self.positions)
        if d.ndim != 2 or d.shape[1] != count or not len(d):
            raise AnalysisError(
                f"a map of {count} devices needs distances [new, {count}], found shape {d.shape}"
            )
        if not (np.isfinite(d).all() and (d >= 0).all()):
            raise AnalysisError("distances are numbers of 0 or more, found others")
        points = points_of(self.distances)
        old = _embedding(points, self.positions, self.neighbours, self.seed)
        placed = old.transform(
            interpolated(points, d),
            perplexity=min(_PLACED_BY, self.neighbours / 3),
            initialization="median",
            k=min(self.neighbours, 25),
        )
        return np.array(placed, np.float64)


def draw_map(distances: npt.ArrayLike, *, neighbours: int = 30, seed: int = 0) -> AnswerMap:
    """Return a map of devices from distances between their answers.

    Args:
        distances: `[device, device]`, such as `answer_distances`.
        neighbours: how many of the nearest a device is held close to, three times what t-SNE calls
            perplexity; there must be more devices than that.
        seed: of the little that is random.

    Raises:
        AnalysisError: there are as many neighbours as devices, or more; all devices answer alike;
            it is no matrix of distances; or openTSNE is not installed.
    """
    d = checked_distances(distances)
    if neighbours < _FEWEST_NEIGHBOURS:
        raise AnalysisError(
            f"a map needs {_FEWEST_NEIGHBOURS} neighbours or more, found {neighbours}"
        )
    if len(d) <= neighbours:
        fewer = (
            f"ask for {len(d) - 1} or fewer"
            if len(d) > _FEWEST_NEIGHBOURS
            else f"a map needs {_FEWEST_NEIGHBOURS + 1} devices or more"
        )
        raise AnalysisError(
            f"a map by {neighbours} neighbours needs {neighbours + 1} devices or more, found "
            f"{len(d)}; {fewer}"
        )
    if not d.any():
        raise AnalysisError(f"all {len(d)} devices answer alike, so no map tells them apart")
    from sklearn.manifold import trustworthiness

    points = points_of(d)
    start = np.zeros((len(d), 2))
    start[:, : points.shape[1]] = points[:, :2] * (1e-4 / points[:, 0].std())
    drawn = _embedding(points, start, neighbours, seed)
    drawn.optimize(250, exaggeration=12, momentum=0.5, inplace=True)
    drawn.optimize(500, momentum=0.8, inplace=True)
    positions = np.array(drawn, np.float64)
    trusted = min(neighbours, (len(d) - 1) // 2)
    trust = trustworthiness(d, positions, n_neighbors=trusted, metric="precomputed")
    return AnswerMap(positions, d, neighbours, seed, float(trust), trusted)


def _embedding(points: Array, positions: Array, neighbours: int, seed: int) -> Any:
    """Return openTSNE's embedding of points, standing at these positions."""
    try:
        from openTSNE import TSNEEmbedding
        from openTSNE.affinity import PerplexityBasedNN
    except ImportError as error:
        raise AnalysisError(
            f"maps need the package openTSNE, which cannot be loaded: {error}; "
            "`pip install openTSNE`"
        ) from None
    nearest = PerplexityBasedNN(
        points, perplexity=neighbours / 3, method="exact", metric="euclidean", n_jobs=1,
        random_state=seed, k_neighbors=neighbours,
    )  # fmt: skip
    return TSNEEmbedding(
        positions.copy(), nearest, negative_gradient_method="bh", n_jobs=1, random_state=seed
    )
