"""Grow: from a few words to a population of unique devices."""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from pydantic import ValidationError

from devices import Technology, preset
from mortal.errors import ConfigError
from mortal.memory import installed, least, spelled
from mortal.organism import Population
from mortal.rules import OwnRuleSettings, RuleSettings, declare, names

__all__ = ["grow"]


def grow(
    technology: str | Technology = "mortal-default",
    layers: Sequence[int] = (64, 128, 128),
    count: int = 8,
    rule: str | Mapping[str, Any] | RuleSettings | type = "mono-forward",
    seed: int = 0,
    *,
    classes: int = 10,
    first_serial: int = 0,
    backend: str = "auto",
) -> Population:
    """Grow a population of unique devices.

    Args:
        technology: a preset's name or a declaration.
        layers: `[features, hidden, ...]`; label rows, bias rows and readouts are the rule's to add.
        count: number of devices.
        rule: a rule's name, its settings with `name`, its declaration, or a class of one's own
            (see `mortal.rules.OwnRuleSettings`).
        seed: of all draws.
        classes: number of classes to tell apart.
        first_serial: the devices are this serial number and the next ones.
        backend: which kernels compute: native, reference, cuda (a GPU, by CuPy; answers and exams
            are NumPy's all the same); auto: the fastest on the processor.

    Raises:
        TechnologyError: no such preset.
        RuleError: the technology lacks what the rule needs.
        ConfigError: no such rule, a number or setting that cannot be, more than memory holds.
        UnknownBackend: the backend cannot run here; the message says what is missing.
    """
    if not isinstance(layers, Iterable):
        raise ConfigError(f"layers must be a list of whole numbers, found {layers!r}")
    is_whole = all(isinstance(n, Integral) for n in (count, classes, seed, first_serial, *layers))
    if not is_whole or count < 1 or len(layers) < 2 or min(layers) < 1 or classes < 2:
        raise ConfigError(
            "a population needs a count of 1 or more, layers of at least two numbers of 1 or more "
            "and 2 classes or more, all of them and the seed whole, found "
            f"count {count}, layers {list(layers)}, classes {classes}, seed {seed}"
        )
    if isinstance(rule, type):
        rule = OwnRuleSettings.of(rule)
    if not isinstance(rule, RuleSettings | str | Mapping):
        raise ConfigError(f"a rule is a name, its settings or its declaration, found {rule!r}")
    if not isinstance(technology, Technology | str):
        raise ConfigError(f"a technology is a name or a declaration, found {technology!r}")
    if not isinstance(rule, RuleSettings):
        wanted = {"name": rule} if isinstance(rule, str) else dict(rule)
        if wanted.get("name") not in names():
            raise ConfigError(
                f"no rule is called {wanted.get('name')!r} (there are: {', '.join(names())})"
            )
        try:
            rule = declare(wanted["name"], **wanted)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"]))
            raise ConfigError(
                f"rule {wanted['name']}: {key}: {first['msg']}, found {first['input']!r}"
            ) from None
    built = preset(technology) if isinstance(technology, str) else technology
    if not 0 <= first_serial <= first_serial + count <= 1 << 32:
        raise ConfigError(
            f"serials must lie in 0 to 2^32 - 1, found {count} from {first_serial} on"
        )
    needed, memory = least(built, layers, count), installed()
    if memory is not None and needed > memory:
        raise ConfigError(
            f"{count:,} devices of layers {list(layers)} need at least {spelled(needed)} of "
            f"memory, and this machine has {spelled(memory)}; take fewer devices or smaller layers"
        )
    serials = np.arange(first_serial, first_serial + count, dtype=np.int64)
    return Population(built, tuple(layers), classes, rule, serials, seed=seed, backend=backend)
