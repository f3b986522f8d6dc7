"""A name stands for a declaration: in a run's file, text may be said where settings may."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

__all__ = ["OrText", "by_name"]


def by_name(given: Any) -> Any:
    """Return `{name: given}` for text, and anything else as it is."""
    return {"name": given} if isinstance(given, str) else given


@dataclass(frozen=True)
class OrText:
    """Tells the JSON Schema of a field that text, or one of some words, stands for a value too."""

    words: tuple[str, ...] = ()

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text: dict[str, Any] = {"type": "string"}
        return {"anyOf": [text | ({"enum": list(self.words)} if self.words else {}), handler(core)]}
