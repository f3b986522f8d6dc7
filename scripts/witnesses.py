"""How often chance passes for a cause where devices of a wafer are alike, and what intervals cover.

Parameters and an outcome that have nothing to do with each other, both shared in part by the
devices of a wafer: how often a rank correlation falls below p = 0.05, and what a forest seems to
foretell, counting devices and counting wafers. Then how often the bootstrap intervals of variance
components of 20 wafers of 2 devices hold the truth, at level 0.9. Made-up lots, seeds fixed; about
a minute.

    python scripts/witnesses.py
"""

import numpy as np

from mortal.analysis import associations, forest_importance, variance_components

LOTS = 400
SHAPES = ((5, 8), (10, 16), (30, 16), (60, 4))
TRUTH = {
    "wafer": 2.0, "device": 1.0, "gradient_row": 0.5, "gradient_column": 0.3, "row": 0.6,
    "column": 0.4, "cell": 1.5,
}  # fmt: skip


def unrelated(draws, wafers, each):
    lot = np.arange(wafers * each) // each
    values = draws.normal(size=(wafers, 8))[lot] + 0.3 * draws.normal(size=(lot.size, 8))
    return values, draws.normal(size=wafers)[lot] + 0.5 * draws.normal(size=lot.size), lot


def lot_of(draws, count=40, lines=4):
    slope = np.linspace(-1, 1, lines)
    slope /= slope.std()

    def part(name, *shape):
        return np.sqrt(TRUTH[name]) * draws.normal(size=shape)

    device = part("wafer", count // 2).repeat(2) + part("device", count)
    row = part("gradient_row", count, 1) * slope + part("row", count, lines)
    column = part("gradient_column", count, 1) * slope + part("column", count, lines)
    lines_of = row[:, :, None] + column[:, None, :]
    return device[:, None, None] + lines_of + part("cell", count, lines, lines)


def main():
    draws = np.random.default_rng(1)
    print("p < 0.05 without a cause, percent     counting devices  counting wafers")
    for wafers, each in SHAPES:
        rates = np.zeros(2)
        for _ in range(LOTS):
            values, outcome, lot = unrelated(draws, wafers, each)
            for at, counted in enumerate((None, lot)):
                rates[at] += (associations(values, outcome, wafers=counted).p < 0.05).mean()
        devices, by_wafer = 100 * rates / LOTS
        print(f"  {wafers:2} wafers of {each:2} devices {devices:31.1f} {by_wafer:16.1f}")
    r2 = []
    for seed in range(20):
        values, outcome, lot = unrelated(np.random.default_rng([2, seed]), 10, 16)
        r2.append(
            [forest_importance(values, outcome, wafers=counted).r2 for counted in (None, lot)]
        )
    mean, error = np.mean(r2, axis=0), np.std(r2, axis=0, ddof=1) / np.sqrt(len(r2))
    told = [f"{m:.2f} ± {e:.2f}" for m, e in zip(mean, error, strict=True)]
    print(f"R2 of a forest, 10 wafers of 16 {told[0]:>22} {told[1]:>16}")
    hits = dict.fromkeys(TRUTH, 0)
    for _ in range(LOTS):
        found = variance_components(lot_of(draws), np.arange(40) // 2, resamples=300, level=0.9)
        for name, truth in TRUTH.items():
            hits[name] += found.low[name] <= truth <= found.high[name]
    print("intervals at 0.9 hold the truth, percent")
    for name, count in hits.items():
        print(f"  {name:16} {100 * count / LOTS:6.1f}")


if __name__ == "__main__":
    main()
