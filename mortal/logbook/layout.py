"""The one registry of what can be logged.

A table is a kind of event in the life of a cohort (an exam, an epoch, a copy), a variable is one
column of it. Everything else in this package reads these declarations: what a record must carry,
how it lies in the file, which attributes it wears and what docs/log.md says about it.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

__all__ = [
    "ARRAY",
    "COHORT",
    "EXTRAS",
    "FIDELITIES",
    "RESERVED_NAMES",
    "SERIAL",
    "TABLES",
    "Table",
    "Variable",
    "table_named",
]

EXTRAS = ("devices", "provenance")
"""Groups of a log that are not cohorts."""

RESERVED_NAMES = frozenset(EXTRAS)
"""Names no cohort may have, because a cohort's group stands at the root under its own name."""

FIDELITIES = ("averaged", "composed", "per_sample", "per_pulse", "mixed")
"""How updates were computed, coarse to fine; `mixed` where arrays or batches differed."""


@dataclass(frozen=True)
class Variable:
    """One column: its name in a record, its axes beside the event's own, and what it means.

    `axes` is `()` for one value an event, `("device",)`, `("device", "array")` or `("device",
    "class")`. `choices` are the only words allowed; an `int8` variable stores their positions.
    `in_devices` is the column's name in `/devices`, for what is said once in a life and reads best
    in one flat table.
    """

    name: str
    axes: tuple[str, ...]
    dtype: Literal["float64", "float32", "int64", "int8", "string"]
    units: str
    long_name: str
    choices: tuple[str, ...] = ()
    in_devices: str = ""

    @property
    def fill(self) -> float | int | str:
        """What stands where there is no value: NaN, -1 or the empty string."""
        if self.dtype == "string":
            return ""
        return math.nan if self.dtype.startswith("float") else -1

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the column in a log: units, long_name, and flags where it is a code."""
        attributes: dict[str, Any] = {"units": self.units, "long_name": self.long_name}
        if self.dtype == "int8":
            attributes["flag_values"] = np.arange(len(self.choices), dtype=np.int8)
            attributes["flag_meanings"] = " ".join(self.choices)
        # `_FillValue` would make common readers turn whole numbers into floats.
        is_always_there = self.name in ("serial", "present") or "device" not in self.axes
        if self.dtype in ("int8", "int64") and not is_always_there:
            attributes["absent_value"] = np.dtype(self.dtype).type(-1)
        return attributes


@dataclass(frozen=True)
class Table:
    """One kind of event. `axis` is its dimension, or empty for what happens once to a device.

    `key` names the whole-number event columns that, with table and cohort, identify an event.
    """

    name: str
    axis: str
    meaning: str
    variables: tuple[Variable, ...]
    key: tuple[str, ...] = ("sequence",)

    @property
    def is_once(self) -> bool:
        """Whether each device has at most one record of this kind."""
        return not self.axis

    @property
    def has_arrays(self) -> bool:
        """Whether some column has a value for every array of a device."""
        return any("array" in variable.axes for variable in self.variables)

    def log_name(self, variable: Variable) -> str:
        """The name of a column in the log: `exam_accuracy`."""
        return variable.in_devices or f"{self.name}_{variable.name}"

    def dimensions(self, variable: Variable) -> tuple[str, ...]:
        """The dimensions of a column in the log: `("exam", "device")`."""
        if variable.in_devices:
            return ("serial",)
        return variable.axes if self.is_once else (self.axis, *variable.axes)


DEVICE = ("device",)
EACH_ARRAY = ("device", "array")
EACH_CLASS = ("device", "class")

SERIAL = Variable("serial", DEVICE, "int64", "1", "serial number of the device, run-wide")
ARRAY = Variable("array", ("array",), "string", "1", "name of the array within the device")
COHORT = Variable("cohort", DEVICE, "string", "1", "cohort the device belongs to")
_SEQUENCE = Variable("sequence", (), "int64", "1", "position of the event in the story")
_STEP = Variable("step", (), "string", "1", "path of the story step, such as 3 or repeat.2.1")
_PRESENT = Variable(
    "present", DEVICE, "int8", "1", "whether the device took part", choices=("no", "yes")
)


def _events(name: str, meaning: str, *variables: Variable, key: tuple[str, ...] = ()) -> Table:
    head = (_SEQUENCE, _STEP, _PRESENT)
    return Table(name, name, meaning, (*head, *variables), ("sequence", *key))


_BIRTH = Table(
    "birth",
    "",
    "manufacture: what a device was born with, before any pulse",
    (
        Variable(
            "sequence",
            DEVICE,
            "int64",
            "1",
            "story position of the birth",
            in_devices="born_sequence",
        ),
        Variable("step", DEVICE, "string", "1", "story step of the birth", in_devices="born_step"),
        Variable(
            "generation", DEVICE, "int64", "1", "generation in its lineage", in_devices="generation"
        ),
        Variable(
            "technology", DEVICE, "string", "1", "technology it is made in", in_devices="technology"
        ),
        Variable("rule", DEVICE, "string", "1", "learning rule it follows", in_devices="rule"),
        Variable(
            "variant",
            DEVICE,
            "string",
            "1",
            "what sets its cohort apart, such as the point of a sweep",
            in_devices="variant",
        ),
        Variable("wafer", DEVICE, "int64", "1", "number of the wafer it was cut from"),
        Variable("gain_mean", EACH_ARRAY, "float64", "1", "mean gain of the cells"),
        Variable("gain_std", EACH_ARRAY, "float64", "1", "standard deviation of the cells' gain"),
        Variable("step_mean", EACH_ARRAY, "float64", "1", "mean weight step of one pulse up"),
        Variable("step_std", EACH_ARRAY, "float64", "1", "standard deviation of the cells' step"),
        Variable("bound_mean", EACH_ARRAY, "float64", "1", "mean upper bound of the cells' weight"),
        Variable("stuck_fraction", EACH_ARRAY, "float64", "1", "fraction of cells born stuck"),
        Variable("curvature_mean", EACH_ARRAY, "float64", "1", "mean I-V curvature of the cells"),
        Variable(
            "offset_std", EACH_ARRAY, "float64", "1", "standard deviation of the columns' offset"
        ),
        Variable(
            "wafer_component", EACH_ARRAY, "float64", "1", "shift of the step shared by a wafer"
        ),
        Variable(
            "row_component", EACH_ARRAY, "float64", "1", "standard deviation of the step over rows"
        ),
        Variable(
            "column_component",
            EACH_ARRAY,
            "float64",
            "1",
            "standard deviation of the step over columns",
        ),
    ),
    key=(),
)

_DEATH = Table(
    "death",
    "",
    "the end of a life",
    (
        Variable(
            "sequence",
            DEVICE,
            "int64",
            "1",
            "story position of the death, -1 alive",
            in_devices="died_sequence",
        ),
        Variable("step", DEVICE, "string", "1", "story step of the death", in_devices="died_step"),
        Variable(
            "cause",
            DEVICE,
            "string",
            "1",
            "what ended the life; buried is censored, empty is alive",
            choices=("accuracy", "stuck", "buried"),
            in_devices="death_cause",
        ),
        Variable("lifetime", DEVICE, "float64", "s", "age at death", in_devices="lifetime"),
    ),
    key=(),
)

_EXAM = _events(
    "exam",
    "an examination, which reads and writes nothing in the device",
    Variable("data", (), "string", "1", "split examined on"),
    Variable("generation", (), "int64", "1", "generation examined"),
    Variable("chance", (), "float64", "1", "accuracy of guessing"),
    Variable("majority", (), "float64", "1", "accuracy of always naming the largest class"),
    Variable("accuracy", DEVICE, "float64", "1", "fraction of answers that are right"),
    Variable("loss", DEVICE, "float64", "bit", "mean cross-entropy of the answers"),
    Variable("age", DEVICE, "float64", "s", "age of the device"),
    Variable("energy", DEVICE, "float64", "J", "energy spent since birth"),
    Variable("pulses", DEVICE, "int64", "count", "write pulses since birth"),
    Variable("alive", DEVICE, "int8", "1", "whether it lives on after the exam", ("dead", "alive")),
    Variable("stuck_fraction", EACH_ARRAY, "float64", "1", "fraction of cells that are stuck"),
    Variable("wear_mean", EACH_ARRAY, "float64", "1", "mean used fraction of the cells' endurance"),
    Variable("weight_std", EACH_ARRAY, "float64", "1", "standard deviation of the weights"),
)

_ANSWER = _events(
    "answer",
    "what was answered to one question of an exam, where `examine` asks for `answers`",
    Variable("question", (), "int64", "1", "number of the sample in the split examined on"),
    Variable(
        "log_probability", EACH_CLASS, "float32", "1", "natural logarithm of the probability given"
    ),
    key=("question",),
)

_EPOCH = _events(
    "epoch",
    "one pass over the training inputs, or over the answers of a teacher",
    Variable("number", (), "int64", "1", "number of the epoch within its step"),
    Variable("kind", (), "string", "1", "what was learnt from", ("train", "distil", "mutual")),
    Variable("accuracy", DEVICE, "float64", "1", "agreement with the targets while training"),
    Variable("pulses", DEVICE, "int64", "count", "write pulses in the epoch"),
    Variable("energy", DEVICE, "float64", "J", "energy spent in the epoch"),
    Variable("fidelity", DEVICE, "int8", "1", "how updates were computed", FIDELITIES),
    key=("number",),
)

_AGEING = _events(
    "ageing",
    "time spent unpowered",
    Variable("duration", (), "float64", "s", "time that passed"),
    Variable("temperature", (), "float64", "K", "temperature meanwhile"),
    Variable(
        "modelled", (), "int8", "1", "whether the technology has retention data", ("no", "yes")
    ),
)

_TRANSFER = _events(
    "transfer",
    "a distillation: students learn the answers of teachers; seen from the students' cohort",
    Variable("stage", (), "int64", "1", "number of the stage within its step"),
    Variable("kind", (), "string", "1", "kind of answers passed on"),
    Variable("softening", (), "float64", "1", "temperature the answers were softened by"),
    Variable(
        "pairing", (), "string", "1", "who taught whom", ("one-to-one", "one-to-all", "all-to-each")
    ),
    Variable("choosing", (), "string", "1", "how questions were chosen"),
    Variable("rounds", (), "int64", "count", "rounds in which the answers were given"),
    Variable("right", (), "float64", "1", "part of the answers handed on as they were given"),
    Variable(
        "teacher_serial", DEVICE, "int64", "1", "serial number of its teacher, -1 no one device"
    ),
    Variable("teachers", DEVICE, "int64", "count", "devices that taught it"),
    Variable("asked", DEVICE, "int64", "count", "answers asked for, repeats included"),
    Variable("reads", DEVICE, "int64", "count", "times a teacher was read for one answer"),
    Variable("bits", DEVICE, "float64", "bit", "information in the answers"),
    Variable("input_bits", DEVICE, "float64", "bit", "information in the inputs asked about"),
    Variable("agreement_before", DEVICE, "float64", "1", "agreement with the teacher before"),
    Variable("agreement_after", DEVICE, "float64", "1", "agreement with the teacher after"),
    Variable(
        "divergence_before",
        DEVICE,
        "float64",
        "bit",
        "Kullback-Leibler divergence from the teacher's answers before, at one scale and softened",
    ),
    Variable("divergence_after", DEVICE, "float64", "bit", "the same after"),
    Variable(
        "calibration_before",
        DEVICE,
        "float64",
        "1",
        "expected calibration error before, with the teacher's classes for the truth",
    ),
    Variable("calibration_after", DEVICE, "float64", "1", "the same after"),
    Variable("accuracy_before", DEVICE, "float64", "1", "accuracy in the step's exam before"),
    Variable(
        "accuracy_after", DEVICE, "float64", "1", "the same after, and after a bias correction"
    ),
    key=("stage",),
)

_MUTUAL = _events(
    "mutual",
    "a round in which peers teach each other; round 0 is of the labels that they own",
    Variable("round", (), "int64", "1", "number of the round within its step"),
    Variable("kind", (), "string", "1", "kind of answers passed on"),
    Variable("softening", (), "float64", "1", "temperature the answers were softened by"),
    Variable("peers", DEVICE, "int64", "count", "devices that taught each other, itself included"),
    Variable("asked", DEVICE, "int64", "count", "inputs of the round"),
    Variable("bits", DEVICE, "float64", "bit", "information in the answers it heard"),
    Variable("label_bits", DEVICE, "float64", "bit", "information in the labels it owns"),
    Variable(
        "agreement",
        DEVICE,
        "float64",
        "1",
        "agreement with another peer before, mean of the others",
    ),
    key=("round",),
)

_COPY = _events(
    "copy",
    "weights written from another device (the control arm); seen from the copies' cohort",
    Variable("mode", (), "string", "1", "way of writing", ("open-loop", "write-verify")),
    Variable("source_serial", DEVICE, "int64", "1", "serial number of the device copied"),
    Variable("error", DEVICE, "float64", "1", "root mean square weight error after writing"),
    Variable("pulses", DEVICE, "int64", "count", "write pulses spent"),
    Variable("reads", DEVICE, "int64", "count", "cell reads spent"),
    Variable("energy", DEVICE, "float64", "J", "energy spent"),
)

TABLES = (_BIRTH, _DEATH, _EXAM, _ANSWER, _EPOCH, _AGEING, _TRANSFER, _MUTUAL, _COPY)
"""Every table of a log, in the order of docs/log.md."""

_BY_NAME = {table.name: table for table in TABLES}


def table_named(name: str) -> Table | None:
    """The table of that name, or None."""
    return _BY_NAME.get(name)
