"""Docstrings and signatures in the documentation as they are written in the code.

The docstrings of this project are plain text: equations and tables are indented blocks, names stand
in single backquotes, `*` and `|` mean what they mean in mathematics. Here that becomes
reStructuredText: blocks are kept letter by letter, and nothing but backquotes is markup.
Declarations get a table of their fields, from the declarations themselves.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from sphinx.application import Sphinx

__all__ = ["setup"]

_SECTION = re.compile(r"(Args|Arguments|Attributes|Raises|Returns|Yields):$")
_ITEM = re.compile(r" *(- |\d+\. )")
_BEFORE_NAPOLEON = 400


def setup(app: Sphinx) -> dict[str, bool]:
    """Take docstrings and signatures in hand."""
    app.connect("autodoc-process-docstring", rewrite, priority=_BEFORE_NAPOLEON)
    app.connect("autodoc-process-signature", sign)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def rewrite(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Rewrite a docstring in place."""
    lines[:] = restructured(lines)
    if isinstance(thing, type) and issubclass(thing, BaseModel):
        lines += field_table(thing)


def skip(
    app: Sphinx, what: str, name: str, thing: Any, is_skipped: bool, options: Any
) -> bool | None:
    """Leave out what is pydantic's and not ours."""
    return True if name == "model_config" else None


def restructured(lines: list[str]) -> Iterator[str]:
    """Give the lines of a docstring as reStructuredText."""
    is_section = False
    kind = "text"
    for is_text, run in groupby(lines, key=lambda line: bool(line.strip())):
        if not is_text:
            yield from run
            continue
        paragraph = list(run)
        if not paragraph[0].startswith(" "):
            is_section = _SECTION.match(paragraph[0]) is not None
        if is_section:
            yield from map(escaped, paragraph)
            continue
        kind = "list" if kind == "list" and paragraph[0].startswith("  ") else "text"
        for line in paragraph:
            before, kind = kind, kind_of(line, kind, is_first=line is paragraph[0])
            if kind != before and line is not paragraph[0]:
                yield ""
            if kind == "block" and before != "block":
                yield from ("::", "")
            yield line if kind == "block" else escaped(line)


def kind_of(line: str, before: str, is_first: bool) -> str:
    """Tell a block that is kept from a list and from running text."""
    if _ITEM.match(line) and before != "block":
        return "list"
    if not line.startswith(" "):
        return "text"
    return before if before != "text" else "block"


def escaped(text: str) -> str:
    """Return text in which nothing but backquotes is markup."""
    parts = re.split(r"(`[^`]*`)", text)
    plain = (re.sub(r"([*|\\]|_(?!\w))", r"\\\1", part) for part in parts[::2])
    return "".join(a + b for a, b in zip(plain, [*parts[1::2], ""], strict=True))


def field_table(model: type[BaseModel]) -> Iterator[str]:
    """Give a table of what a class declares: name, unit, default, meaning, equation."""
    fields = model.model_fields
    if not fields:
        return
    yield from ("", ".. list-table::", "   :header-rows: 1", "   :widths: auto", "")
    for row in (("field", "unit", "default", "meaning"), *map(row_of, fields, fields.values())):
        for at, cell in enumerate(row):
            yield f"   {'* -' if at == 0 else '  -'} {cell}"


def row_of(name: str, declared: FieldInfo) -> tuple[str, str, str, str]:
    """Return a row of the table."""
    extra = declared.json_schema_extra
    said = extra if isinstance(extra, dict) else {}
    meaning = escaped(declared.description or "")
    if "equation" in said:
        meaning += f" (`{said['equation']}`)"
    return f"`{name}`", escaped(str(said.get("unit", ""))), default_of(declared), meaning


def default_of(declared: FieldInfo) -> str:
    """Return how a default is written in YAML, as far as that is short."""
    if declared.default_factory is not None:
        return "its defaults"
    if declared.default is PydanticUndefined:
        return "required"
    value = declared.default
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value != "" else ""


def sign(
    app: Sphinx, what: str, name: str, thing: Any, options: Any,
    signature: str | None, returns: str | None,
) -> tuple[str | None, str | None]:  # fmt: skip
    """Return arguments and result as the source has them; a declaration has its table instead."""
    if isinstance(thing, type) and issubclass(thing, BaseModel):
        return "", None
    tree = source_of(thing)
    if isinstance(tree, ast.FunctionDef):
        returns = ast.unparse(tree.returns) if tree.returns else None
        return f"({arguments_of(tree, what)})", returns
    if isinstance(tree, ast.ClassDef):
        born = [part for part in tree.body if isinstance(part, ast.FunctionDef)]
        born = [part for part in born if part.name == "__init__"]
        if born:
            return f"({arguments_of(born[0], 'method')})", None
        if hasattr(thing, "__dataclass_fields__") or hasattr(thing, "_fields"):
            fields = [part for part in tree.body if isinstance(part, ast.AnnAssign)]
            return f"({', '.join(map(field_of, fields))})", None
    return signature, returns


def source_of(thing: Any) -> ast.stmt | None:
    """Return the definition of a function or class; None where there is no source."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None


def arguments_of(tree: ast.FunctionDef, what: str) -> str:
    """Return the arguments of a function, or of a method without the object itself."""
    is_static = any(ast.unparse(wrapper) == "staticmethod" for wrapper in tree.decorator_list)
    of_object = tree.args.posonlyargs or tree.args.args
    if what != "function" and not is_static and of_object:
        del of_object[0]
    return ast.unparse(tree.args)


def field_of(tree: ast.AnnAssign) -> str:
    """Return how a field of a data class is given."""
    given = f"{ast.unparse(tree.target)}: {ast.unparse(tree.annotation)}"
    if tree.value is None:
        return given
    written = ast.unparse(tree.value)
    return f"{given} = {'...' if written.startswith('field(') else written}"
