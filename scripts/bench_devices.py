"""Time this project's arrays beside the peer simulator, IBM aihwkit, doing the same work.

python scripts/bench_devices.py [--backend native] [--without-peer] [--net-pulses] [--quick]
    [--write]

Each simulator has a process of its own with one thread; they take turns, call by call, so that
what else the machine does meets both alike, and a ratio is of neighbours in time. The peer's
environment is made by `scripts/bench_peer`. `--write` puts table and numbers into docs.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import numpy as np
from peer import work
from peer.report import report
from peer.tables import between_markers

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "scripts"

PEER = ROOT / ".peer"
PAGE, NUMBERS = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.json"
FIDELITIES = {
    1: ("averaged",),
    32: ("averaged", "composed", "per_sample"),
    128: ("averaged", "composed"),
}
GOALS = {
    ("averaged", 32): {"dense": 50.0, "middle": 14.0, "sparse": 12.0},
    ("averaged", 128): {"dense": 75.0, "middle": 28.0, "sparse": 20.0},
    ("composed", 32): {"dense": 16.0, "middle": 4.5, "sparse": 8.0},
    ("averaged", 1): {"dense": 6.5, "middle": 3.2, "sparse": 6.0},
    ("forward", 32): {"": 4.5},
    ("forward", 1): {"": 3.0},
    ("growth", 1): {"": 30.0},
}
"""Ratios to the peer that this project sets itself."""

CROWDS = (1, 10, 100, 1000, 10000)
CELLS = work.DEVICES * work.SIDE**2


class Worker:
    """A process that answers orders, one at a time (`work.serve`)."""

    def __init__(self, python: Path | str, module: str) -> None:
        one_thread = dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
        )
        self.process = subprocess.Popen(
            [str(python), "-m", f"peer.{module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | one_thread | {"PYTHONPATH": f"{SCRIPTS}:{ROOT}", "PEER": str(PEER)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # The end of its input ends a worker.
        self.process.__exit__(None, None, None)

    def ask(self, what: str, **given: Any) -> dict[str, Any]:
        """Return the answer to an order."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"ask": what, **given}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[-1]} ended in the midst of {what} {given}")
        answer: dict[str, Any] = json.loads(line)
        return answer


Call = Callable[[], dict[str, Any]]


def alternate(calls: dict[str, Call], repeats: int, seconds: float) -> dict[str, list[float]]:
    """Return the seconds of each call, its rounds in turn, there and back again.

    A first round warms up and is not counted; whoever refuses in it takes no further part.
    Rounds end after `repeats`, or sooner when `seconds` are over, but not before the third.

    Args:
        calls: who is timed; an answer has `seconds` or `refused`.
        repeats: rounds.
        seconds: time for all rounds.
    """
    taking_part = []
    for name, call in calls.items():
        answer = call()
        if "refused" in answer:
            print(f"{name} is left out: {answer['refused']}", file=sys.stderr)
        else:
            taking_part.append(name)
    found: dict[str, list[float]] = {name: [] for name in taking_part}
    start = time.perf_counter()
    for number in range(repeats):
        for name in taking_part if number % 2 == 0 else reversed(taking_part):
            found[name].append(calls[name]()["seconds"])
        if number >= 2 and time.perf_counter() - start > seconds:
            break
    return found


def ratio(others: Iterable[float], ours: Iterable[float]) -> dict[str, float]:
    """Return median and quartiles of the ratio of seconds, neighbour by neighbour."""
    low, middle, high = np.percentile(
        np.asarray(list(others)) / np.asarray(list(ours)), [25, 50, 75]
    )
    return {"median": float(middle), "low": float(low), "high": float(high)}


def compared(
    what: str, batch: int, density: str, found: dict[str, list[float]], name: str, units: float
) -> dict[str, Any]:
    """Return one row of the table: rates of all, and ratios to `name`, this project's call."""
    ours = found[name]
    row: dict[str, Any] = {
        "what": what,
        "batch": batch,
        "density": density,
        "rounds": len(ours),
        "ours": units / float(np.median(ours)),
    }
    for other in ("peer", "product", "reference"):
        if other in found:
            row[other] = units / float(np.median(found[other]))
            row[f"ratio to {other}"] = ratio(found[other], ours)
    row["to reach"] = GOALS.get((what, batch), {}).get(density)
    return row


def updates(
    ours: Worker, peer: Worker | None, given: argparse.Namespace
) -> Iterable[dict[str, Any]]:
    """Yield the rows of the updates."""
    for batch, fidelities in FIDELITIES.items():
        if given.quick and batch == 128:
            continue
        if given.backend == "reference":
            fidelities = fidelities[:1]
        for density, pulses in work.DENSITIES.items():
            order = {"batch": batch, "density": pulses}

            def call(worker: Worker, order: dict[str, Any] = order, **more: str) -> Call:
                return lambda: worker.ask("update", **order, **more)

            calls: dict[str, Call] = {} if peer is None else {"peer": call(peer)}
            for fidelity in fidelities:
                calls[fidelity] = call(ours, fidelity=fidelity, backend=given.backend)
            calls["product"] = lambda batch=batch: ours.ask("product", batch=batch)
            if given.backend != "reference" and batch < 128 and not given.quick:
                calls["reference"] = call(ours, fidelity="averaged", backend="reference")
            found = alternate(calls, given.repeats, given.seconds)
            chosen = ours.ask("chosen", **order, backend=given.backend)["fidelity"]
            for fidelity in fidelities:
                if fidelity in found:
                    row = compared(fidelity, batch, density, found, fidelity, CELLS * batch / 1e6)
                    yield row | {"chosen": chosen == fidelity}


def reads(ours: Worker, peer: Worker | None, given: argparse.Namespace) -> Iterable[dict[str, Any]]:
    """Yield the rows of the reads."""
    for batch in (1, 32):
        calls: dict[str, Call] = {}
        for name, is_bare in (("peer", False), ("bare peer", True)):
            if peer is not None:
                calls[name] = lambda batch=batch, is_bare=is_bare: peer.ask(
                    "forward", batch=batch, is_bare=is_bare
                )
        for name in dict.fromkeys((given.backend, "reference")):
            calls[name] = lambda batch=batch, name=name: ours.ask(
                "forward", batch=batch, backend=name
            )
        found = alternate(calls, given.repeats, given.seconds)
        units = work.DEVICES * batch / 1e3
        yield compared("forward", batch, "", found, given.backend, units)
        if peer is not None:
            found["peer"] = found["bare peer"]
            yield compared("forward, bare peer", batch, "", found, given.backend, units)


def increments(ours: Worker, given: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the seconds of writes of net pulses, beside an averaged update of 32 samples.

    NumPy's follow, in updates of the same backend as the others'.
    """
    calls: dict[str, Call] = {
        "update": lambda: ours.ask(
            "update", batch=32, density=work.DENSITIES["middle"], fidelity="averaged",
            backend=given.backend,
        )
    }  # fmt: skip
    for backend in dict.fromkeys((given.backend, "reference")):
        for rows in (work.SIDE, 32):
            told = f"{rows} rows" if backend == given.backend else f"{rows} rows, by NumPy"
            calls[told] = lambda rows=rows, backend=backend: ours.ask(
                "increment", rows=rows, backend=backend
            )
    found = alternate(calls, given.repeats, given.seconds)
    update = found.pop("update")
    return [
        {"what": what, "seconds": float(np.median(taken)), "updates": ratio(taken, update)}
        for what, taken in found.items()
    ]


def growth(
    ours: Worker, peer: Worker | None, given: argparse.Namespace
) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the row of growing, in M cells a second, and the bytes of a cell."""
    held: dict[str, list[int]] = {}

    def call(name: str, worker: Worker, **more: str) -> Call:
        def grow() -> dict[str, Any]:
            answer = worker.ask("grow", devices=work.DEVICES, **more)
            held.setdefault(name, []).append(answer["bytes"])
            return answer

        return grow

    calls = {} if peer is None else {"peer": call("peer", peer)}
    for name in dict.fromkeys((given.backend, "reference")):
        calls[name] = call(name, ours, backend=name)
    found = alternate(calls, given.repeats, given.seconds)
    row = compared("growth", 1, "", found, given.backend, CELLS / 1e6)
    return row, {name: float(np.median(kept)) / CELLS for name, kept in held.items()}


def crowds(ours: Worker, backends: list[str]) -> list[dict[str, float]] | str:
    """Return devices a second as a population on a graphics card grows, or why not."""
    if "cuda" not in backends:
        return f"no backend cuda here; available: {', '.join(backends)}"
    return [
        {"devices": count, **ours.ask("crowd", devices=count, batch=32, backend="cuda")}
        for count in CROWDS
    ]


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Return everything that is measured."""
    start = time.perf_counter()
    with ExitStack() as workers:
        ours = workers.enter_context(Worker(sys.executable, "serve_population"))
        versions = ours.ask("versions")
        if given.backend is None:
            given.backend = "native" if "native" in versions["backends"] else "reference"
        if given.backend not in versions["backends"]:
            raise SystemExit(
                f"backend {given.backend!r} is not available here; "
                f"available: {', '.join(versions['backends'])}"
            )
        found: dict[str, Any] = {
            "date": datetime.date.today().isoformat(),
            "processor": processor(),
            "command": "python " + " ".join(["scripts/bench_devices.py", *sys.argv[1:]]),
            "backend": given.backend,
            "ours": versions,
        }
        if given.backend == "cuda":
            return found | {"crowds": crowds(ours, versions["backends"])}
        if given.net_pulses:
            found["increments"] = increments(ours, given)
            return found | {"seconds": time.perf_counter() - start}
        peer = None
        if not given.without_peer:
            if not (PEER / "bin" / "python").exists():
                raise SystemExit(
                    "the peer is not installed: scripts/bench_peer makes its environment, "
                    "--without-peer goes without"
                )
            peer = workers.enter_context(Worker(PEER / "bin" / "python", "serve_tiles"))
            found["peer"] = peer.ask("versions")
        found["densities"] = {
            name: {
                "nominal": pulses,
                "ours": ours.ask("density", batch=32, density=pulses, backend=given.backend),
                "peer": peer.ask("density", batch=32, density=pulses) if peer else None,
            }
            for name, pulses in work.DENSITIES.items()
        }
        grown, found["bytes"] = growth(ours, peer, given)
        found["rows"] = [*updates(ours, peer, given), *reads(ours, peer, given), grown]
        found["increments"] = increments(ours, given)
        found["crowds"] = crowds(ours, versions["backends"])
    return found | {"seconds": time.perf_counter() - start}


def processor() -> str:
    """Return the model of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--backend", help="reference, native or cuda; default: native if there")
    arguments.add_argument("--without-peer", action="store_true")
    arguments.add_argument("--net-pulses", action="store_true", help="only these, no peer")
    arguments.add_argument("--quick", action="store_true", help="three rounds, batches 1 and 32")
    arguments.add_argument("--repeats", type=int, default=9, help="rounds")
    arguments.add_argument("--seconds", type=float, default=10.0, help="time for a row's rounds")
    arguments.add_argument("--write", action="store_true", help="write docs/performance")
    given = arguments.parse_args()
    if given.quick:
        given.repeats = min(given.repeats, 3)
    found = measure(given)
    page = report(found)
    print(page)
    if given.write:
        name = "net pulses" if given.net_pulses else given.backend
        PAGE.write_text(
            between_markers(PAGE.read_text(encoding="utf-8"), f"{name}, measured", page),
            encoding="utf-8",
        )
        kept = json.loads(NUMBERS.read_text(encoding="utf-8")) if NUMBERS.exists() else {}
        NUMBERS.write_text(json.dumps(kept | {name: found}, indent=1) + "\n", encoding="utf-8")
    else:
        print(json.dumps(found), file=sys.stderr)


if __name__ == "__main__":
    main()
