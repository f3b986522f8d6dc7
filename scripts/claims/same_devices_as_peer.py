"""The same devices as the peer simulator, IBM aihwkit: steps, responses and trained accuracy.

python scripts/claims/same_devices_as_peer.py [--backend reference] [--write]

Three presets of the catalog are held against the peer's presets of the same source, which the
peer takes from its own declarations. What the catalog says it does not model is left out there.
The peer's environment is made by `scripts/bench_peer only`.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats
from sklearn.datasets import load_digits

from devices import Technology, preset
from devices.technology import Write

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
sys.path.append(str(SCRIPTS))

from peer.experiments import lessons, response, school, steps  # noqa: E402 - found just above
from peer.population import (  # noqa: E402
    Population,
    exact_reads,
    managed_trains,
    single_pulses,
)
from peer.tables import aligned, between_markers  # noqa: E402

PEER = ROOT / ".peer" / "bin" / "python"
PAGE, NUMBERS = ROOT / "docs" / "same-devices.md", ROOT / "docs" / "same-devices.json"
PRESETS = {
    "gokmen-vlasov2016": "GokmenVlasovPresetDevice",
    "ecram-tang2018": "EcRamPresetDevice",
    "reram-sb-gong2018": "ReRamSBPresetDevice",
}
CONTROL = 1.03
"""How many times its cycle noise the control has, to show what a comparison can see."""

SPEC = {
    "devices": 48,
    "side": 32,
    "layers": (64, 32, 10),
    "initial": 0.1,
    "batch": 5,
    "rate": 0.02,
}
EPOCHS, SPLIT_SEED = 6, 11
Results = dict[str, npt.NDArray[np.float64]]


def lesson() -> dict[str, npt.NDArray[Any]]:
    """Return digits in (0, 1), split, and the order in which they are shown."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    mixed = np.random.default_rng(SPLIT_SEED).permutation(y.size)
    train, test = mixed[:1400], mixed[1400:]
    return {
        "train_x": x[train],
        "train_y": y[train],
        "test_x": x[test],
        "test_y": y[test],
        "order": lessons(train.size, EPOCHS, SPLIT_SEED),
    }


def theirs(data: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return the peer's results, by `preset/experiment/result`."""
    if not PEER.exists():
        raise SystemExit("the peer is not installed: `scripts/bench_peer only` installs it")
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "asked.npz"), Path(folder, "answered.npz")
        presets = {name: (of_peer, left_out(name)) for name, of_peer in PRESETS.items()}
        np.savez(asked, spec=json.dumps(SPEC | {"presets": presets}), **data)
        subprocess.run(
            [PEER, "-m", "peer.same_tiles", asked, answered],
            check=True,
            env=os.environ | {"PYTHONPATH": str(SCRIPTS), "OMP_NUM_THREADS": "1"},
        )
        with np.load(answered) as file:
            return dict(file)


def left_out(name: str) -> dict[str, float]:
    """Return what is turned off in the peer's preset because the catalog's has not got it."""
    has_not = any("write noise" in text for text in preset(name).not_modelled)
    return {"write_noise_std": 0.0} if has_not else {}


def ours(technology: Technology, data: dict[str, Any], backend: str) -> dict[str, Results]:
    """Return this project's results on one preset, by experiment."""
    seeds = iter(range(1, 1000))

    def blank() -> Population:
        return _blank(technology, next(seeds), backend)

    inputs, hidden, classes = SPEC["layers"]
    layers = [
        Population(
            _changed(technology, SPEC["initial"], managed_trains()),
            SPEC["devices"],
            rows + 1,
            columns,
            seed=1,
            array=number,
            backend=backend,
        )
        for number, (rows, columns) in enumerate(((inputs, hidden), (hidden, classes)))
    ]
    train, test = (data["train_x"], data["train_y"]), (data["test_x"], data["test_y"])
    return {
        "steps": steps(blank),
        "response": response(blank),
        "school": school(
            *layers, train, test, data["order"], batch=SPEC["batch"], rate=SPEC["rate"]
        ),
    }


def control(technology: Technology, backend: str) -> Results:
    """Return the steps of devices with a little more cycle noise than the preset's."""
    noisier = technology.response.model_copy(
        update={"cycle_noise": CONTROL * technology.response.cycle_noise}
    )
    seeds = iter(range(1, 1000))
    made_of = technology.model_copy(update={"response": noisier})
    return steps(lambda: _blank(made_of, next(seeds), backend))


def _blank(technology: Technology, seed: int, backend: str) -> Population:
    made_of = _changed(technology, 0.0, single_pulses())
    side = SPEC["side"]
    return Population(made_of, SPEC["devices"], side, side, seed=seed, backend=backend)


def _changed(technology: Technology, initial: float, write: Write) -> Technology:
    spread = technology.spread.model_copy(update={"initial": initial})
    return technology.model_copy(update={"spread": spread, "read": exact_reads(), "write": write})


def compared(own: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> dict[str, float]:
    """Return both means, Welch's t and its p: `[device]` against `[device]`.

    Where neither varies over devices, equal means agree and others do not.
    """
    mine, peers = float(own.mean()), float(other.mean())
    error = float(np.sqrt(own.var(ddof=1) / own.size + other.var(ddof=1) / other.size))
    if error == 0:
        t, p = (0.0, 1.0) if mine == peers else (np.inf, 0.0)
    else:
        t, p = (float(value) for value in stats.ttest_ind(own, other, equal_var=False))
    return {"ours": mine, "peer": peers, "error": error, "t": t, "p": p}


def verdict(rows: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return how many comparisons there are, how many exceed |t| = 2, and the largest.

    `p` is that of the largest, times the number of comparisons (Bonferroni).
    """
    worst = max(rows.values(), key=lambda row: abs(row["t"]))
    beyond = sum(abs(row["t"]) > 2 for row in rows.values())
    smallest = min(row["p"] for row in rows.values())
    return {
        "comparisons": len(rows),
        "beyond 2": beyond,
        "largest |t|": abs(worst["t"]),
        "p": min(1.0, smallest * len(rows)),
    }


def report(found: dict[str, Any]) -> str:
    """Return the page's section."""
    parts = [
        f"{found['date']}; this project with backend {found['backend']}, {found['peer']}; "
        f"{SPEC['devices']} devices a preset on either side, arrays of {SPEC['side']} x "
        f"{SPEC['side']}, net {'-'.join(map(str, SPEC['layers']))}."
    ]
    header = ["preset", "experiment", "comparisons", "beyond 2", "largest |t|", "p of the largest"]
    lines = []
    for name, experiments in found["presets"].items():
        for experiment, rows in experiments.items():
            seen = verdict(rows)
            lines.append(
                [
                    name,
                    experiment,
                    f"{seen['comparisons']:d}",
                    f"{seen['beyond 2']:d}",
                    f"{seen['largest |t|']:.2f}",
                    f"{seen['p']:.2g}",
                ]
            )
    parts.append(aligned(header, lines))
    last = f"accuracy after epoch {EPOCHS}, %"
    shown = {
        "steps": [
            f"step {way} after {stage:+d}, {what}"
            for way in ("up", "down")
            for stage in (0, 400)
            for what in ("mean", "spread over cells", "cycle noise")
        ],
        "response": [f"{n} {way}, {what}" for n, way in ((100, "up"), (1000, "up"), (1000, "down"))
                     for what in ("mean", "std")],
        "school": [last, "weight std, first layer", "weight std, second layer"],
    }  # fmt: skip
    for name, experiments in found["presets"].items():
        lines = [
            [label]
            + [f"{experiments[experiment][label][of]:.5g}" for of in ("ours", "peer")]
            + [f"{experiments[experiment][label]['error']:.1g}"]
            + [f"{experiments[experiment][label]['t']:+.2f}"]
            for experiment, labels in shown.items()
            for label in labels
        ]
        header = [name, "ours", "peer", "error of the difference", "t"]
        parts.append(aligned(header, lines))
    return "\n\n".join(parts)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--backend", default="reference")
    arguments.add_argument("--write", action="store_true", help="write docs/same-devices")
    given = arguments.parse_args()
    data = lesson()
    answers = theirs(data)
    found: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "backend": given.backend,
        "peer": str(answers["versions"]),
        "presets": {},
    }
    for name in PRESETS:
        own = ours(preset(name), data, given.backend)
        own[f"steps, cycle noise x {CONTROL}"] = control(preset(name), given.backend)
        found["presets"][name] = {
            experiment: {
                label: compared(values, answers[f"{name}/{experiment.partition(',')[0]}/{label}"])
                for label, values in results.items()
            }
            for experiment, results in own.items()
        }
    page = report(found)
    print(page)
    if given.write:
        text = between_markers(PAGE.read_text(encoding="utf-8"), "measured", page)
        PAGE.write_text(text, encoding="utf-8")
        NUMBERS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
