"""Lives that take a moment: texts of configurations, and a listener that remembers."""

from pathlib import Path

from mortal.config import load
from mortal.config.check import data_for
from mortal.engine import run
from mortal.logbook import Logbook, open_log
from mortal.narrator import Quiet
from mortal.story import World, tell

HEAD = """\
version: 1
name: small
seed: 7
data: {name: digits, train: 120, test: 60}
"""
ELDERS = "elders: {technology: exact, layers: [64, 16], count: 2}"
LINEAGE = """\
version: 1
name: lineage
seed: 7
data: {name: digits, train: 200, test: 100}
cohorts:
  elders: {technology: mortal-default, layers: [64, 16, 16], count: 2, rule: mono-forward}
  heirs:  {like: elders}
  clones: {like: elders}
story:
  - train:   {cohort: elders, epochs: 2}
  - examine: {cohort: elders}
  - age:     {cohort: elders, by: 3 years, temperature: 55 C}
  - examine: {cohort: elders}
  - distil:  {from: elders, to: heirs, answers: soft, softening: 4, budget: 100, epochs: 2}
  - copy:    {from: elders, to: clones, by: write-verify}
  - examine: {cohort: [heirs, clones]}
  - bury:    {cohort: elders}
"""


def life(*steps, cohorts=(ELDERS,), head=HEAD):
    """The text of a configuration: cohorts and steps, one a line, `train: {cohort: elders}`."""
    lines = [*("  " + cohort for cohort in cohorts), "story:", *("  - " + step for step in steps)]
    return "\n".join([f"{head}cohorts:", *lines, ""])


class Listener(Quiet):
    """Remembers the exams and the sentences of a run."""

    def __init__(self):
        self.exams, self.notes, self.bars = [], [], []

    def begin(self, label, total):
        self.bars.append([label, total, 0])

    def advance(self, detail=""):
        self.bars[-1][2] += 1

    def exam(self, row):
        self.exams.append(row)

    def lesson(self, row):
        self.notes.append(str(row))

    def note(self, text):
        self.notes.append(text)


def lived(text, folder, overrides=(), seed=None, narrator=None):
    """The opened log of a life told in a folder."""
    run(load(text, overrides=overrides, seed=seed), Path(folder), narrator=narrator)
    return open_log(folder)


def world_after(text, folder):
    """The world at the end of a life, with everybody who is alive in it."""
    plan = load(text)
    book = Logbook.create(folder, configuration_text=plan.text(), configuration_hash=plan.hash())
    world = World(plan, data_for(plan), book, Quiet())
    tell(world)
    return world
