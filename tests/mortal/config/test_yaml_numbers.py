import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mortal.config.numbers import scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-6", 1e-6),
        ("010", 10),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.inf", -math.inf),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "1:30",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "tRUE",
        "1_000",
        "0b11",
        "-0x1F",
        "2024-01-01",
        "nan",
        "NaN",
        "inf",
        "1e",
        ".",
        "-",
        "+",
        "e5",
        "٣",
        "0o8",
    ],
)
def test_what_older_readers_take_for_a_number_or_truth_stays_text(text: str) -> None:
    assert scalar(text) == text


def test_not_a_number_is_read_where_it_is_spelled_so() -> None:
    assert math.isnan(scalar(".nan"))  # type: ignore[arg-type]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_reads_back_as_itself(number: float) -> None:
    found = scalar(repr(number))
    assert isinstance(found, float)
    assert found == number


@given(st.integers(-(10**40) + 1, 10**40 - 1))
def test_every_whole_number_reads_back_as_itself(number: int) -> None:
    assert scalar(str(number)) == number


@given(st.integers(0, 2**128))
def test_octal_and_hexadecimal_read_back(number: int) -> None:
    assert scalar(f"0x{number:x}") == number
    assert scalar(f"0o{number:o}"[:40]) == int(f"{number:o}"[:38], 8)


@given(st.text(max_size=20))
def test_text_is_never_changed(text: str) -> None:
    found = scalar(text)
    if isinstance(found, str):
        assert found == text


@pytest.mark.parametrize("text", ["1e999", "-1e999", "1" * 41, "9" * 5000])
def test_a_number_no_field_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"beyond the range|at most 40 digits"):
        scalar(text)


def test_leading_zeros_do_not_count_as_digits() -> None:
    assert scalar("0" * 100 + "7") == 7


def test_the_library_underneath_still_reads_otherwise() -> None:
    # When PyYAML learns YAML 1.2, this module can go.
    assert yaml.safe_load("[1e-6, 010, 1:30, no]") == ["1e-6", 8, 90, False]
