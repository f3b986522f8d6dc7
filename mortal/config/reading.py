"""A configuration from a file or a text, changed from the command line, held against its model."""

import os
import reprlib
from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from mortal.config.explain import explain
from mortal.config.marks import Document, Mark, Marks, Place, parse
from mortal.config.overrides import override
from mortal.errors import ConfigError

__all__ = ["VERSION", "Document", "Mark", "Marks", "Place", "read", "require_version", "validate"]

VERSION = 1
_LARGEST = 1 << 20  # bytes; thousands of cohorts fit in a fifth of it, and take a second to read
_Model = TypeVar("_Model", bound=BaseModel)


def read(path_or_text: str | os.PathLike[str], *, overrides: Iterable[str] = ()) -> Document:
    """Return the configuration in a file or in a text.

    Args:
        path_or_text: a path, or YAML; a string with a line break in it is YAML.
        overrides: changes as `--set` takes them, such as `cohorts.elders.count=4`.

    Raises:
        ConfigError: no such file, not YAML, or an override that leads nowhere.
    """
    if isinstance(path_or_text, str) and "\n" in path_or_text:
        origin = "text"
        content = path_or_text.encode("utf-8", errors="surrogatepass")
    else:
        origin = os.fspath(path_or_text)
        content = _load(origin)
    if len(content) > _LARGEST:
        raise ConfigError(f"{origin}: larger than {_LARGEST >> 20} MiB, so hardly a configuration")
    return override(parse(_decoded(content, origin), origin), overrides)


def validate(model: type[_Model], document: Document, path: Place = ()) -> _Model:
    """Return the model of the value at `path`, by default of the whole document.

    Raises:
        ConfigError: every problem on a line of its own, each with its place and what is allowed.
    """
    try:
        value = document.at(path)
    except LookupError as error:
        raise ConfigError(str(error.args[0])) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ConfigError(explain(error, model, document, path)) from None


def require_version(document: Document) -> None:
    """Check that the document says `version: 1`.

    Raises:
        ConfigError: it is no mapping, says nothing, or names another version.
    """
    begin = f"begin the file with `version: {VERSION}`"
    if not isinstance(document.data, dict):
        raise ConfigError(f"{document.where(())}: a configuration is a mapping; {begin}")
    if "version" not in document.data:
        raise ConfigError(f"{document.where(())}: missing key version; {begin}")
    version = document.data["version"]
    if type(version) is not int or version != VERSION:  # `true` equals 1 in Python
        found = str(version).lower() if isinstance(version, bool) else reprlib.repr(version)
        where = document.where(("version",))
        raise ConfigError(f"{where}: version is {found}; this program reads version {VERSION} only")


def _load(origin: str) -> bytes:
    try:
        with open(origin, "rb") as file:
            return file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError(f"{origin}: there is no such file") from None
    except IsADirectoryError:
        raise ConfigError(f"{origin}: this is a directory; name a YAML file in it") from None
    except PermissionError:
        raise ConfigError(f"{origin}: you may not read this file") from None
    except (OSError, ValueError) as error:  # a name no file system takes is a ValueError
        raise ConfigError(f"{origin!r}: cannot be read: {error}") from None


def _decoded(content: bytes, origin: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise ConfigError(f"{origin}:{line}:{column}: not UTF-8; save the file as UTF-8") from None
