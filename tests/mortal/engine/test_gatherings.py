"""Where many ranks meet they live in one lot, and lessons of many parts can be cut anywhere."""

import re

import pytest
from small_lives import Listener

from mortal.config import load
from mortal.engine import Options, Processes, Stopping, run
from mortal.engine.lots import circles, cut, gatherings
from mortal.engine.sizing import Sizes, ranks_for
from mortal.errors import ConfigError, RunStopped
from mortal.logbook import differences, open_log

STORY = """\
version: 1
name: gathering
seed: 7
data: {{name: idx, path: {data}, train: 64, validation: 8, test: 40}}
cohorts:
  elders: {{technology: mortal-default, layers: [16, 12], count: 3}}
  heirs:  {{like: elders}}
  young:  {{like: elders, count: 2}}
  peers:  {{like: elders}}
  alone:  {{like: elders}}
story:
  - train: {{cohort: [elders, alone], epochs: 2, budget: 40, right: 0.7, without: [3]}}
  - distil:
      from: elders
      to: heirs
      exam: test
      correct: {{prior: uniform}}
      controls: [labels, hard]
      epochs: 2
      budget: 16
      stages:
      - {{inputs: [mixed, {{name: train, part: 2, without: [3], noise: 0.1}}], answers: top-k,
          keep: 2}}
      - {{rounds: 3, choosing: disagreement, epochs: 1}}
      - {{answers: hard, right: 0.8}}
  - distil: {{from: [elders, heirs], to: young, pairing: all-to-each, trust: reliability, reads: 2,
             budget: 16, rounds: 2, epochs: 1}}
  - mutual: {{cohort: peers, rounds: 2, per_round: 8, labels: 4, epochs: 1}}
  - examine: {{cohort: [elders, heirs, young, peers, alone]}}
"""
"""Elders, heirs, young and a control gather, and so do peers; alone meets nobody, nor labels."""


@pytest.fixture(scope="module")
def gathering(data, tmp_path_factory):
    """The plan of a story of gatherings, and the folder where it was lived in one piece."""
    plan, folder = load(STORY.format(data=data)), tmp_path_factory.mktemp("gathering") / "run"
    run(plan, folder)
    return plan, folder


def test_two_processes_and_many_lots_tell_of_a_gathering_what_one_tells(gathering, tmp_path):
    plan, folder = gathering
    run(plan, tmp_path / "run", engine=Processes(2), lots=2)
    assert differences(folder, tmp_path / "run") == []


class Impatient(Listener):
    """Asks for a stop after some batches."""

    def __init__(self, stopping, batches):
        super().__init__()
        self.stopping, self.left = stopping, batches

    def advance(self, detail=""):
        self.left -= 1
        if self.left == 0:
            self.stopping.ask()


def test_a_lesson_cut_again_and_again_is_told_as_if_it_had_not_been(gathering, tmp_path):
    plan, folder = gathering
    cut_in = []
    for batches in (7, 7, 5, 3):
        stopping = Stopping()
        impatient = Impatient(stopping, batches)
        with pytest.raises(RunStopped):
            run(
                plan,
                tmp_path / "run",
                narrator=impatient,
                stopping=stopping,
                options=Options(every=1e9),
            )
        cut_in.append(impatient.bars[-1][0])
    assert cut_in == [
        "distil elders to heirs (stage 1)",
        "distil elders to heirs-hard (stage 1)",
        "distil elders and heirs to young",
        "peers teach each other",
    ]
    run(plan, tmp_path / "run")
    assert differences(folder, tmp_path / "run") == []


def test_who_gathers_is_not_cut(gathering):
    plan, _ = gathering
    found = gatherings(plan)
    assert found == {("elders", "heirs", "young", "heirs-hard"), ("peers",)}
    lots = cut(plan, dict.fromkeys(circles(plan), 1))
    assert len(lots) == 2 + 3 + 3
    assert lots[0].scope["elders"] == (0, 3)
    assert lots[0].scope["young"] == (0, 2)


def test_a_gathering_that_does_not_fit_is_refused_with_the_number_to_change(gathering):
    plan, _ = gathering
    each = dict.fromkeys(plan.config.cohorts, 10**8)
    sizes = Sizes(each, each, each, 0, 4)
    with pytest.raises(ConfigError, match=r"all devices of elders.*count 3 smaller, use fewer"):
        ranks_for(plan, sizes, workers=4, memory=8e9, lots=None)
    ranks = ranks_for(plan, sizes, workers=1, memory=2e10, lots=3)
    assert set(ranks.values()) == {3, 1}


def test_each_stage_and_round_stands_in_the_log(gathering):
    heirs = open_log(gathering[1])["heirs"]
    assert heirs.transfer_stage.values.tolist() == [0, 1, 2]
    assert heirs.transfer_kind.values.tolist() == ["top-k", "soft", "hard"]
    assert heirs.transfer_rounds.values.tolist() == [1, 3, 1]
    assert heirs.epoch_number.values.tolist() == [*range(2 + 3 + 2)]
    peers = open_log(gathering[1])["peers"]
    assert peers.mutual_round.values.tolist() == [0, 1, 2]
    assert re.fullmatch(r"mutual", set(peers.epoch_kind.values.tolist()).pop())
