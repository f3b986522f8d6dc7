import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mortal.config.marks import Mark, parse
from mortal.config.reading import read, require_version
from mortal.errors import ConfigError

LIFE = """\
version: 1
cohorts:
  elders: {count: 8, layers: [64, 10]}
story:
  - train: {cohort: elders,
            epochs: 20}
  - examine:
      cohort: [elders]
"""


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "life.yaml")
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_plain_values_come_out() -> None:
    assert parse(LIFE, "life.yaml").data == {
        "version": 1,
        "cohorts": {"elders": {"count": 8, "layers": [64, 10]}},
        "story": [
            {"train": {"cohort": "elders", "epochs": 20}},
            {"examine": {"cohort": ["elders"]}},
        ],
    }


def test_every_key_and_value_knows_its_line_and_column() -> None:
    document = parse(LIFE, "life.yaml")
    epochs = ("story", 0, "train", "epochs")
    assert document.marks.keys[epochs] == Mark(6, 13)
    assert document.marks.values[epochs] == Mark(6, 21)
    assert document.marks.values[("story", 1)] == Mark(7, 5)
    assert document.where(epochs) == "life.yaml:6:21"
    assert document.where(epochs, key=True) == "life.yaml:6:13"


def test_a_place_the_document_lacks_points_to_the_nearest_above() -> None:
    document = parse(LIFE, "life.yaml")
    assert document.where(("cohorts", "elders", "rule", "x")) == document.where(
        ("cohorts", "elders")
    )
    assert document.where(("nowhere",)) == "life.yaml:1:1"


def test_dates_and_quoted_numbers_stay_text() -> None:
    document = parse("born: 2024-01-01\nname: '7'\nat: 12:30:00\n", "life.yaml")
    assert document.data == {"born": "2024-01-01", "name": "7", "at": "12:30:00"}


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1", "'a' is given twice; first at line 1, column 1"),
        ("a: {b: 1, b: 2}", "1:11", "'b' is given twice; first at line 1, column 5"),
        ("a: !!python/object:os.system {}", "1:4", "tags"),
        ("a: !foo 1", "1:4", "tags"),
        ("!!str a: 1", "1:1", "tags"),
        ("a: ! 1", "1:4", "tags"),
        ("a: &x 1\nb: *x", "1:4", "anchors (&) and aliases (*) are not read"),
        ("a: *x", "1:4", "anchors (&) and aliases (*) are not read"),
        ("&x a: 1", "1:1", "anchors (&) and aliases (*) are not read"),
        ("a:\n  <<: {b: 1}", "2:3", "merge keys"),
        ("1: a", "1:1", 'a key must be text; write "1" in quotes'),
        ("a: {true: 1}", "1:5", 'a key must be text; write "true" in quotes'),
        ("[1]: a", "1:1", "a key must be text, found a list or mapping"),
        ("a: 1\n---\nb: 2", "2:1", "a second document"),
        ("a: 1\n\tb: 2", "2:1", "a tab cannot stand here"),
        ("a: 1\n b: 2", "2:3", "a ':' cannot stand here"),
        ("a:\n  b: 1\n c: 2", "3:2", "does not line up"),
        ("a: [1, 2", "1:9", "a bracket is never closed"),
        ("a: 'x", "1:6", "a quotation mark is never closed"),
        ("a: 1\nb\n", "3:1", "a key needs ': '"),
        ("a: @x", "1:4", "not valid YAML"),
        ("a: 1\nb: \x07", "2:4", "character 0x0007"),
        ('a: "\\ud800"', "1:4", "surrogate"),
        ('a: "\\U99999999"', "1:7", "out of range"),
        ("a: 1e999", "1:4", "beyond the range"),
        ("", "1:1", "holds nothing"),
        ("# only a comment\n", "1:1", "holds nothing"),
    ],
)
def test_what_is_not_read_is_one_sentence_at_its_place(
    text: str, position: str, words: str
) -> None:
    message = refusal(text)
    assert message.startswith(f"life.yaml:{position}: ")
    assert words in message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_bounded(opening: str) -> None:
    assert refusal(opening * 5000).endswith(": values are nested more than 50 deep")
    assert parse("[" * 50 + "]" * 50, "life.yaml").data


def test_a_billion_laughs_are_refused_at_once() -> None:
    lines = ["a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [
        f"{new}: &{new} [{', '.join(['*' + old] * 10)}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    start = time.perf_counter()
    assert "anchors" in refusal("\n".join(lines))
    assert time.perf_counter() - start < 0.5


pieces = st.sampled_from([*"ab:-?[]{},&*!|>'\"%@`# \t\n0.eE~<", "\n  ", "- ", ": ", "\\u"])


@settings(deadline=None)
@given(st.text() | st.lists(pieces, max_size=30).map("".join))
@example("%YAML 1." + "1" * 5000 + "\n---\na")
@example("\ufeffa: 1")
@example('"\\')
@example("? [a]\n: b")
def test_any_text_is_a_document_or_a_config_error(text: str) -> None:
    try:
        message = parse(text, "any").where(())
    except ConfigError as error:
        message = str(error)
    assert message.startswith("any:")


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_file_is_a_document_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content)
    try:
        message = read(file).where(())
    except ConfigError as error:
        message = str(error)
    assert message.startswith(f"{file}:")


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc-"), inner, max_size=3),
    max_leaves=10,
)


@given(plain)
def test_plain_values_written_as_flow_read_back(value: object) -> None:
    def written(value: object) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f'"{key}": {written(item)}' for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(written, value)) + "]"
        if value is None or isinstance(value, bool):
            return str(value).lower().replace("none", "null")
        return repr(value).replace("inf", ".inf")

    assert parse(written(value), "flow").data == value


def test_a_file_is_read_with_its_name_for_origin(tmp_path: Path) -> None:
    file = tmp_path / "life.yaml"
    file.write_text("\ufeff" + LIFE, encoding="utf-8")
    assert read(file).where(("version",)) == f"{file}:1:10"
    assert read(str(file)).data == read(LIFE).data
    assert read(LIFE).origin == "text"


def test_a_missing_file_a_directory_and_another_encoding_are_one_sentence(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"version: 1\nname: caf\xe9\n")
    wide = tmp_path / "wide.yaml"
    wide.write_bytes("version: 1\n".encode("utf-16"))
    refusals: list[tuple[str | Path, str]] = [
        (tmp_path / "none.yaml", "there is no such file"),
        (tmp_path, "this is a directory"),
        (latin, f"{latin}:2:10: not UTF-8"),
        (wide, f"{wide}:1:1: not UTF-8"),
        ("nul\0byte", "cannot be read"),
    ]
    for source, words in refusals:
        with pytest.raises(ConfigError, match=r"^[^\n]+$") as caught:
            read(source)
        assert words in str(caught.value)


def test_a_file_too_large_to_be_a_configuration_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_bytes(b"# " + b"x" * (1 << 20))
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        read(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: a\n", "text:1:1: missing key version; begin the file with `version: 1`"),
        ("version: 2\n", "text:1:10: version is 2"),
        ("version: true\n", "text:1:10: version is true"),
        ("version: 1.0\n", "text:1:10: version is 1.0"),
        ("version: '1'\n", "text:1:10: version is '1'"),
        ("- version\n", "text:1:1: a configuration is a mapping"),
    ],
)
def test_only_version_1_is_read(text: str, words: str) -> None:
    require_version(read("version: 1\n"))
    with pytest.raises(ConfigError) as caught:
        require_version(read(text))
    assert str(caught.value).startswith(words)
