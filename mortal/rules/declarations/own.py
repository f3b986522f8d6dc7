"""A rule of the user's own: named by import path, run only where that is allowed."""

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr

from devices.errors import DeviceError
from mortal.errors import RuleError
from mortal.rules.declarations.need import Need
from mortal.rules.declarations.rule import RuleSettings

__all__ = ["OwnRuleSettings", "own_line"]

_PREFIX = "mortal_own."
"""Of the names of modules that hold users' code."""
_PARTS = ("arrays", "memory", "counters", "take", "put")
"""What makes a body of many devices."""


class OwnRuleSettings(RuleSettings):
    """A class of the user's own: it is given these settings and the hardware, and learns.

    The class is a `mortal.rules.Body` with `answer` and `learn` (see `mortal.rules.Rule`); what it
    needs of the hardware stands in its attribute `needs`, a tuple of `mortal.rules.Need`. An
    example of forty lines: examples/own_rule/frozen_features.py.

    Code named in a file runs only with `--allow-code DIR`; its hash is part of the configuration.
    """

    name: Literal["own"] = "own"
    rate: float = Field(0.01, gt=0, description="learning rate of the arrays, per sample")
    at: str = Field(
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$",
        description="import path of the class, `module:Class`, from the folder that is allowed",
    )
    settings: dict[str, Any] = Field(
        default_factory=dict, description="what the class is to know, plain data"
    )
    code: str | None = Field(
        None, description="SHA-256 of the module's file, filled in when it is allowed"
    )
    _class: Callable[..., Any] | None = PrivateAttr(None)

    @classmethod
    def of(cls, implementation: type, **settings: Any) -> Self:
        """Return the settings of a class that Python has at hand already."""
        at = f"{implementation.__module__}:{implementation.__name__}"
        own = cls.model_validate({"at": at if at[0] != "_" else f"own{at}", **settings})
        return own.running(implementation)

    def allowed(self, folder: Path) -> Self:
        """Return these settings with their class, imported from a folder.

        Raises:
            RuleError: there is no such module or class, it cannot be imported, or its file is not
                the one whose hash stands here.
        """
        module, name = self.at.split(":")
        path = folder.joinpath(*module.split(".")).with_suffix(".py")
        try:
            source = path.read_bytes()
        except OSError as error:
            raise RuleError(f"{path}: cannot be read: {error.strerror or error}") from None
        code = hashlib.sha256(source).hexdigest()
        if self.code not in (None, code):
            raise RuleError(
                f"{path} is not the file that this run was begun with (its hash is {code[:12]}, "
                f"and {str(self.code)[:12]} is wanted)"
            )
        found = getattr(_imported(path, f"{module}-{code[:12]}"), name, None)
        if not isinstance(found, type) or not all(hasattr(found, v) for v in ("answer", "learn")):
            raise RuleError(f"{path} has no class {name} with the methods answer and learn")
        return self.model_copy(update={"code": code}).running(found)

    def running(self, implementation: Callable[..., Any]) -> Self:
        """Return these settings, which run a class from now on."""
        self._class = implementation
        return self

    def implementation(self) -> Callable[..., Any]:
        """Return the class.

        Raises:
            RuleError: it was not allowed to run.
        """
        if self._class is None:
            raise RuleError(
                f"the rule {self.at} is code named in a configuration: it runs only with "
                "--allow-code DIR, where DIR holds its module"
            )
        return self._class

    def made(self, hardware: object) -> Any:
        """Return the rule, made for a hardware.

        Raises:
            RuleError: it was not allowed to run, or what it does while it is made is wrong.
        """
        implementation = self.implementation()
        try:
            rule = implementation(self, hardware)
        except (RuleError, DeviceError):
            raise
        except Exception as error:
            raise RuleError(
                f"the rule {self.at} could not be made{own_line(error)}: "
                f"{type(error).__name__}: {error}"
            ) from error
        if missing := [part for part in _PARTS if not hasattr(rule, part)]:
            raise RuleError(
                f"the rule {self.at} has no {missing[0]}: its class is to be a mortal.rules.Body, "
                "whose __init__ it calls first"
            )
        return rule

    def needs(self) -> tuple[Need, ...]:
        """What the class says it needs."""
        return tuple(Need(need) for need in getattr(self._class, "needs", ()))

    def all_needs(self) -> Iterator[tuple[str, tuple[Need, ...]]]:
        """Yield what is asked of the hardware; the rule goes by its import path."""
        for named, needs in super().all_needs():
            yield (f"the rule {self.at}" if named == "the rule own" else named), needs


def own_line(error: BaseException) -> str:
    """Return in brackets the last line of a user's own code that an error came through, if any."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__", "")).startswith(_PREFIX):
            found = f" ({frame.f_code.co_filename}:{line})"
    return found


def _imported(path: Path, name: str) -> ModuleType:
    """Return a module of its own for each content of a file, imported once."""
    known = f"{_PREFIX}{name}"
    if known in sys.modules:
        return sys.modules[known]
    spec = importlib.util.spec_from_file_location(known, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module  # dataclasses look themselves up while they are made
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[known]
        if not isinstance(error, Exception):
            raise
        raise RuleError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return module
