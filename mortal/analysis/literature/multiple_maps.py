"""Several maps at once: a thing may stand near two others that have nothing to do with each other.

    q_ij = sum_m pi_i^m pi_j^m (1 + |y_i^m - y_j^m|^2)^-1 / Z,  Z the sum over all pairs i != j
    pi_i^m = exp(-w_i^m) / sum_m' exp(-w_i^m'),  C = KL(p || q)

    y_i^m   where i stands on map m;  pi_i^m   how much it counts there, adding to one over the maps

L. van der Maaten and G. Hinton, Visualizing non-metric similarities in multiple maps, Machine
Learning 87, 33 (2012), doi:10.1007/s10994-011-5273-4. One map is t-SNE.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from mortal.analysis.literature.affinities import checked_joint
from mortal.analysis.literature.descent import descend
from mortal.errors import AnalysisError

__all__ = ["MultipleMaps", "multiple_maps", "multiple_maps_cost"]

Array = npt.NDArray[np.float64]

_WIDTH = 1e-2


@dataclass(frozen=True)
class MultipleMaps:
    """Things on several maps.

    Attributes:
        positions: `[map, thing, 2]`.
        importance: `[map, thing]`, how much each counts on each; 1 in all.
        nearness: `[map, thing, thing]`, what each map adds to q_ij.
        cost: what is left, in nats.
    """

    positions: Array
    importance: Array
    nearness: Array
    cost: float

    def near(self, thing: int, map_number: int) -> npt.NDArray[np.int64]:
        """Return the other things by how near they are to one on a map, the nearest first."""
        order = np.argsort(-self.nearness[map_number, thing], kind="stable")
        return np.asarray(order[order != thing], np.int64)


def multiple_maps(
    affinities: npt.ArrayLike,
    maps: int = 2,
    *,
    steps: int = 1000,
    starts: int = 5,
    seed: int = 0,
) -> MultipleMaps:
    """Return things on several maps that together explain who is near whom.

    Args:
        affinities: p_ij `[thing, thing]`, as `joint_affinities` or `associated` give them.
        maps: how many.
        steps: of descent.
        starts: how often it begins anew; the best is kept.
        seed: of the starts.

    Raises:
        AnalysisError: the affinities are no joint probabilities, or there is no map or start.
    """
    p = checked_joint(affinities)
    if maps < 1 or starts < 1:
        raise AnalysisError(f"maps and starts are whole numbers from 1, found {maps} and {starts}")
    draws, n = np.random.default_rng(seed), len(p)
    found = []
    for _ in range(starts):
        # The third of the three numbers is w.
        start = draws.normal(scale=_WIDTH, size=(maps, n, 3))
        found.append(descend(partial(multiple_maps_cost, p), start, steps=steps))
    place, cost = min(found, key=lambda reached: reached[1])
    importance, near = _nearness(place)
    weighted = importance[:, :, None] * importance[:, None, :] * near
    return MultipleMaps(place[:, :, :2], importance, weighted / weighted.sum(), cost)


def multiple_maps_cost(p: Array, place: Array) -> tuple[float, Array]:
    """Return C and its gradient at `place` `[map, thing, (y, y, w)]`.

    With k = (1 + |y_i - y_j|^2)^-1 and n_ij = Z q_ij, dC / dn_ij = (q_ij - p_ij) / n_ij, and

        dC / dy_i^m  = -4 sum_j dC/dn_ij pi_i^m pi_j^m k_ij^2 (y_i^m - y_j^m)
        dC / dpi_i^m =  2 sum_j dC/dn_ij pi_j^m k_ij
        dC / dw_i^m  = -pi_i^m (dC / dpi_i^m - sum_m' pi_i^m' dC / dpi_i^m')
    """
    y = place[:, :, :2]
    pi, k = _nearness(place)
    both = pi[:, :, None] * pi[:, None, :]
    n = (both * k).sum(axis=0)
    np.fill_diagonal(n, 1)  # never looked at
    q = n / (n.sum() - len(n))
    np.fill_diagonal(q, 0)
    is_there = p > 0
    cost = float((p[is_there] * np.log(p[is_there] / q[is_there])).sum())
    by_n = (q - p) / n
    pull = by_n * both * k**2
    slope = np.empty_like(place)
    slope[:, :, :2] = -4 * (pull.sum(axis=2)[:, :, None] * y - pull @ y)
    by_pi = 2 * np.einsum("ij,mj,mij->mi", by_n, pi, k)
    slope[:, :, 2] = -pi * (by_pi - (pi * by_pi).sum(axis=0))
    return cost, slope


def _nearness(place: Array) -> tuple[Array, Array]:
    """Return pi `[map, thing]`, and k `[map, thing, thing]`, 0 to oneself."""
    y, w = place[:, :, :2], place[:, :, 2]
    pi = np.exp(w.min(axis=0) - w)
    pi /= pi.sum(axis=0)
    apart = ((y[:, :, None] - y[:, None]) ** 2).sum(axis=3)
    k = 1 / (1 + apart)
    k[:, np.arange(len(pi.T)), np.arange(len(pi.T))] = 0
    return pi, k
