"""What each rule reaches on MNIST where the hardware is ideal: the ceiling of all that follows.

    MORTAL_DATA=FOLDER python scripts/claims/rules_on_exact.py [--seeds 2] [rule ...]

The technology is `exact`, 60,000 training and 10,000 test images, two devices a seed. Settings,
layers and epochs are those below; rates were chosen on held-out training images when each rule was
written. Beside each stands what the source reports, and what is asked of this project.
"""

import argparse
import os
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lives import mean_and_error, table
from threadpoolctl import threadpool_limits

import mortal


@dataclass(frozen=True)
class Arm:
    """One rule: how it is taught, and the number asked for, percent."""

    rule: str
    layers: tuple[int, ...]
    epochs: int
    asked: float
    source: str
    decay: float = 0.3
    settings: dict[str, Any] = field(default_factory=dict)


ARMS = (
    Arm("forward-forward", (784, 500, 500), 5, 94, "98.64 (4x2000, 60 epochs)", 0.03),
    Arm("forward-forward-unsupervised", (784, 500, 500), 5, 94, "98.63 (4x2000)", 0.03),
    Arm("mono-forward", (784, 256, 256), 6, 97, "close to backpropagation", 0.1),
    Arm("backprop", (784, 256, 256), 6, 97.5, "98.4 (unverified)"),
    Arm("direct-feedback-alignment", (784, 256, 256), 10, 96.5, "98.5 (unverified)"),
    Arm("pepita", (784, 512), 6, 95, "98.01"),
    Arm("node-perturbation", (784, 128), 6, 88, "none on this net",
        settings={"rate": 0.002, "sigma": 0.1}),
    Arm("equilibrium-propagation", (784, 256), 8, 95, "98.67 (resistive net)", 0.1),
    Arm("contrastive-hebbian", (784, 256), 8, 95, "none on this net", 0.1),
    Arm("predictive-coding", (784, 256), 8, 95, "98 (unverified)", 0.1),
    Arm("softhebb", (784, 500), 5, 94, "99.4 (convolutional)"),
    Arm("rbm", (784, 500, 500), 5, 94, "none with a linear readout", 0.03),
    Arm("deep-belief", (784, 500, 500), 5, 94, "98.75 (784-500-500-2000, fine-tuned)", 0.1,
        settings={"turn": 60_000}),
)  # fmt: skip
"""Contrastive Hebbian learning and predictive coding are asked what equilibrium propagation is."""


def main() -> None:
    """Teach every rule, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rules", nargs="*", help="default: all")
    parser.add_argument("--seeds", type=int, default=2)
    given = parser.parse_args()
    if "MORTAL_DATA" not in os.environ:
        raise SystemExit("MORTAL_DATA must name the folder of MNIST (`mortal data get mnist --to`)")
    data = mortal.load_data("mnist")
    rows = []
    for arm in ARMS:
        if given.rules and arm.rule not in given.rules:
            continue
        found, spent = [], 0.0
        for seed in range(1, given.seeds + 1):
            began = time.process_time()
            rule = {"name": arm.rule, **arm.settings}
            population = mortal.grow("exact", arm.layers, 2, rule, seed)
            with threadpool_limits(1):
                population.train(
                    data.inputs_train, data.labels_train, epochs=arm.epochs, decay=arm.decay
                )
                exam = population.examine(data.inputs_test, data.labels_test)
            found.append(100 * float(np.mean(exam.accuracy)))
            spent += (time.process_time() - began) / given.seeds
        mean, error = mean_and_error(found)
        rows.append(
            (arm.rule, "-".join(map(str, arm.layers)), str(arm.epochs), f"{mean:.1f} ± {error:.1f}",
             f"{arm.asked:g}", arm.source, f"{spent:.0f}")
        )  # fmt: skip
        print(" ".join(rows[-1]), flush=True)
    header = ("rule", "layers", "epochs", "test accuracy, %", "asked", "source", "s of one core")
    print(table(header, rows))


if __name__ == "__main__":
    main()
