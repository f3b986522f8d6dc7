"""A made-up life for the tests of the log; as a script, a writer that commits until it is killed.

Every value is a function of event and serial alone, so lots say what the whole would say.
"""

import sys

import numpy as np

from mortal.logbook import Logbook, Record

ARRAYS = ("layer1", "läyer2")
BORN_WITH = (
    *("gain_mean", "gain_std", "step_mean", "step_std", "bound_mean", "stuck_fraction"),
    *("curvature_mean", "offset_std", "wafer_component", "row_component", "column_component"),
)
WRITER = {"configuration_text": "version: 1\nname: tést\n", "configuration_hash": "c0ffee"}


def values(serials, event, *more):
    """`[device, *more]`, different for every device and event, exact in binary."""
    serials = np.asarray(serials)
    grid = np.arange(int(np.prod(more, dtype=int))).reshape(more)
    device = serials.reshape(-1, *(1,) * len(more))
    return (device * 64 + grid + event * 4096.0) / 2**20


def birth(serials, sequence=0, cohort="elders", generation=0):
    return Record(
        "birth",
        cohort,
        sequence,
        serials,
        devices={
            "generation": generation,
            "technology": "mortal-default",
            "rule": "mono-forward",
            "variant": f"cohorts.{cohort}.rule.rate=0.01",
            "wafer": np.asarray(serials) // 4,
            **{name: values(serials, i, len(ARRAYS)) for i, name in enumerate(BORN_WITH)},
        },
        step="0",
        arrays=ARRAYS,
    )


def exam(serials, sequence, cohort="elders", **changes):
    devices = {
        "accuracy": values(serials, sequence),
        "loss": np.where(np.asarray(serials) % 5 == 0, np.nan, values(serials, sequence)),
        "age": values(serials, sequence),
        "energy": values(serials, sequence),
        "pulses": np.asarray(serials) * 7,
        "alive": np.asarray(serials) % 3 > 0,
        "stuck_fraction": values(serials, sequence, len(ARRAYS)),
        "wear_mean": values(serials, sequence, len(ARRAYS)),
        "weight_std": values(serials, sequence, len(ARRAYS)),
    }
    event = {"data": "test", "generation": 0, "chance": 0.1, "majority": 0.2}
    return Record(
        "exam", cohort, sequence, serials, event, devices | changes, f"repeat.1.{sequence}", ARRAYS
    )


def answer(serials, sequence, question, cohort="elders", classes=3):
    given = {"log_probability": values(serials, question, classes).astype(np.float32)}
    return Record("answer", cohort, sequence, serials, {"question": question}, given, str(sequence))


def epoch(serials, sequence, number, cohort="elders", kind="train"):
    return Record(
        "epoch",
        cohort,
        sequence,
        serials,
        {"number": number, "kind": kind},
        {
            "accuracy": values(serials, number),
            "pulses": np.asarray(serials) * number,
            "energy": values(serials, number),
            "fidelity": np.where(np.asarray(serials) % 2 == 0, "averaged", "composed"),
        },
        str(sequence),
    )


def ageing(serials, sequence, cohort="elders"):
    event = {"duration": 9.5e7, "temperature": 328.15, "modelled": True}
    return Record("ageing", cohort, sequence, serials, event, step=str(sequence))


def transfer(serials, teachers, sequence, cohort="heirs"):
    return Record(
        "transfer",
        cohort,
        sequence,
        serials,
        {
            "stage": 0,
            "kind": "soft",
            "softening": 4.0,
            "pairing": "one-to-one",
            "choosing": "random",
            "rounds": 1,
            "right": 1.0,
        },
        {
            "teacher_serial": teachers,
            "teachers": 1,
            "asked": 1000,
            "reads": 1,
            "bits": 80000,
            "input_bits": 512000.0,
            "agreement_before": values(serials, sequence),
            "agreement_after": values(serials, sequence + 1),
            "divergence_before": values(serials, sequence),
            "divergence_after": values(serials, sequence),
            "calibration_before": values(serials, sequence),
            "calibration_after": values(serials, sequence),
            "accuracy_before": np.nan,
            "accuracy_after": np.nan,
        },
        str(sequence),
    )


def mutual(serials, sequence, cohort="elders"):
    return Record(
        "mutual",
        cohort,
        sequence,
        serials,
        {"round": 1, "kind": "soft", "softening": 4.0},
        {
            "peers": 4,
            "asked": 100,
            "bits": 24000,
            "label_bits": 40,
            "agreement": values(serials, sequence),
        },
        str(sequence),
    )


def copy(serials, sources, sequence, cohort="clones"):
    return Record(
        "copy",
        cohort,
        sequence,
        serials,
        {"mode": "write-verify"},
        {
            "source_serial": sources,
            "error": values(serials, sequence),
            "pulses": 12345,
            "reads": np.asarray(serials) + 2**40,
            "energy": 1e-6,
        },
        str(sequence),
    )


def death(serials, sequence, cohort="elders", cause="buried"):
    devices = {"cause": cause, "lifetime": values(serials, sequence)}
    return Record("death", cohort, sequence, serials, devices=devices, step=str(sequence))


def life(elders, heirs, clones):
    """The commits of a whole run, or of one lot of it."""
    yield [birth(elders), birth(heirs, cohort="heirs"), birth(clones, cohort="clones")]
    for number in (1, 2, 3):
        yield [epoch(elders, 1, number)]
    yield [exam(elders, 2), answer(elders, 2, 0), answer(elders, 2, 7), ageing(elders, 3)]
    yield [exam(elders, 4), transfer(heirs, elders, 5), epoch(heirs, 5, 1, "heirs", "distil")]
    yield [copy(clones, elders, 6), exam(heirs, 7, "heirs"), exam(clones, 7, "clones")]
    yield [birth([s + 100 for s in heirs], 8, "heirs", generation=1)]
    yield [exam([s + 100 for s in heirs], 9, "heirs"), mutual(heirs, 9, "heirs")]
    yield [death(elders, 10)]


def write_life(folder, lot=0, serials=range(4), provenance=None):
    """Write a whole life and finish it."""
    elders, heirs, clones = ([base + s for s in serials] for base in (0, 20, 40))
    book = Logbook.create(folder, lot=lot, provenance=provenance, **WRITER)
    for records in life(elders, heirs, clones):
        book.commit(records)
    book.finish({"ended": f"by lot {lot}"})
    return book


def write_little(folder, lot=0, serials=range(4), provenance=None):
    """Write a short life of one cohort and finish it."""
    book = Logbook.create(folder, lot=lot, provenance=provenance, **WRITER)
    book.commit([birth(serials)])
    book.commit([exam(serials, 1)])
    book.commit([exam(serials, 2), death(serials, 2)])
    book.finish({"ended": f"by lot {lot}"})
    return book


def write_until_killed(folder):
    """Resume as a run does: repeat the last acknowledged event, then go on."""
    book = Logbook.resume(folder, **WRITER)
    book.commit([birth(range(8))])
    sequence = int(sys.argv[2])
    while True:
        book.commit([exam(range(8), sequence), epoch(range(8), sequence, 1)])
        print(sequence, flush=True)
        sequence += 1


if __name__ == "__main__":
    write_until_killed(sys.argv[1])
