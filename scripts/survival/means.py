"""What was tried where a distance to `exact` was missed: other settings, one lesson each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Means:
    """Settings other than a cell's.

    Attributes:
        rule: settings of the rule.
        through: settings of its fast array.
        batch: samples between two writes; None: as the task has it.
        rate: factor on the rate that was tuned.
        decay: by which the rate falls over the lesson, batch by batch; None: not within an epoch.
    """

    rule: Mapping[str, Any] = field(default_factory=dict)
    through: Mapping[str, Any] = field(default_factory=dict)
    batch: int | None = None
    rate: float = 1.0
    decay: float | None = None


AS_IT_IS = ""
_FULLER = "gain 0.7, fast_rate 60, momentum 0.3, decay 0.3, 1.67 times the rate"
_FULLER_SOFTER = "gain 0.7, fast_rate 60, momentum 0.3, decay 0.1, 1.67 times the rate"
_FOR_FEW_STEPS = "gain 0.7, momentum 0.5, transfer_rate 1.5e-4, flip_after 20, 1.5 times the rate"
_FOR_FOUR_STEPS = (
    "tanh, gain 0.4, fast_rate 100, momentum 0.5, gamma 0.01, transfer_rate 1.5e-4, 2.5 times the "
    "rate"
)
_MONO = "label_rate 0.25, fast_rate 250, momentum 0.5, transfer_rate 3e-4, twice the rate"
_GOOD = (
    "all units win, fast_rate 120, momentum 0.3, transfer_rate 2e-4, flip_after 8, half the rate"
)
_HEAVY = (
    "all units win, fast_rate 120, momentum 0.5, transfer_rate 1.2e-4, flip_after 8, half the rate"
)
_HEAVY_SLOW = (
    "all units win, fast_rate 120, momentum 0.5, transfer_rate 1.2e-4, flip_after 8, gamma 0.015, "
    "half the rate"
)
LONG = "gain 0.7, fast_rate 60, momentum 0.3, decay 0.1, a sixth of the rate"
"""For backprop through AGAD in a lesson six times as long: chosen by 5,000 images held back."""
MEANS = {
    AS_IT_IS: Means(),
    "decay": Means(decay=0.1),
    "decay, twice the rate": Means(decay=0.05, rate=2.0),
    "tanh, decay": Means(rule={"activation": "tanh"}, decay=0.1),
    "tanh, decay, twice the rate": Means(rule={"activation": "tanh"}, decay=0.05, rate=2.0),
    "momentum 0.5, decay": Means(through={"momentum": 0.5}, decay=0.1),
    "momentum 0.5, decay, twice the rate": Means(through={"momentum": 0.5}, decay=0.05, rate=2.0),
    "all units win, decay": Means(rule={"active": 1.0}, decay=0.1),
    "decay 0.3, 1.33 times the rate": Means(decay=0.3, rate=4 / 3),
    "peer 0.1": Means(rule={"peer": 0.1}),
    "peer 0.1, decay 0.3": Means(rule={"peer": 0.1}, decay=0.3),
    "peer 0.1, decay 0.3, 1.6 times the rate": Means(rule={"peer": 0.1}, decay=0.3, rate=1.6),
    "gain 0.5": Means(rule={"gain": 0.5}),
    "tanh, gain 0.5": Means(rule={"activation": "tanh", "gain": 0.5}),
    "fast_rate 120": Means(through={"fast_rate": 120.0}),
    _FULLER: Means(
        rule={"gain": 0.7}, through={"fast_rate": 60.0, "momentum": 0.3}, decay=0.3, rate=5 / 3
    ),
    _FULLER_SOFTER: Means(
        rule={"gain": 0.7}, through={"fast_rate": 60.0, "momentum": 0.3}, decay=0.1, rate=5 / 3
    ),
    LONG: Means(
        rule={"gain": 0.7}, through={"fast_rate": 60.0, "momentum": 0.3}, decay=0.1, rate=1 / 6
    ),
    _FOR_FEW_STEPS: Means(
        rule={"gain": 0.7},
        through={"momentum": 0.5, "transfer_rate": 1.5e-4, "flip_after": 20},
        rate=1.5,
    ),
    _FOR_FOUR_STEPS: Means(
        rule={"activation": "tanh", "gain": 0.4},
        through={"fast_rate": 100.0, "momentum": 0.5, "gamma": 0.01, "transfer_rate": 1.5e-4},
        rate=2.5,
    ),
    _MONO: Means(
        rule={"label_rate": 0.25},
        through={"fast_rate": 250.0, "momentum": 0.5, "transfer_rate": 3e-4},
        rate=2.0,
    ),
    _GOOD: Means(
        rule={"active": 1.0},
        through={"fast_rate": 120.0, "momentum": 0.3, "transfer_rate": 2e-4, "flip_after": 8},
        rate=0.5,
    ),
    _HEAVY: Means(
        rule={"active": 1.0},
        through={"fast_rate": 120.0, "momentum": 0.5, "transfer_rate": 1.2e-4, "flip_after": 8},
        rate=0.5,
    ),
    _HEAVY_SLOW: Means(
        rule={"active": 1.0},
        through={
            "fast_rate": 120.0,
            "momentum": 0.5,
            "transfer_rate": 1.2e-4,
            "flip_after": 8,
            "gamma": 0.015,
        },
        rate=0.5,
    ),
    "batches of 16": Means(batch=16),
    "batches of 128": Means(batch=128),
    "chopped-tiki-taka": Means(through={"name": "chopped-tiki-taka"}),
    "momentum 0.5": Means(through={"momentum": 0.5}),
    "momentum 0.8": Means(through={"momentum": 0.8}),
    "momentum 0.5, batches of 16": Means(through={"momentum": 0.5}, batch=16),
    "flip_after 8": Means(through={"flip_after": 8}),
    "tail 1": Means(through={"tail": 1.0}),
    "transfer_rate 3e-4": Means(through={"transfer_rate": 3e-4}),
    "tanh": Means(rule={"activation": "tanh"}),
    "tanh, flip_after 8": Means(rule={"activation": "tanh"}, through={"flip_after": 8}),
    "threshold loss, tracked": Means(rule={"loss": "threshold", "tracking": 0.9}),
    "all units win": Means(rule={"active": 1.0}),
    "collaborative": Means(rule={"collaborative": True}),
    "all units win, momentum 0.5": Means(rule={"active": 1.0}, through={"momentum": 0.5}),
    "all units win, flip_after 8": Means(rule={"active": 1.0}, through={"flip_after": 8}),
    "all units win, flip_after 8, gamma 0.015": Means(
        rule={"active": 1.0}, through={"flip_after": 8, "gamma": 0.015}
    ),
}
"""By the names that tables call them."""
_FAST = ("chopped-tiki-taka", "momentum 0.5", "flip_after 8", "tanh")
_DECAYS = ("decay", "decay, twice the rate")
_GOODNESS = ("threshold loss, tracked", "all units win", "collaborative")
TRIED = {
    ("mono-forward", "exact", "alternating"): _DECAYS,
    ("backprop", "exact", "alternating"): (*_DECAYS, "tanh", "tanh, decay"),
    ("forward-forward", "exact", "alternating"): (*_DECAYS, "all units win, decay"),
    ("backprop", "capacitor-li2018", "netted"): (
        "batches of 16", "batches of 128", "tanh", "decay 0.3, 1.33 times the rate",
    ),
    ("backprop", "ecram-tang2018", "netted"): (
        "batches of 16", "batches of 128", "tanh", *_DECAYS, "decay 0.3, 1.33 times the rate",
    ),
    ("forward-forward", "ecram-tang2018", "netted"): (
        "batches of 128", *_GOODNESS, *_DECAYS, "all units win, decay", "peer 0.1",
        "peer 0.1, decay 0.3", "peer 0.1, decay 0.3, 1.6 times the rate",
    ),
    ("backprop", "reram-sb-gong2018", "agad"): (
        *_FAST, "tail 1", "batches of 128", *_DECAYS,
        "gain 0.5", _FULLER, _FULLER_SOFTER,
    ),
    ("backprop", "reram-es-gong2018", "agad"): (
        *_FAST, "tail 1", *_DECAYS, _FULLER, _FULLER_SOFTER,
    ),
    ("backprop", "reram-array-om-gong2022", "agad"): (
        *_FAST, "tail 1", "batches of 128", *_DECAYS, "tanh, decay", "gain 0.5", "tanh, gain 0.5",
        _FOR_FEW_STEPS,
    ),
    ("backprop", "reram-array-hfo2-gong2022", "agad"): (
        *_FAST, "tanh, flip_after 8", "transfer_rate 3e-4", "batches of 128", *_DECAYS,
        "tanh, decay", "tanh, decay, twice the rate", "gain 0.5", "tanh, gain 0.5",
        "fast_rate 120", _FOR_FOUR_STEPS,
    ),
    ("mono-forward", "reram-array-hfo2-gong2022", "agad"): (
        "chopped-tiki-taka", "momentum 0.5", "momentum 0.8", "momentum 0.5, batches of 16",
        "flip_after 8", "batches of 128", *_DECAYS, "momentum 0.5, decay",
        "momentum 0.5, decay, twice the rate", "fast_rate 120", _MONO,
    ),
    ("forward-forward", "reram-array-hfo2-gong2022", "agad"): (
        "chopped-tiki-taka", "flip_after 8", "batches of 128", *_GOODNESS,
        "all units win, momentum 0.5", "all units win, flip_after 8",
        "all units win, flip_after 8, gamma 0.015", "decay", _GOOD,
        _HEAVY, _HEAVY_SLOW,
    ),
}  # fmt: skip
"""Which means were tried where: by rule, preset and way."""


def all_tried() -> Iterator[tuple[str, str, str, str]]:
    """Yield rule, preset, way and means, what is left as it is first."""
    for (rule, technology, way), names in TRIED.items():
        for name in (AS_IT_IS, *names):
            yield rule, technology, way, name
