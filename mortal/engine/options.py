"""How a run is to be kept and driven: nothing here decides a result."""

import json
from dataclasses import asdict, dataclass
from typing import Literal, Self

from mortal.errors import ConfigError

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """What may differ from one session of a run to the next.

    Attributes:
        every: s between two checkpoints of a lot, taken where an epoch or a moment ends.
        keep: which states stay when a lot is done: of every device the last, all that were taken
            (one after every moment), or none.
        retries: how often a lot that failed is begun again.
        code: folder of modules that may run as rules, seen under this path by all workers.
        memory: bytes that all workers together may take; None: most of what is free.

    Raises:
        ConfigError: a number that cannot be.
    """

    every: float = 60.0
    keep: Literal["last", "all", "none"] = "last"
    retries: int = 2
    memory: float | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        if not (self.every >= 0 and self.retries >= 0 and (self.memory is None or self.memory > 0)):
            raise ConfigError(
                "checkpoints need 0 seconds or more between them, retries are 0 or more and memory "
                f"is above 0, found {self}"
            )

    def text(self) -> str:
        """Return them as a line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self:
        """Return what `text` wrote."""
        return cls(**json.loads(text))
