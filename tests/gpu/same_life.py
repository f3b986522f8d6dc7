"""One array's whole life in every verb, on any backend, told as NumPy arrays."""

from dataclasses import fields

import numpy as np
from specimens import STEP

from devices import CrossbarArray, calibration, probe, program
from devices.arrays import to_host
from devices.technology import PulsedResponse

ROWS, COLUMNS, COUNT = 6, 11, 3


def lived(technology, backend, *, rows=ROWS, columns=COLUMNS):
    """Return everything a life of an array shows, by name."""
    rng, told = np.random.default_rng(3), {}
    array = CrossbarArray(
        technology, rows, columns, serials=np.arange(5, 5 + COUNT), seed=7, backend=backend
    )
    x = rng.uniform(-0.3, 1, (COUNT, 4, rows)).astype(np.float32)
    d = rng.uniform(-1, 1, (COUNT, 4, columns)).astype(np.float32)

    def tell(name, value):
        told[f"{len(told)} {name}"] = to_host(value)

    def read(name):
        tell(f"{name}: forward", array.forward(x))
        tell(f"{name}: forward, shared", array.forward(x[0]))
        if technology.cell.reverse_read:
            tell(f"{name}: backward", array.backward(d))

    tell("grown", probe.cells(array))
    read("grown")
    if technology.read.calibration != "none":
        calibrated = calibration.calibrate(array, x[0])
    for rate in (3 * STEP, 20 * STEP):
        array.update(x, d, rate)
        array.update(x[0], d[0], rate)
        array.wait(1e5, 330.0)
    read("written and rested")
    delta = rng.uniform(-5, 5, (COUNT, rows, columns)) * STEP
    array.increment(delta)
    array.increment(delta[:, :3], [4, 0, 2], "nearest")
    read("incremented")
    if technology.read.calibration != "none":
        calibration.compensate(array, calibrated)
        read("compensated")
    some = array.take([2, 0])
    some.update(x[:2], d[:2], 5 * STEP)
    array.put([2, 0], some)
    read("lent")
    for mode in (
        ("write-verify", "open-loop") if isinstance(technology.response, PulsedResponse) else ()
    ):
        report = program(
            array, rng.uniform(-0.3, 0.3, (rows, columns)), mode, read_error=0.01, rounds=6
        )
        for field in fields(report):
            tell(f"{mode}: {field.name}", getattr(report, field.name))
        array.wait(1e3)
        read(mode)
    for name in ("weights", "cells", "conductance", "wear"):
        tell(name, getattr(probe, name)(array))
    tell("weights, read out", probe.weights(array, 0.1))
    for name, value in probe.summary(array).items():
        tell(name, value)
    for name, value in array.ledger.columns().items():
        tell(name, value)
    for field in fields(array._state):
        value = getattr(array._state, field.name)
        tell(f"state: {field.name}", np.zeros(0) if value is None else value)
    tell("fidelities", array.fidelities)
    tell("stuck", array.is_stuck())
    return told
