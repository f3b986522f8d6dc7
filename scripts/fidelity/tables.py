"""What was measured, as the tables of docs/fidelities.md."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from agreement import FAST, Difference
from cases import TRAVELS, Case

Results = list[dict[str, Any]]

NAMES = [*(fidelity.name.lower() for fidelity in FAST), "default"]
BATCHES = (1, 10, 100)


def report(singles: Results, sizes: Results, rows: Results, presets: Results) -> str:
    """Return all tables; results as `agreement.measure` gives them, judged."""
    far = [r for r in singles if r["case"].start < 1]
    near = [r for r in singles if r["case"].start == 1]
    from_middle = [r for r in rows if r["case"].start < 1]
    from_bound = [r for r in rows if r["case"].start == 1]
    return f"""{tally("one batch", singles + sizes)} {tally("1, 10 and 100 batches", rows)}

### Away from bounds (start 0 and 0.5)

{reaches(far, name_of)}

### At the upper bound (start 1)

{reaches(near, name_of)}

### Batches of other sizes (soft bounds, multiplicative 0.3, start 0.5)

{reaches(sizes, lambda case: f"{case.batch} samples")}

### After 1, 10 and 100 batches of random signs

From 0.5:

{series(from_middle)}

From the upper bound:

{series(from_bound)}

### After 1, 10 and 100 batches sorted by sign, the default

{astray(rows)}

### Presets

{trained(presets)}"""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def name_of(case: Case) -> str:
    """Return a response and its noise."""
    return f"{case.response}, {case.noise} {case.sigma:g}"


def tally(what: str, results: Results) -> str:
    """Return in how many cases the default is right."""
    wrong = [r for r in results if r["wrong"]["default"]]
    is_sorted = sum(r["case"].signal == "sorted" for r in wrong)
    return (
        f"Of {len(results):,} cases of {what} the default is right in "
        f"{len(results) - len(wrong):,}; {is_sorted} of the others are sorted by sign, "
        f"{len(wrong) - is_sorted} are not."
    )


def reach(results: Results) -> str:
    """Return up to which step times pulses each fidelity is right in all cases."""
    words = []
    for name in NAMES:
        if not any(name in r["found"] for r in results):
            continue
        wrong = [r["case"].travel for r in results if r["wrong"].get(name)]
        below = [t for t in TRAVELS if not wrong or t < min(wrong)]
        words.append("all" if len(below) == len(TRAVELS) else f"{below[-1]:g}" if below else "no")
    return " / ".join(words)


def reaches(results: Results, label: Callable[[Case], str]) -> str:
    """Return a row for each label, a column for each kind of signals."""
    groups: dict[str, dict[str, Results]] = defaultdict(lambda: defaultdict(list))
    for r in results:
        signal = "one sign" if r["case"].signal in ("up", "down") else r["case"].signal
        groups[label(r["case"])][signal].append(r)
    header = ("one sign", "random", "balanced", "sorted")
    rows = [(name, *(reach(found[s]) for s in header)) for name, found in groups.items()]
    return table(("", *header), rows)


def series(results: Results) -> str:
    """Return the distances of all fidelities as batches of random signs follow one another."""
    groups: dict[str, dict[int, Any]] = defaultdict(dict)
    for r in results:
        if r["case"].signal == "random":
            groups[name_of(r["case"])][r["case"].batches] = r
    rows = []
    for name, by_count in groups.items():
        cells = []
        for fidelity in NAMES:
            told = [marked(by_count.get(n), fidelity, lambda d: f"{d.ks:.2f}") for n in BATCHES]
            cells.append(" ".join(told).strip())
        last = by_count.get(BATCHES[-1])
        moments = marked(last, "default", lambda d: f"{d.mean:+.2f} {d.variance:.2f}")
        rows.append((name, *cells, moments, last["picked"] if last else ""))
    header = ("KS distance", *NAMES, "default: mean, variance after 100", "mostly")
    return table(header, rows)


def astray(results: Results) -> str:
    """Return how far the default is led astray by batches that are sorted by sign."""
    groups: dict[str, dict[tuple[float, int], Any]] = defaultdict(dict)
    for r in results:
        if r["case"].signal == "sorted":
            groups[name_of(r["case"])][r["case"].start, r["case"].batches] = r

    def said(d: Difference) -> str:
        return f"{d.mean:+.2f}"

    rows = []
    for name, found in groups.items():
        told = [[marked(found.get((s, n)), "default", said) for n in BATCHES] for s in (0.5, 1.0)]
        rows.append((name, *(" ".join(each) for each in told)))
    return table(("mean, in deviations", "from 0.5", "from the upper bound"), rows)


def marked(result: Any, name: str, said: Callable[[Difference], str]) -> str:
    """Return what is said of a fidelity, bold where it is wrong."""
    if result is None or name not in result["found"]:
        return ""
    text = said(result["found"][name])
    return f"**{text}**" if result["wrong"][name] else text


def trained(results: Results) -> str:
    """Return what presets choose in training, and at what price and gain."""
    rows = []
    for r in results:
        all_ = sum(r["used"].values())
        used = ", ".join(f"{name} {100 * n / all_:.3g} %" for name, n in r["used"].items())
        f = r["found"]
        verdict = "yes" if f.is_right() else "**no**"
        rows.append(
            (r["preset"], f"{r['pulses']:.2g}", used, f"{f.mean:+.3f}", f"{f.variance:.3f}",
             f"{f.ks:.3f}", verdict, f"{r['speed']:.1f}")
        )  # fmt: skip
    header = ("preset", "pulses", "default", "mean", "variance", "KS", "right", "per_pulse takes")
    return table(header, rows)
