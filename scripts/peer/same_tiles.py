"""The peer's side of `scripts/claims/same_devices_as_peer.py`; runs in the peer's environment.

python -m peer.same_tiles QUESTIONS.npz ANSWERS.npz
"""

import json
import sys
from typing import Any

import aihwkit
import numpy as np
import torch
from aihwkit.simulator.presets import devices as presets
from peer.experiments import response, school, steps
from peer.tiles import Tiles, managed_trains, single_pulses

__all__ = ["answer"]


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the results of all experiments on one preset, `preset/experiment/result`."""
    spec = json.loads(str(asked["spec"]))
    found: dict[str, Any] = {
        "versions": f"aihwkit {aihwkit.__version__}, torch {torch.__version__}"
    }
    for name, (preset, changed) in spec["presets"].items():
        seeds = iter(range(1, 10**9, 10**4))

        def grown(preset=preset, changed=changed, seeds=seeds, **how: Any) -> Tiles:
            cells = getattr(presets, preset)(**changed)
            return Tiles(cells, spec["devices"], seed=next(seeds), **how)

        def blank(grown=grown) -> Tiles:
            side = spec["side"]
            return grown(rows=side, columns=side, write=single_pulses()).from_weights(0, 1)

        inputs, hidden, classes = spec["layers"]
        layers = [
            grown(rows=rows + 1, columns=columns, write=managed_trains())
            for rows, columns in ((inputs, hidden), (hidden, classes))
        ]
        for number, layer in enumerate(layers):
            layer.from_weights(spec["initial"], 7 + number)
        results = {
            "steps": steps(blank),
            "response": response(blank),
            "school": school(
                *layers,
                (asked["train_x"], asked["train_y"]),
                (asked["test_x"], asked["test_y"]),
                asked["order"],
                batch=spec["batch"],
                rate=spec["rate"],
            ),
        }
        for experiment, numbers in results.items():
            found |= {f"{name}/{experiment}/{label}": value for label, value in numbers.items()}
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    with np.load(sys.argv[1]) as file:
        np.savez(sys.argv[2], **answer(dict(file)))
