"""A story with every kind of step, small enough to be lived dozens of times, and its data."""

import struct
from pathlib import Path

import numpy as np

from mortal.config import load
from mortal.data.folder import STEMS

STORY = """\
version: 1
name: many
seed: 7
data: {{name: idx, path: {data}, train: 64, test: 40}}
cohorts:
  elders: {{technology: mortal-default, layers: [16, 12, 12], count: 7, death: {{below: 0.5}}}}
  heirs:  {{like: elders, death: {{}}}}
  clones: {{like: elders, death: {{}}}}
  twins:  {{like: elders, identical_to: elders}}
  alone:  {{technology: exact, layers: [16, 8], count: 3, rule: forward-forward}}
story:
  - train:   {{cohort: [elders, twins, alone], epochs: {epochs}}}
  - examine: {{cohort: [elders, twins, alone], answers: 3}}
  - age:     {{cohort: elders, by: 3 years, temperature: 55 C}}
  - repeat:
      generations: 3
      story:
      - examine: {{cohort: elders}}
      - distil:  {{from: elders, to: heirs, softening: 4, budget: 48, epochs: {epochs},
                  answers: hard, right: 0.9, correct: {{inputs: train}}}}
      - copy:    {{from: elders, to: clones, by: write-verify}}
      - examine: {{cohort: [heirs, clones], answers: 5}}
  - mutual:  {{cohort: alone, rounds: 2, per_round: 16, labels: 4, epochs: {epochs}}}
  - bury:    {{cohort: elders}}
"""
"""Elders, heirs and clones meet; twins meet nobody; the exact ones all meet each other."""


def idx_folder(folder: Path) -> Path:
    """Four IDX files of noisy pictures of four classes: quicker to load than any real ones."""
    draw = np.random.default_rng(4)
    kinds = draw.integers(0, 200, (4, 4, 4))
    folder.mkdir(parents=True, exist_ok=True)
    for count, (images, labels) in ((80, STEMS[:2]), (40, STEMS[2:])):
        which = np.arange(count) % 4
        noisy = np.clip(kinds[which] + draw.integers(-60, 60, (count, 4, 4)), 0, 255)
        for name, values in ((images, noisy), (labels, which)):
            head = struct.pack(f">I{values.ndim}I", 0x0800 + values.ndim, *values.shape)
            (folder / name).write_bytes(head + values.astype(np.uint8).tobytes())
    return folder


def many(data: Path, *, epochs: int = 2):
    """The plan of the story."""
    return load(STORY.format(data=data, epochs=epochs))
