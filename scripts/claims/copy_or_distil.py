"""Copying against distilling as the read paths of two devices differ more and more.

    MORTAL_DATA=FOLDER python scripts/claims/copy_or_distil.py [--parts crossing,presets] [--write]

Elders learn in their hardware. All that follow are the same devices, once for each arm:

    untaught        the random baseline
    heirs           learn from soft answers of their elder on some unlabelled inputs
    labels          learn the true labels of the same inputs
    write-verify    clones: the elder's weights, as a perfect microscope sees them, written and
                    verified by the same microscope; digital memory passes exactly
    read-out        clones of weights that are read out with an error
    open-loop       clones written without looking

The factor scales the read-path mismatch of mortal-default (cell gains, spread of I-V curvature,
column gains and offsets); 1 is mortal-default, 2 the upper end of the literature's range
(docs/decisions/0014-mortal-default.md). The technologies whose mismatch grows:

    mortal-default   a cell's gain error acts on its whole conductance
    shared-access    the same, but cell and reference share their access device, so that gain
                     errors scale only their difference
    ecram-tang2018   factor 0 is the published device, whose spreads lie in the update path only
    exact            the control without physics

`presets` are told at their published numbers. `rival` is a digital net trained to be copied
(`variation_aware`), written into devices, against devices that learn from the net's answers.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from copied import report
from findings import Findings, command, settle, write_section
from in_words import copy_in_words
from threadpoolctl import threadpool_limits
from variation_aware import AwareNet, Means

import distill
import mortal
from devices import Technology, preset, preset_names, probe, program
from mortal import Population, Schedule
from mortal.data import Dataset

Array = npt.NDArray[Any]
MISMATCH = ("cell_gain", "curvature", "column_gain", "column_offset")
SEEDS = 3
PARTS = ("crossing", "presets", "rival")


@dataclass(frozen=True)
class Task:
    """What one data set is told with.

    Attributes:
        train: training images; None: all there are.
        count: devices a seed, of each arm.
        elder: schedule of the elders.
        pupil: schedule of those who learn from `budget` answers or labels.
        labelled: what of it is another for those who learn labels.
        read_error: of the read-out, in units of weight: 2.5 % of the window of mortal-default.
        net: how the rival's nets learn: steps, batch, rate.
        rho: radius of sharpness, alone and with injection.
        rule: settings of Mono-Forward that are not its own.
    """

    layers: tuple[int, ...]
    train: int | None
    count: int
    elder: dict[str, Any]
    pupil: dict[str, Any]
    labelled: dict[str, Any]
    net: dict[str, Any]
    softening: float = 2.0
    budget: int = 1000
    read_error: float = 0.05
    rho: tuple[float, float] = (2.0, 0.5)
    rule: dict[str, float] = field(default_factory=dict)
    crossing: dict[str, tuple[float, ...]] = field(default_factory=dict)
    rival: tuple[float, ...] = ()

    def of(self, part: str) -> dict[str, Any]:
        """Return what the lines of a part depend on: they stand as long as that does."""
        others = {"crossing", "rival"} | (set() if part == "rival" else {"net", "rho"})
        others |= set() if self.rule else {"rule"}
        return {name: told for name, told in vars(self).items() if name not in others}


DIGITS = Task(
    (64, 128, 128), None, 8, {"epochs": 10}, {"epochs": 20}, {},
    {"steps": 1500, "batch": 32, "rate": 3e-3},
    crossing={
        "mortal-default": (0, 0.125, 0.25, 0.5, 1, 2),
        "shared-access": (0, 1, 2),
        "ecram-tang2018": (0, 1, 2),
        "exact": (0,),
    },
    rival=(0, 0.25, 0.5, 1, 2),
)  # fmt: skip
MNIST = Task(
    (784, 256, 256), 20_000, 2,
    {"epochs": 10, "batch": 64, "rate": 2.0, "decay": 0.03},
    {"epochs": 100, "batch": 64, "rate": 2.0, "decay": 0.03}, {},
    {"steps": 1500, "batch": 128, "rate": 2e-3}, softening=3.0, rule={"rate": 0.02},
    crossing={"mortal-default": (0, 0.25, 1)}, rival=(0.25, 1),
)  # fmt: skip
QUICK = Task(
    (64, 32), None, 2, {"epochs": 3}, {"epochs": 3}, {}, {"steps": 100, "batch": 32, "rate": 3e-3},
    crossing={"mortal-default": (0, 1)}, rival=(1,),
)  # fmt: skip
KINDS = ("plain", "injected", "sharp", "both")
"""The rival's nets: untouched by variation, injected, sharpness-aware, both."""


def mismatched(technology: Technology, factor: float) -> Technology:
    """Return a technology whose read path differs as mortal-default's does, times a factor."""
    default = preset("mortal-default").spread
    scaled = {name: factor * getattr(default, name) for name in MISMATCH}
    spread = technology.spread.model_copy(update=scaled)
    return technology.model_copy(update={"spread": spread})


def technology_of(name: str, factor: float) -> Technology:
    """Return the technology of a crossing."""
    if name != "shared-access":
        return mismatched(preset(name), factor)
    default = preset("mortal-default")
    cell = default.cell.model_copy(update={"shared_access": True})
    return mismatched(default.model_copy(update={"cell": cell}), factor)


class Lives:
    """The lives of one data set, technology and seed."""

    def __init__(self, data: Dataset, task: Task, technology: Technology, seed: int) -> None:
        self.data, self.task, self.technology, self.seed = data, task, technology, seed
        self.rule = {"name": "mono-forward", **task.rule}
        order = np.random.default_rng(seed).permutation(len(data.inputs_train))
        self.asked = order[: task.budget]

    def grown(self, first: int) -> Population:
        """Return devices from a serial number on."""
        return mortal.grow(
            self.technology,
            self.task.layers,
            self.task.count,
            self.rule,
            self.seed,
            first_serial=first,
        )

    def examined(self, population: Population) -> Array:
        """Return accuracy on test images, percent, `[device]`."""
        return 100 * population.examine(self.data.inputs_test, self.data.labels_test).accuracy

    def taught(self, teacher: Any, pairing: str) -> Array:
        """Return what devices know that learnt from a teacher's answers."""
        heirs = self.grown(self.task.count)
        distill.transfer(
            teacher, heirs.pupil(Schedule(**self.task.pupil)),
            self.data.inputs_train[self.asked], softening=self.task.softening, pairing=pairing,
        )  # fmt: skip
        return self.examined(heirs)

    def arms(self) -> dict[str, Array]:
        """Return what each arm knows, `[device]`."""
        data, task = self.data, self.task
        elders = self.grown(0)
        elders.train(data.inputs_train, data.labels_train, **task.elder)
        labelled = self.grown(task.count)
        found = {"elders": self.examined(elders), "untaught": self.examined(labelled)}
        found["heirs"] = self.taught(elders, "one-to-one")
        labelled.train(
            data.inputs_train[self.asked], data.labels_train[self.asked],
            **{**task.pupil, **task.labelled},
        )  # fmt: skip
        found["labels"] = self.examined(labelled)
        for arm, error in (("write-verify", 0.0), ("read-out", task.read_error), ("open-loop", 0)):
            clones = self.grown(task.count)
            mode = "open-loop" if arm == "open-loop" else "write-verify"
            for name, array in elders.arrays.items():
                program(clones.arrays[name], probe.weights(array, error), mode)
            for name, numbers in elders.rule.memory.items():
                clones.rule.memory[name][:] = numbers
            found[arm] = self.examined(clones)
        return found

    def rival(self, kind: str) -> dict[str, Array]:
        """Return what a net knows, devices it is written into, and devices taught by it."""
        net = self.net(kind)
        answers = net.answer(self.data.inputs_test)
        found = {
            "net": 100 * distill.accuracy(answers, self.data.labels_test),
            "written": self.examined(net.written(self.grown(self.task.count))),
        }
        if kind in ("plain", "both"):
            found["heirs"] = self.taught(net, "one-to-all")
        return found

    def net(self, kind: str) -> AwareNet:
        """Return a net that has learnt from all training images."""
        rho = {"sharp": self.task.rho[0], "both": self.task.rho[1]}.get(kind, 0.0)
        means = Means(self.technology if kind in ("injected", "both") else None, rho)
        net = AwareNet(self.task.layers, self.technology, self.seed)
        net.learn(self.data.inputs_train, self.data.labels_train, means, **self.task.net)
        return net


def cases(part: str, name: str, task: Task) -> Iterator[tuple[dict[str, Any], Technology]]:
    """Yield the cases of a part, without their seed, and their technologies."""
    if part == "crossing":
        for technology, factors in task.crossing.items():
            for factor in factors:
                case = {"technology": technology, "factor": factor}
                yield {"part": part, "data": name, **case}, technology_of(technology, factor)
    elif part == "rival":
        for factor in task.rival:
            for kind in KINDS:
                case = {"part": part, "data": name, "kind": kind, "factor": factor}
                yield case, technology_of("mortal-default", factor)
    elif name == "digits":
        for technology in preset_names():
            yield {"part": part, "data": name, "technology": technology}, preset(technology)


def work(lives: Lives, case: dict[str, Any]) -> Callable[[], dict[str, Array]]:
    """Return what measures a case."""
    return partial(lives.rival, case["kind"]) if case["part"] == "rival" else lives.arms


def choose(task: Task, factor: float = 1.0) -> None:
    """Print how the radius of sharpness was chosen: drawn devices, images held back."""
    technology = technology_of("mortal-default", factor)
    data = mortal.load_data("digits", validation=300, seed=9)
    for rho in (0.0, 0.2, 0.5, 1.0, 2.0, 4.0):
        for injected in (None, technology):
            net = AwareNet(task.layers, technology, 9)
            net.learn(data.inputs_train, data.labels_train, Means(injected, rho), **task.net)
            right = distill.accuracy(
                net.drawn(data.inputs_validation, technology, 16), data.labels_validation
            )
            print(
                f"rho {rho:g}, injected {injected is not None}: {100 * right.mean():.1f}",
                flush=True,
            )


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    parser = command(__doc__, "copy")
    listed: Callable[[str], list[str]] = lambda text: text.split(",")  # noqa: E731
    parser.add_argument("--parts", type=listed, default=list(PARTS))
    parser.add_argument("--data", type=listed, default=["digits", "mnist"])
    parser.add_argument("--seeds", type=int, default=SEEDS, help="1 to this")
    parser.add_argument("--choose", action="store_true", help="print how rho was chosen, and end")
    settle(parser, given := parser.parse_args(arguments))
    if given.choose:
        choose(DIGITS)
        return
    tasks = {"digits": QUICK} if given.quick else {"digits": DIGITS, "mnist": MNIST}
    findings = {
        (name, part): Findings(given.results, task.of(part))
        for name, task in tasks.items()
        for part in PARTS
    }
    if not given.only_report:
        measure(findings, tasks, given)
    text = report(findings, tasks, copy_in_words(findings, tasks), is_drawn=given.write)
    print(text)
    if given.write:
        write_section("copy", text)


def measure(
    findings: dict[tuple[str, str], Findings], tasks: dict[str, Task], given: argparse.Namespace
) -> None:
    """Measure what is missing."""
    for name in (name for name in tasks if name in given.data):
        data = mortal.load_data(name, train=tasks[name].train)
        for seed in range(1, 2 if given.quick else given.seeds + 1):
            for part in given.parts:
                for case, technology in cases(part, name, tasks[name]):
                    lives = Lives(data, tasks[name], technology, seed)
                    with threadpool_limits(1):
                        findings[name, part].measure({**case, "seed": seed}, work(lives, case))
                    print(*case.values(), seed, flush=True)


if __name__ == "__main__":
    main()
