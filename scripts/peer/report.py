"""What the benchmark found, told as Markdown."""

from typing import Any

from peer.tables import aligned

__all__ = ["report"]

_UNITS = {"forward": "k reads/s", "forward, bare peer": "k reads/s", "growth": "M cells/s"}


def report(found: dict[str, Any]) -> str:
    """Return the report of a measurement: what was measured, on what, and the tables."""
    parts = [_circumstances(found)]
    if "rows" in found:
        parts += [_ratios(found), _densities(found), _memory(found)]
    if "increments" in found:
        parts.append(_increments(found["increments"]))
    if found.get("crowds"):
        parts.append(_crowds(found["crowds"]))
    return "\n\n".join(parts)


def _circumstances(found: dict[str, Any]) -> str:
    ours, peer = found["ours"], found.get("peer")
    told = [
        f"{found['date']}, {found['processor']}, one thread; `{found['command']}`.",
        f"This project: backend {found['backend']}, Python {ours['python']}, NumPy "
        f"{ours['numpy']}, {ours['blas']}.",
    ]
    if peer:
        told.append(
            f"Peer: aihwkit {peer['aihwkit']} compiled with {peer['compiled with']}, "
            f"torch {peer['torch']}."
        )
    if "seconds" in found:
        told.append(f"The measurement took {found['seconds']:.0f} s.")
    return "\n".join(told)


def _ratios(found: dict[str, Any]) -> str:
    has_peer = "peer" in found
    header = ["work", "pulses", "batch", "unit", *(["peer"] if has_peer else []), "ours"]
    header += [*(["ratio (quartiles)", "to reach"] if has_peer else [])]
    header += ["times reference", "time in sgemm"]
    lines = []
    for row in found["rows"]:
        is_update = row["what"] not in _UNITS
        what = f"update, {row['what'].replace('_', ' ')}" if is_update else row["what"]
        line = [what + (" *" if row.get("chosen") else ""), row["density"]]
        line += ["" if row["what"] == "growth" else str(row["batch"])]
        line += [_UNITS.get(row["what"], "M cells/s")]
        if has_peer:
            line.append(_rate(row["peer"]))
        line.append(_rate(row["ours"]))
        if has_peer:
            goal = row["to reach"]
            line += [_spread(row["ratio to peer"]), f"{goal:g}" if goal else ""]
        line.append(f"{row['ratio to reference']['median']:.1f}" if _is_other(found, row) else "")
        line.append(
            f"{1 / row['ratio to product']['median']:.1f}" if "ratio to product" in row else ""
        )
        lines.append(line)
    told = aligned(header, lines)
    return (
        f"{told}\n\n"
        "An asterisk marks the fidelity that the array takes if none is pinned. Ratios are medians "
        "of neighbours in time, quartiles beside them; `time in sgemm` is the time of an update in "
        "products of the same shape, `[row, sample] @ [sample, column]` a device. A tile of the "
        "peer is read as its users do, `tile(x)`, without gradients; `bare peer` calls the "
        "compiled tile within, which its users do not."
    )


def _is_other(found: dict[str, Any], row: dict[str, Any]) -> bool:
    is_same_work = row["what"] == "averaged" or row["what"] in _UNITS
    return found["backend"] != "reference" and is_same_work and "ratio to reference" in row


def _rate(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _spread(found: dict[str, float]) -> str:
    return f"{found['median']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def _densities(found: dict[str, Any]) -> str:
    lines = [
        [name, f"{seen['nominal']:g}"]
        + [f"{seen[side]['density']:.4f}" if seen[side] else "" for side in ("ours", "peer")]
        for name, seen in found["densities"].items()
    ]
    header = ["pulses per cell and sample", "meant", "counted, ours", "counted, peer"]
    return aligned(header, lines)


def _memory(found: dict[str, Any]) -> str:
    lines = [[name, f"{held:.1f}"] for name, held in found["bytes"].items()]
    return aligned(["memory, resident after growth", "bytes per cell"], lines)


def _increments(found: list[dict[str, Any]]) -> str:
    lines = [[row["what"], f"{1e3 * row['seconds']:.2f}", _spread(row["updates"])] for row in found]
    return aligned(["net pulses to", "ms", "in updates (batch 32, middle, averaged)"], lines)


def _crowds(found: list[dict[str, float]] | str) -> str:
    if isinstance(found, str):
        return f"Populations on a graphics card: not measured ({found})."
    lines = [
        [
            f"{row['devices']:g}",
            *(f"{row['devices'] / row[what]:.3g}" for what in ("grow", "update", "forward")),
        ]
        for row in found
    ]
    header = ["devices", "grown/s", "updated/s (batch 32, middle, averaged)", "read/s (batch 32)"]
    return aligned(header, lines)
