"""The meaning of a plain YAML scalar under the core schema of YAML 1.2.

YAML 1.1, which most readers still follow, takes `1e-6` for text, `010` for eight, `1:30` for
ninety and `no` for false. Here they are a number, ten, text and text.

Source: https://yaml.org/spec/1.2.2/#103-core-schema. Differs from it in refusing whole numbers
of more than 40 digits and decimals beyond the range of a double, which it would round to infinity.
"""

import math
import re

__all__ = ["scalar"]

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_MOST_DIGITS = 40
_BASES = {"0o": 8, "0x": 16}


def scalar(text: str) -> bool | int | float | str | None:
    """Return what an unquoted scalar means: nothing, a truth, a number, or the text itself.

    Raises:
        ValueError: a number that no field of a configuration can hold.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        if len(text.lstrip("+-0")) > _MOST_DIGITS:
            raise ValueError(f"a whole number has at most {_MOST_DIGITS} digits, found {len(text)}")
        base = _BASES.get(text[:2], 10)
        return int(text if base == 10 else text[2:], base)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise ValueError(f"{text:.40} is beyond the range of a number; infinity is .inf")
        return number
    return text
