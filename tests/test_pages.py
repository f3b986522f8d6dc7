"""Every page that shows how something is done does it: blocks run in order, in an empty folder.

A block that begins with a comment that is a file's name becomes that file. Python is run, stories
are read as `mortal run` reads them, lines that call `mortal` are given to the command line. A block
of text is what the block before it printed: word for word, and its numbers nearly.
"""

import io
import re
import shlex
import sys
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import click
import pytest
import typer
from typer.testing import CliRunner

from devices.technology import Declaration, Technology
from mortal.cli import app
from mortal.config import load, technology_in

DOCS = Path(__file__).resolve().parents[1] / "docs"
LIVED = ("start", "tutorial", "physics", "own-technology", "own-rule", "own-teacher")
"""Pages that are lived from the first block to the last."""
LIVED_ELSEWHERE = {
    "teaching": "tests/test_teaching_page.py",
    "analysis": "tests/mortal/analysis/test_analysis_page.py",
    "adapters": "tests/test_adapters_page.py",
    "log": "tests/mortal/test_pages_on_logs.py",
}
NOT_LIVED = {"scale": "sessions on clusters, and the page says that they were not run"}

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w/.-]+\.\w+)\n")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the language and text of each block of a page."""
    return _BLOCK.findall((DOCS / f"{page}.md").read_text(encoding="utf-8"))


def lines(text: str) -> list[list[str]]:
    """Return the calls of `mortal` in a shell session, as words."""
    joined = text.replace("\\\n", " ")
    said = [shlex.split(line, comments=True) for line in joined.splitlines()]
    return [words for words in said if words[:1] == ["mortal"]]


def called(words: list[str]) -> str:
    """Give a line to the command line; return what it printed."""
    done = CliRunner().invoke(app, words[1:])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, (words, done.output)
    return done.output


def is_as_shown(shown: str, printed: str) -> None:
    """Hold what a page shows against what was printed, line by line, as far as it shows it."""
    rows = [row.split() for row in printed.splitlines()]
    for line in shown.splitlines():
        near = [row for row in rows if _NUMBER.sub("", "".join(row)) == plain(line)]
        assert near, f"nobody printed the like of\n{line}\nbut\n{printed}"
        assert any(agree(line, " ".join(row)) for row in near), f"{line}\nis not near\n{near}"


def plain(line: str) -> str:
    """Return a line without numbers and spaces."""
    return _NUMBER.sub("", "".join(line.split()))


def agree(line: str, other: str) -> bool:
    """Tell whether the numbers of two lines differ by little: another library may round."""
    pairs = [
        [float(number.replace(",", "")) for number in _NUMBER.findall(text)]
        for text in (line, other)
    ]
    return len(pairs[0]) == len(pairs[1]) and all(
        abs(a - b) <= 0.02 + 0.3 * abs(a) for a, b in zip(*pairs, strict=True)
    )


@pytest.mark.parametrize("page", LIVED)
def test_a_page_is_lived_as_it_stands(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names: dict[str, object] = {"__name__": page}
    printed = ""
    code = None
    for number, (language, text) in enumerate(blocks(page)):
        file = _FILE.match(text)
        if file:
            path = tmp_path / file[1]
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(text, encoding="utf-8")
            code = path.parent if path.suffix == ".py" else code
        if language == "yaml":
            assert file, f"{page}, block {number}: {text}"
            if "\nversion: " in text:
                assert load(path, code=code).config.story
            else:
                assert technology_in(path).name
        elif language == "python" and not file:
            if "import torch" in text and find_spec("torch") is None:
                continue
            with redirect_stdout(io.StringIO()) as out:
                exec(compile(text, f"{page}.md, block {number}", "exec"), names)
            printed = out.getvalue()
        elif language == "sh":
            printed = "".join(map(called, lines(text)))
        elif language == "text":
            is_as_shown(text, printed)


def command_of(words: list[str]) -> None:
    """Parse a line as the command line would, without doing anything."""
    command = typer.main.get_command(app)
    context = click.Context(command)
    rest = words[1:]
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(context, rest)
        context = click.Context(command, info_name=name, parent=context)
    command.make_context(command.name, rest, parent=context.parent)


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.stem)
def test_a_line_of_a_shell_session_is_a_line_that_can_be_given(path: Path) -> None:
    for language, text in blocks(path.stem):
        for words in lines(text) if language == "sh" else ():
            command_of(words)


def test_the_rule_of_the_page_is_the_example() -> None:
    (shown,) = (text for _, text in blocks("own-rule") if text.startswith("# own_rule/"))
    example = DOCS.parent / "examples" / "own_rule" / "frozen_features.py"
    assert shown.partition("\n")[2] == example.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["physics", "words", "adapters", "ablation"])
def test_a_field_that_a_page_names_is_declared(page: str) -> None:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)\.(\w+)[`:]", text)
    named = [names for names in named if names[0] in Technology.model_fields]
    assert named
    missing = [names for names in named if names[1] not in declared(names[0])]
    assert not missing


def declared(piece: str) -> set[str]:
    """Return the fields of a piece of a technology, of whatever kind."""
    kinds = [Technology.model_fields[piece].annotation]
    found: set[str] = set()
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, type) and issubclass(kind, Declaration):
            found |= set(kind.model_fields)
        kinds += get_args(kind)
    return found


def test_every_page_with_an_example_is_lived() -> None:
    pages = {path.stem for path in DOCS.glob("*.md")}
    shown = {page for page in pages if {"python", "yaml"} & {kind for kind, _ in blocks(page)}}
    assert shown == {*LIVED, *LIVED_ELSEWHERE, *NOT_LIVED}
    for place in LIVED_ELSEWHERE.values():
        assert (DOCS.parent / place).exists(), place


def test_the_command_lines_of_the_readme_can_be_given() -> None:
    text = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    (session,) = (block for _, block in _BLOCK.findall(text) if "mortal config check" in block)
    session = re.sub(r"[\[\]]", "", session.replace("check|show", "check").replace(" N ", " 7 "))
    called = lines(session)
    assert len(called) > 10
    for words in called:
        command_of(words)
