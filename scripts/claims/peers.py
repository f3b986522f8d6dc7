"""Peers: a population that teaches itself, each device knowing a few labels, with no elder.

    MORTAL_DATA=FOLDER python scripts/claims/peers.py [--only mnist] [--seeds 3] [--write]

Labels are spread among eight peers, no label to two. Arms, all on devices of the same manufacture
and of equally many samples shown:

talk       all answer unlabelled inputs, and each learns the mean of what the others say
in silence each learns its own labels alone
one has all one device learns all the labels alone
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from findings import Findings, command, said, save, settle, write_section
from lives import table
from schooling import DIGITS, MNIST, Task
from threadpoolctl import threadpool_limits

import distill
from mortal.pictures.style import FIRST, INK, SECOND, canvas

PEERS = 8
ROUNDS = 5
BUDGETS = {"digits": (5, 10, 20), "mnist": (10, 40)}
"""True labels of one peer."""
SHOWN = {
    "digits": replace(DIGITS, questions=1000, epochs=6),
    "mnist": replace(MNIST, questions=6000, epochs=4),
}
"""Inputs of a round, and how often it is learnt."""


class Society:
    """One seed's peers, images and who owns which label."""

    def __init__(self, task: Task, images: Any, seed: int, each: int) -> None:
        self.task, self.seed, self.each = task, seed, each
        self.exam = images.inputs_test, images.labels_test
        self.inputs, self.labels = images.inputs_train, images.labels_train
        random = np.random.default_rng((seed, each))
        self.owners = distill.spread_labels(len(self.inputs), PEERS, each, random)
        self.random = random

    def talk(self) -> dict[str, Any]:
        """Let the peers teach each other."""
        per_round = self.task.questions - PEERS * self.each
        pupil = self.task.pupil(self.seed, 0, PEERS)
        rounds = distill.mutual(
            pupil, self.inputs, rounds=ROUNDS, per_round=per_round, labels=self.labels,
            owners=self.owners, softening=self.task.softening, exam=self.exam, random=self.random,
        )  # fmt: skip
        return {
            "accuracies": [100 * told.accuracy for told in rounds if told.accuracy is not None],
            "agreement": [told.agreement.mean() for told in rounds],
            "answer_bits": sum(int(told.answer_bits.mean()) for told in rounds),
        }

    def silent(self) -> dict[str, Any]:
        """Teach each peer its own labels alone, for as long."""
        pupils = self.task.pupil(self.seed, 0, PEERS)
        found = []
        for peer in range(PEERS):
            alone = replace(pupils, population=pupils.population.take([peer]))
            found.append(self._alone(alone, self.owners[peer]))
        return {"accuracies": [found]}

    def all_labels(self) -> dict[str, Any]:
        """Teach one device all the labels."""
        return {"accuracies": [[self._alone(self.task.pupil(self.seed, 0, 1),
                                            self.owners.any(axis=0))]]}  # fmt: skip

    def _alone(self, pupil: Any, owned: Any) -> float:
        """Teach who knows some labels, as long as peers learn; return its accuracy in percent."""
        places = np.resize(np.flatnonzero(owned), self.task.questions)
        for _ in range(ROUNDS + 1):
            pupil.learn(self.inputs[places], np.eye(10, dtype=np.float32)[self.labels[places]])
        return float(100 * pupil.population.examine(*self.exam).accuracy[0])


ARMS = {"talk": Society.talk, "in silence": Society.silent, "one has all": Society.all_labels}


def report(findings: Mapping[str, Findings], *, is_drawn: bool) -> str:
    """Return the section; its figure is drawn if asked for."""
    seconds = sum(kept["seconds"] for found in findings.values() for kept in found.of())
    rows = []
    for data, found in findings.items():
        for each in BUDGETS[data]:
            last = {
                arm: np.array([np.mean(k["accuracies"][-1]) for k in found.of(arm=arm, each=each)])
                for arm in ARMS
            }
            paired = min(last["talk"].size, last["in silence"].size)
            gain = (last["talk"][:paired] - last["in silence"][:paired]) if paired else []
            bits = found.values("answer_bits", arm="talk", each=each)
            kept = f"{bits.mean() / 8192:,.0f}" if bits.size else "not yet"
            rows.append((data, f"{each}", f"{PEERS * each}", *map(said, last.values()),
                         said(gain), kept))  # fmt: skip
    head = ("data", "labels a peer", "labels in all", *ARMS, "talk less silence", "KiB heard")
    parts = [
        "```\nMORTAL_DATA=FOLDER python scripts/claims/peers.py --write\n```",
        f"{PEERS} peers of `mortal-default`, Mono-Forward, 64-128-128 or 784-256-256, "
        f"{ROUNDS} rounds of {SHOWN['digits'].questions:,} inputs (digits) or "
        f"{SHOWN['mnist'].questions:,} (MNIST) after one of labels alone; a peer hears the mean of "
        "the seven others, softened at 2, and where it owns a label, that. Without talk each is "
        "shown as many samples of the images whose labels it knows. Mean over peers. "
        f"{seconds:,.0f} s of one core.",
        table(head, rows),
        _in_words(findings),
    ]
    return "\n\n".join([*parts, _figure(findings)] if is_drawn else parts)


def _in_words(findings: Mapping[str, Findings]) -> str:
    """Return what talk is worth, from the least to the most of all budgets measured."""
    worth, missed = [], []
    for data, found in findings.items():
        for each in BUDGETS[data]:
            talk, alone, one = (
                [np.mean(kept["accuracies"][-1]) for kept in found.of(arm=arm, each=each)]
                for arm in ARMS
            )
            if talk and alone and one:
                worth.append(np.mean(talk) - np.mean(alone))
                missed.append(np.mean(one) - np.mean(talk))
    if not worth:
        return ""
    return (
        f"Talk is worth {min(worth):.1f} to {max(worth):.1f} points over silence. It does not "
        f"replace labels of one's own: one device that has all of them knows {min(missed):.1f} to "
        f"{max(missed):.1f} points more than peers who only hear of them. We know no source"
        " with numbers for such devices."
    )


def _figure(findings: Mapping[str, Findings]) -> str:
    with canvas(7, 3, len(findings)) as (figure, panels):
        for panel, (data, found) in zip(panels, findings.items(), strict=True):
            for arm, colour in zip(ARMS, (FIRST, SECOND, INK), strict=True):
                drawn = []
                for each in BUDGETS[data]:
                    seeds = [np.mean(k["accuracies"][-1]) for k in found.of(arm=arm, each=each)]
                    if seeds:
                        drawn.append((PEERS * each, np.mean(seeds)))
                panel.plot(*np.reshape(drawn, (-1, 2)).T, "o-", color=colour, label=arm)
            panel.set_title(data)
            panel.set_xlabel("true labels in all")
        panels[0].set_ylabel("accuracy, % of test images")
        panels[0].legend(fontsize=7)
        return save(figure, "peers")


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    parser = command(__doc__, "peers")
    parser.add_argument("--only", choices=tuple(BUDGETS), help="one of the two")
    parser.add_argument("--seeds", type=int, default=3, help="1 to this")
    settle(parser, given := parser.parse_args(arguments))
    shown = SHOWN
    if given.quick:
        shown = {"digits": replace(DIGITS, questions=300, epochs=1)}
        given.only, given.seeds = "digits", 1
    findings = {data: Findings(given.results, task.__dict__) for data, task in shown.items()}
    if not given.only_report:
        with threadpool_limits(1):
            for seed in range(1, given.seeds + 1):
                for data in [given.only] if given.only else list(shown):
                    images = shown[data].images()
                    for each in BUDGETS[data]:
                        for arm, live in ARMS.items():
                            society = Society(shown[data], images, seed, each)
                            case = {"arm": arm, "each": each, "seed": seed}
                            findings[data].measure(case, partial(live, society))
    text = report(findings, is_drawn=given.write)
    print(text)
    if given.write:
        write_section("peers", text)


if __name__ == "__main__":
    main()
