"""Converters, managements and pulse trains: aihwkit's IO and update parameters."""

import math
from typing import Any

from mortal.adapters.aihwkit.report import Fate, Line, Reader

__all__ = ["IDLE_IO", "IDLE_UPDATE", "back_of", "read_of", "write_of"]

IDLE_IO = {
    "ir_drop_g_ratio": "there is no drop",
    "v_offset_w_min": "there is no offset",
    "bm_test_negative_bound": "both bounds are tested here",
    "max_bm_factor": "no bound is managed",
    "max_bm_res": "no bound is managed",
    "nm_assumed_wmax": "no management asks for it",
    "nm_decay": "no management asks for it",
    "w_noise_type": "there is no such noise",
}
IDLE_UPDATE = {"fixed_bl": "the length is managed", "um_reg_scale": "", "d_sparsity": ""}

_MANAGEMENT = {"None": "none", "AbsMax": "abs-max", "Constant": "constant"}
_LONGEST = 31


def read_of(io: Reader) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the read path, and the spread of its columns."""
    if io.look("is_perfect", False) or io.look("mv_type", "OnePass") == "Ideal":
        for name in io.names():
            io.tell(name, "off", note="a perfect read disregards it")
        for name in ("is_perfect", "mv_type"):
            io.tell(name, "kept", "read.noise_management")
        return {"noise_management": "none"}, {}
    told = _scaled(io) | _converters(io) | _signs(io)
    told |= _bounded(io)
    if noise := io.look("inp_noise"):
        told["noise"] = {"input": noise}
        io.tell("inp_noise", "kept", "read.noise.input")
    spread = {}
    if bend := io.look("out_nonlinearity"):
        told["nonlinearity"] = bend
        io.tell("out_nonlinearity", "kept", "read.nonlinearity")
        if deviation := io.look("out_nonlinearity_std"):
            spread["column_nonlinearity"] = deviation
            io.tell("out_nonlinearity_std", "kept", "spread.column_nonlinearity")
    elif io.look("out_nonlinearity_std"):
        io.tell("out_nonlinearity_std", "off", note="there is no non-linearity")
    if not io.look("w_noise") or io.look("w_noise_type", "None") == "None":
        io.tell("w_noise", "off", note="there is no such noise")
    else:
        io.tell("w_noise_type", "lost", note="not modelled here")
    return told, spread


def back_of(back: Reader, forward: Reader) -> list[Line]:
    """Return what became of the reverse read, which here goes as the read does."""
    lines = []
    for name in back.names():
        is_same = back.look(name) == forward.look(name, back.look(name))
        # The source ignores it there.
        if name == "bound_management" or is_same or not hasattr(forward.thing, name):
            continue
        note = f"read back as forward here: {forward.look(name)}"
        lines.append(Line(f"{back.place}.{name}", back.look(name), "lost", "read", note))
    if not lines:
        word = type(back.thing).__name__
        lines = [Line(back.place, word, "kept", "read", "as the read")]
    return lines


def write_of(update: Reader) -> dict[str, Any]:
    """Return how an array is written."""
    kind = update.look("pulse_type", "StochasticCompressed")
    is_random = kind in ("StochasticCompressed", "Stochastic")
    note = "" if is_random else f"pulses coincide at random here, {kind} there"
    update.tell("pulse_type", "kept" if is_random else "lost", "write", note)
    length = int(update.look("desired_bl", _LONGEST))
    is_short = 1 <= length <= _LONGEST
    note = "" if is_short else f"trains have at most {_LONGEST} slots here"
    update.tell("desired_bl", "kept" if is_short else "changed", "write.train_length", note)
    is_dynamic = update.keep("update_bl_management", "write.dynamic_length", True)
    if not is_dynamic and not update.look("fixed_bl", True):
        update.tell("fixed_bl", "lost", note="a length without management is fixed here")
    if update.look("um_grad_scale", 1.0) == 1:
        update.tell("um_grad_scale", "off", note="both sides are scaled alike")
    return {
        "train_length": min(max(length, 1), _LONGEST),
        "dynamic_length": bool(is_dynamic),
        "update_management": bool(update.keep("update_management", "write.update_management")),
    }


def _scaled(io: Reader) -> dict[str, Any]:
    """Return scale, bound and noise.

    There y = alpha ADC(W clip(x / alpha, b)), b the input bound; here s = alpha b is full scale
    1, so that the output's bound and noise are told relative to b.
    """
    word = io.look("noise_management", "AbsMax")
    management = _MANAGEMENT.get(word, "abs-max")
    fate: Fate = "kept" if word in _MANAGEMENT else "changed"
    note = "" if word in _MANAGEMENT else f"by the largest input here, by {word} there"
    io.tell("noise_management", fate, "read.noise_management", note)
    bound, alpha = io.look("inp_bound", 1.0), 1.0
    if management == "constant":
        alpha = io.keep("nm_thres", "read.input_range", 1.0) or 1.0
    elif io.look("nm_thres"):
        io.tell("nm_thres", "lost", note="the scale has no upper limit here")
    told: dict[str, Any] = {}
    if management == "abs-max":
        is_whole = bound == 1
        note = "" if is_whole else "the largest input is full scale here"
        io.tell("inp_bound", "kept" if is_whole else "changed", "read.noise_management", note)
        bound = 1.0
    else:
        io.tell("inp_bound", "kept", "read.input_range")
        told["input_range"] = alpha * bound
        management = "none" if told["input_range"] == 1 else "constant"
    told["noise_management"] = management
    told["output_bound"] = io.keep("out_bound", "read.output_bound", 12.0) / bound
    told["output_noise"] = io.keep("out_noise", "read.output_noise") / bound
    if io.look("out_scale", 1.0) == 1:
        io.tell("out_scale", "off", note="a factor of 1")
    return told


def _converters(io: Reader) -> dict[str, Any]:
    """Return bits, from the steps of a resolution: 2^n - 2 of them, or 1 over that."""
    told: dict[str, Any] = {}
    for theirs, ours in (("inp_res", "dac_bits"), ("out_res", "adc_bits")):
        resolution = io.look(theirs, -1)
        if resolution <= 0:
            io.tell(theirs, "kept", f"read.{ours}", "exact")
            continue
        exactly = math.log2((1 / resolution if resolution < 1 else resolution) + 2)
        bits = min(max(round(exactly), 2), 16)
        is_whole = abs(exactly - bits) < 1e-6
        note = "" if is_whole else f"whole bits here, {exactly:.2f} there"
        io.tell(theirs, "kept" if is_whole else "changed", f"read.{ours}", note)
        told[ours] = bits
    return told


def _signs(io: Reader) -> dict[str, Any]:
    word = io.look("mv_type", "OnePass")
    is_split = word == "PosNegSeparateDigitalSum"
    is_known = is_split or word == "OnePass"
    note = "" if is_known else f"both signs are read together here, {word} there"
    io.tell("mv_type", "kept" if is_known else "lost", "read.signed", note)
    return {"signed": "two-reads"} if is_split else {}


def _bounded(io: Reader) -> dict[str, Any]:
    word = io.look("bound_management", "None")
    if word == "None":
        return {}
    if word == "Shift":
        io.tell("bound_management", "lost", note="outputs are not shifted here")
        return {}
    doublings = math.ceil(math.log2(max(io.look("max_bm_factor", 1000), 1)))
    if word == "Iterative":
        io.tell("bound_management", "kept", "read.bound_management")
        io.tell("max_bm_factor", "kept", "read.bound_management", "how often it is doubled")
        io.tell("max_bm_res", "lost", note="the inputs' resolution stops nothing here")
    else:
        note = f"doubled as often as needed here, {word} there"
        io.tell("bound_management", "changed", "read.bound_management", note)
    return {"bound_management": min(doublings, 15)}
