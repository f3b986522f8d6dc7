"""Devices nested in wafers nested in technologies, of any sizes: variances, and lots drawn anew."""

import numpy as np
import numpy.typing as npt

__all__ = ["drawn_anew", "nested_components"]

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def nested_components(
    means: Array, wafers: Labels, technologies: Labels
) -> tuple[float, float, float]:
    """Return the variances of technologies, wafers and devices, unbiased, from devices' means.

    With n_w devices on a wafer, N_t of a technology, N in all,

        SS_devices      = sum (y - y_w)^2           E = (N - wafers) D
        SS_wafers       = sum n_w (y_w - y_t)^2     E = (wafers - technologies) D + k W
        SS_technologies = sum N_t (y_t - y)^2       E = (technologies - 1) D + l W + m T
        k = N - sum_w n_w^2 / N_t,  l = sum_w n_w^2 (1 / N_t - 1 / N),  m = N - sum_t N_t^2 / N

    (Searle, Casella and McCulloch, Variance Components, 1992, on nested classifications.) NaN for
    what the groups cannot tell. Where no wafer holds two devices, what wafers share counts as the
    devices' own. One technology is as good as none, and one wafer a technology.

    Args:
        means: `[device]`.
        wafers: `[device]`, whole numbers, no wafer in two technologies.
        technologies: `[device]`, whole numbers.
    """
    wafers = np.unique(wafers, return_inverse=True)[1]
    technologies = np.unique(technologies, return_inverse=True)[1]
    if wafers.max() + 1 == means.size > technologies.max() + 1:
        wafers = technologies  # one device a wafer
        has_wafers = False
    else:
        has_wafers = bool(wafers.max() > technologies.max())
    of_wafer = np.zeros(wafers.max() + 1, np.int64)
    of_wafer[wafers] = technologies
    on_wafer, of_kind = np.bincount(wafers), np.bincount(technologies)
    total, wafer_count, kind_count = means.size, on_wafer.size, of_kind.size
    y_w = np.bincount(wafers, means) / on_wafer
    y_t = np.bincount(technologies, means) / of_kind
    squares = (on_wafer**2 / of_kind[of_wafer]).sum()
    technology = wafer = device = np.nan
    if total > wafer_count:
        device = float(((means - y_w[wafers]) ** 2).sum() / (total - wafer_count))
    if has_wafers and wafer_count > kind_count:
        between = float((on_wafer * (y_w - y_t[of_wafer]) ** 2).sum())
        wafer = (between - (wafer_count - kind_count) * device) / float(total - squares)
    if kind_count > 1:
        between = float((of_kind * (y_t - means.mean()) ** 2).sum())
        shared = float(squares - (on_wafer**2).sum() / total) * (wafer if has_wafers else 0.0)
        beyond = float(total - (of_kind**2).sum() / total)
        technology = (between - (kind_count - 1) * device - shared) / beyond
    return technology, wafer, device


def drawn_anew(
    draws: np.random.Generator, means: Array, wafers: Labels, technologies: Labels
) -> tuple[Labels, Array, Labels, Labels]:
    """Return a lot drawn with return: positions of devices, their means, wafers, technologies.

    Whole wafers are drawn within each technology, devices where it has one wafer. Drawing n units
    with return leaves (n - 1) / n of their variance, so their means are spread by its root.
    """
    positions, shifted, lots, first = [], [], [], 0
    for technology in np.unique(technologies):
        of_kind = np.flatnonzero(technologies == technology)
        unit = np.unique(wafers[of_kind], return_inverse=True)[1]
        has_one_wafer = unit.max() == 0
        if has_one_wafer:
            unit = np.arange(of_kind.size)
        order, sizes = np.argsort(unit, kind="stable"), np.bincount(unit)
        count, starts = sizes.size, np.cumsum(sizes) - sizes
        drawn = draws.integers(count, size=count)
        ends = np.cumsum(sizes[drawn])
        within = np.arange(ends[-1]) - np.repeat(ends - sizes[drawn], sizes[drawn])
        chosen = of_kind[order[np.repeat(starts[drawn], sizes[drawn]) + within]]
        own = np.bincount(unit, means[of_kind]) / sizes
        away = (np.sqrt(count / max(count - 1, 1)) - 1) * (own - means[of_kind].mean())
        positions.append(chosen)
        shifted.append(means[chosen] + np.repeat(away[drawn], sizes[drawn]))
        wafer = np.zeros(count, np.int64) if has_one_wafer else np.arange(count)
        lots.append(first + np.repeat(wafer, sizes[drawn]))
        first += count
    at = np.concatenate(positions)
    return at, np.concatenate(shifted), np.concatenate(lots), technologies[at]
