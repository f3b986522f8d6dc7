"""How a number is declared: its unit, its equation, its meaning, and where it came from."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Declaration", "declared", "piece"]

_NEVER = object()


class Declaration(BaseModel):
    """A frozen piece of a technology. Unknown keys are refused; NaN and infinity too."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )


def declared(
    default: Any = ...,
    *,
    unit: str,
    meaning: str,
    equation: str = "",
    off: Any = _NEVER,
    **bounds: Any,
) -> Any:
    """Return a field that carries its unit (SI, "1" for none), meaning and equation.

    Args:
        default: value when absent; `...` makes the field required.
        unit: SI unit as the log writes it.
        meaning: one sentence.
        equation: where the number enters, in the symbols of its class's docstring.
        off: of a non-ideality, the value at which it does nothing (`devices.technology.ablation`).
        bounds: `gt`, `ge`, `lt`, `le` as pydantic knows them.
    """
    extra: dict[str, Any] = {"unit": unit} | ({"equation": equation} if equation else {})
    extra |= {} if off is _NEVER else {"off": off}
    return Field(default, description=meaning, json_schema_extra=extra, **bounds)


def piece(meaning: str) -> Any:
    """Return a field for an optional piece, null by default: a non-ideality of several numbers."""
    return Field(None, description=meaning, json_schema_extra={"off": None})
