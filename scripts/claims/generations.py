"""Generations: what is left of knowledge after 10 and 30 deaths of its hardware.

    MORTAL_DATA=FOLDER python scripts/claims/generations.py [--only mnist] [--seeds 3] [--write]

`--arms "1 elder, moved;copied"` and `--inputs 1000` measure some first.

Founders learn labels; each generation of heirs is grown anew, learns the answers of the one before
on unlabelled inputs, and rests a year at 25 C, unpowered, before it teaches. Means are told apart
by arms; control arms: copied along the line, never taught, taught true labels alike, and taught
answers softened as they are, not brought to one scale.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from findings import Findings, command, settle, write_section
from generations_report import FLOAT, report
from schooling import DIGITS, MNIST, Moved, Task
from threadpoolctl import threadpool_limits

import distill
from devices import probe, program

YEAR = 365.25 * 86400.0
DEVICES = 4
LINES = {"digits": 4, "mnist": 1}
"""Devices a generation where each has one elder, lines side by side; on MNIST they are dear."""


@dataclass(frozen=True)
class Means:
    """How one generation teaches the next.

    Attributes:
        asks: `once` (each image once), `moved` (in many forms), `rehearsed` (so, half of them of
            the images of the generation before), `mixed` (between two images), or `noise` (no
            images, each pixel of its own; `distill.Marginal`).
        elders: who teaches: `one`, elder i heir i, or `all`, with one voice.
        peers: rounds in which heirs teach each other before they teach.
        length: of the schooling, in the task's; forms asked stay as many.
        softening: of the answers; None: the task's.
        technology: of all devices.
        years: between two generations.
        celsius: temperature of the rest.
        is_corrected: after it, by an offset a class from the images about to be asked.
        rule: settings of the rule, other than the task's, of founders too.
    """

    asks: str = "moved"
    elders: str = "all"
    peers: int = 0
    length: float = 1.0
    softening: float | None = None
    technology: str = "mortal-default"
    years: float = 1.0
    celsius: float = 25.0
    is_corrected: bool = False
    rule: Mapping[str, Any] = field(default_factory=dict)


ARMS: Mapping[str, Means] = {
    "4 elders, moved": Means(),
    "1 elder, moved": Means(elders="one"),
    "1 elder, asked once": Means("once", "one"),
    "4 elders, asked once": Means("once"),
    "1 elder, moved, netted": Means(elders="one", rule={"write": "netted"}),
    "1 elder, moved, netted, thrice as long": Means(
        elders="one", length=3.0, rule={"write": "netted"}
    ),
    "1 elder, moved, exact": Means(
        elders="one", technology="exact", rule={"write": "netted", "rate": 0.01}
    ),
    "1 elder, moved, twice as long": Means(elders="one", length=2.0),
    "1 elder, moved, a sixth as long": Means(elders="one", length=1 / 6),
    "1 elder, asked once, a sixth as long": Means("once", "one", length=1 / 6),
    "1 elder, asked once, corrected": Means("once", "one", is_corrected=True),
    "1 elder, asked once, at once": Means("once", "one", years=0.0),
    "1 elder, mixed": Means("mixed", "one"),
    "1 elder, moved, rehearsed": Means("rehearsed", "one"),
    "1 elder, moved, peers": Means(elders="one", peers=1),
    "4 elders, softening 8": Means(softening=8.0),
    "4 elders, no inputs": Means("noise"),
    "4 elders, 3 years at 55 C": Means(years=3.0, celsius=55.0),
    "4 elders, exact": Means(technology="exact"),
}
LONG = ("4 elders, moved", "1 elder, moved", "1 elder, asked once")
"""Arms that are followed for 30 generations, on digits, of the first seed."""
CONTROLS = (FLOAT, "copied", "1 elder, one temperature, no scale", "labels")
SOME = (
    "1 elder, moved",
    "1 elder, asked once",
    "4 elders, moved",
    "4 elders, asked once",
    "1 elder, moved, a sixth as long",
    "1 elder, asked once, a sixth as long",
    "1 elder, moved, twice as long",
    "1 elder, moved, netted",
    "1 elder, moved, netted, thrice as long",
    "1 elder, moved, exact",
    "1 elder, mixed",
    "1 elder, moved, rehearsed",
    "1 elder, moved, peers",
    FLOAT,
    "copied",
    "labels",
)
"""Arms that are measured on MNIST, too, where they are dear."""


class Line:
    """One seed's founders and those who come after them."""

    def __init__(self, task: Task, images: Any, seed: int) -> None:
        self.task, self.images, self.seed = task, images, seed
        self.exam = images.inputs_test, images.labels_test
        self.lines = LINES[task.data]
        self._founders: dict[Any, Any] = {}

    def founders(self, count: int, means: Means | None = None) -> Any:
        """Return a copy of the first `count` founders, as young as they were."""
        means = means or Means()
        kept = (count, means.technology, *means.rule.items())
        if kept not in self._founders:
            born = self.as_meant(means).pupil(self.seed, 0, count, means.technology)
            some = slice(0, self.task.labelled)
            labels = self.images.labels_train[some]
            self.task.by_labels(born, self.images.inputs_train[some], labels, self.seed)
            self._founders[kept] = born
        young = self._founders[kept]
        return replace(young, population=young.population.take(np.arange(count)))

    def as_meant(self, means: Means) -> Task:
        """Return the task with the rule's settings that are otherwise."""
        return replace(self.task, rule={**self.task.rule, **means.rule})

    def fresh(self, generation: int, inputs: int) -> Any:
        """Return a generation's unlabelled images; where all are labelled, any of those."""
        first = self.task.labelled if self.task.labelled < self.task.train else 0
        pool = self.images.inputs_train[first:]
        random = np.random.default_rng((self.seed, 2, generation))
        return pool[random.permutation(len(pool))[:inputs]]

    def hand_down(self, means: Means, generations: int, inputs: int) -> dict[str, Any]:
        """Return the accuracy in percent of each generation and what its schooling cost."""
        task = self.as_meant(means)
        alone = max(self.lines, 2) if means.peers else self.lines  # nobody is a peer alone
        count = DEVICES if means.elders == "all" else alone
        asked = task.questions if means.asks != "once" else inputs

        def grow(generation: int) -> Any:
            first = generation * DEVICES
            samples = round(asked / means.length)
            return task.pupil(self.seed, first, count, means.technology, samples)

        softening = means.softening or task.softening

        def rest(generation: int, elders: Any) -> None:
            if means.years:
                elders.population.age(means.years * YEAR, 273.15 + means.celsius)
            if means.is_corrected:
                said = elders.answer(self.fresh(generation + 1, inputs))
                elders.population.correct(distill.class_offsets(said, softening=softening))

        pairing = "all-to-each" if means.elders == "all" else "one-to-one"
        teaching = {"budget": asked, "softening": softening, "pairing": pairing}
        peers = {"rounds": means.peers, "per_round": asked, "softening": softening}
        line = distill.lineage(
            self.founders(count, means), grow, partial(self._questions, means, inputs),
            generations=generations, teaching=teaching, peers=peers if means.peers else None,
            exam=self.exam, between=rest, random=np.random.default_rng((self.seed, 3)),
        )  # fmt: skip
        first = line.transcripts[0]
        return {
            "accuracies": [100 * found for found in line.accuracies],
            "agreement": [told.agreement_after.mean() for told in line.transcripts],
            "answers": first.asked,
            "answer_bits": first.answer_bits,
        }

    def digital(self, generations: int, inputs: int) -> dict[str, Any]:
        """Hand down among digital nets, which never age, as one elder's devices do."""
        # Only here: the other arms do without torch.
        from digital import Net, perceptron

        task, images, labels = self.task, self.images.inputs_train, self.images.labels_train

        def net(generation: int, softening: float) -> Any:
            seed = 1000 * self.seed + generation
            module = perceptron([*task.layers, 10], seed)
            steps = task.questions * task.epochs // task.batch
            return Net(module, steps, task.batch, softening=softening, seed=seed)

        founder = net(0, 1.0)
        task.by_labels(founder, images[: task.labelled], labels[: task.labelled], self.seed)
        line = distill.lineage(
            founder, lambda generation: net(generation, task.softening),
            partial(self._questions, Means(), inputs), generations=generations,
            teaching={"budget": task.questions, "softening": task.softening}, exam=self.exam,
            random=np.random.default_rng((self.seed, 3)),
        )  # fmt: skip
        return {"accuracies": [100 * found for found in line.accuracies]}

    def copied(self, generations: int) -> dict[str, Any]:
        """Copy along the line, by a perfect microscope and write-verify, with the same rests."""
        elders = self.founders(self.lines)
        found = [elders.population.examine(*self.exam).accuracy]
        for generation in range(1, generations + 1):
            elders.population.age(YEAR, 298.15)
            clones = self.task.pupil(self.seed, generation * DEVICES, self.lines)
            for name, array in elders.population.arrays.items():
                program(clones.population.arrays[name], probe.weights(array), "write-verify")
            for name, numbers in elders.population.rule.memory.items():
                clones.population.rule.memory[name][:] = numbers
            found.append(clones.population.examine(*self.exam).accuracy)
            elders = clones
        return {"accuracies": [100 * accuracy for accuracy in found]}

    def unscaled(self, generations: int, inputs: int, softening: float = 4.0) -> dict[str, Any]:
        """Hand down answers softened as they are: each heir answers flatter than its elder."""
        elders = self.founders(self.lines)
        found = [elders.population.examine(*self.exam).accuracy]
        for generation in range(1, generations + 1):
            elders.population.age(YEAR, 298.15)
            shown = self.fresh(generation, inputs)
            heirs = self.task.pupil(self.seed, generation * DEVICES, self.lines, samples=len(shown))
            heirs.learn(shown, distill.targets.soften(elders.answer(shown), softening))
            found.append(heirs.population.examine(*self.exam).accuracy)
            elders = heirs
        return {"accuracies": [100 * accuracy for accuracy in found]}

    def labelled(self, inputs: int) -> dict[str, Any]:
        """Teach true labels of as many images, in as many forms: what inputs could bring."""
        pupil = self.task.pupil(self.seed, DEVICES, self.lines)
        before = 100 * pupil.population.examine(*self.exam).accuracy
        first = self.task.labelled if self.task.labelled < self.task.train else 0
        shown = np.arange(first, first + inputs) % self.task.train
        images, labels = self.images.inputs_train, self.images.labels_train
        self.task.by_labels(pupil, images[shown], labels[shown], self.seed)
        after = 100 * pupil.population.examine(*self.exam).accuracy
        return {"untaught": before, "accuracies": [after]}

    def _questions(self, means: Means, inputs: int, generation: int) -> Any:
        images = self.fresh(generation, inputs)
        if means.asks == "rehearsed" and generation > 1:
            images = np.concatenate([images, self.fresh(generation - 1, inputs)])
        if means.asks in ("moved", "rehearsed"):
            return Moved(images, self.task.side, self.task.pixels)
        if means.asks == "mixed":
            return distill.Blend([(images, 0.5), (distill.Mixed(images), 0.5)])
        return distill.Marginal(images) if means.asks == "noise" else images


def measure(
    findings: Findings, line: Line, arm: str, inputs: int, generations: int, most: int
) -> None:
    """Measure an arm of one seed, if it is not known; those that are LONG, `most` at first."""
    count = 1 if arm == "labels" else most if arm in LONG and line.seed == 1 else generations
    work: Callable[[], Mapping[str, Any]]
    if arm in ARMS:
        work = partial(line.hand_down, ARMS[arm], count, inputs)
    elif arm == FLOAT:
        work = partial(line.digital, count, inputs)
    elif arm == "copied":
        work = partial(line.copied, count)
    elif arm == "labels":
        work = partial(line.labelled, inputs)
    else:
        work = partial(line.unscaled, count, inputs)
    case = {"arm": arm, "generations": count, "seed": line.seed, "inputs": inputs}
    found = findings.measure(case, work)
    print(*case.values(), [f"{np.mean(part):.1f}" for part in found["accuracies"]], flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    parser = command(__doc__, "generations")
    parser.add_argument("--only", choices=("digits", "mnist"), help="one of the two")
    parser.add_argument("--arms", type=lambda text: text.split(";"), default=[*ARMS, *CONTROLS])
    parser.add_argument("--inputs", type=int, help="of MNIST: 10000 or 1000 alone")
    parser.add_argument("--seeds", type=int, default=3, help="1 to this")
    settle(parser, given := parser.parse_args(arguments))
    digits, mnist = DIGITS, MNIST
    if given.quick:
        digits, given.only, given.seeds = replace(DIGITS, questions=600, epochs=1), "digits", 1
    found = {task.data: Findings(given.results, task.__dict__) for task in (digits, mnist)}
    if not given.only_report:
        with threadpool_limits(1):
            for seed in range(1, given.seeds + 1):
                if given.only != "mnist":
                    line = Line(digits, digits.images(), seed)
                    for arm in given.arms:
                        counts = (4, 4) if given.quick else (10, 30)
                        measure(found["digits"], line, arm, 1000, *counts)
                if given.only != "digits":
                    line = Line(mnist, mnist.images(), seed)
                    for arm in [arm for arm in SOME if arm in given.arms]:
                        for inputs in [given.inputs] if given.inputs else (10_000, 1000):
                            measure(found["mnist"], line, arm, inputs, 10, 10)
    text = report(found, [*ARMS, *CONTROLS], is_drawn=given.write)
    print(text)
    if given.write:
        write_section("generations", text)


if __name__ == "__main__":
    main()
