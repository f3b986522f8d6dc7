import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from devices.technology.units import (
    Dimension,
    Kelvin,
    Quantity,
    Seconds,
    Siemens,
    parse,
    show,
)

YEAR = 365.25 * 86400


class Rest(BaseModel):
    by: Seconds = Field(gt=0, le=100 * YEAR)
    temperature: Kelvin = 298.15
    conductances: tuple[Siemens, ...] = ()
    retention: Seconds | None = None


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("5 years", "time", 5 * YEAR),
        ("1 year", "time", YEAR),
        ("3 months", "time", YEAR / 4),
        ("2 weeks", "time", 14 * 86400.0),
        ("1.5 d", "time", 129600.0),
        ("2h", "time", 7200.0),
        ("10 min", "time", 600.0),
        ("250 ns", "time", 250e-9),
        (" 3 µs ", "time", 3e-6),
        ("3 μs", "time", 3e-6),
        ("1 ps", "time", 1e-12),
        ("85 C", "temperature", 358.15),
        ("-40 °C", "temperature", 233.15),
        ("300 K", "temperature", 300.0),
        ("4.2 K", "temperature", 4.2),
        ("25 uS", "conductance", 25e-6),
        ("0.2 V", "voltage", 0.2),
        ("-1e2 mV", "voltage", -0.1),
        ("100 fJ", "energy", 100e-15),
        ("7 aJ", "energy", 7e-18),
        ("1.1 eV", "energy_per_particle", 1.1),
        ("26 meV", "energy_per_particle", 0.026),
        ("3 MΩ", "resistance", 3e6),
        ("2.5 kohm", "resistance", 2500.0),
    ],
)
def test_text_with_a_unit_is_its_value_in_si(text: str, dimension: Dimension, value: float) -> None:
    assert parse(text, dimension) == value


@pytest.mark.parametrize("number", [7, 7.0, "7", "7.0"])
def test_a_bare_number_is_si(number: object) -> None:
    assert parse(number, "time") == 7.0


@pytest.mark.parametrize("number", [55, 55.0, "55", -40, 99.99])
def test_a_bare_temperature_that_could_be_celsius_is_refused(number: object) -> None:
    with pytest.raises(ValueError, match=r"may be C or K: write -?[0-9.]+ C or [0-9]+ K"):
        parse(number, "temperature")
    assert parse(100, "temperature") == 100.0


@pytest.mark.parametrize("cold", ["-300 C", "-1 K", -400])
def test_nothing_is_colder_than_absolute_zero(cold: object) -> None:
    with pytest.raises(ValueError, match="below absolute zero"):
        parse(cold, "temperature")


def test_an_unknown_unit_names_the_nearest_and_all_allowed() -> None:
    with pytest.raises(ValueError, match=r"'yeers' .* mean years\? \(allowed: years, months"):
        parse("5 yeers", "time")
    with pytest.raises(ValueError, match=r"'ms' is not .* conductance; did you mean mS\?"):
        parse("5 ms", "conductance")
    with pytest.raises(ValueError, match=r"not a unit of energy per particle \(allowed: eV, meV\)"):
        parse("5 kilograms", "energy_per_particle")


@pytest.mark.parametrize(
    "given",
    [True, None, [], math.nan, math.inf, "nan", "inf s", "", "years", "1 2 s", "1e999 s", 10**400],
)
def test_what_is_no_finite_number_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"expected|not a unit"):
        parse(given, "time")


@given(st.text() | st.integers() | st.floats(), st.sampled_from(["time", "temperature", "energy"]))
def test_anything_is_a_finite_number_or_a_value_error(given: object, dimension: Dimension) -> None:
    try:
        found, message = parse(given, dimension), ""
    except ValueError as error:
        found, message = 0.0, str(error)
    assert math.isfinite(found)
    assert "\n" not in message


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (3 * YEAR, "time", "3 years"),
        (YEAR, "time", "1 year"),
        (1.5 * YEAR, "time", "18 months"),
        (14 * 86400.0, "time", "14 days"),
        (250e-9, "time", "250 ns"),
        (999.9999999e-9, "time", "1 us"),
        (0.0, "time", "0 s"),
        (328.15, "temperature", "55 C"),
        (300.0, "temperature", "300 K"),
        (4.2, "temperature", "4.2 K"),
        (25e-6, "conductance", "25 uS"),
        (0.2, "voltage", "200 mV"),
        (0.65, "energy_per_particle", "0.65 eV"),
        (1.5e6, "resistance", "1.5 Mohm"),
    ],
)
def test_quantities_are_shown_as_people_write_them(
    value: float, dimension: Dimension, text: str
) -> None:
    assert show(value, dimension) == text


@given(
    st.floats(1e-15, 1e15) | st.floats(-1e15, -1e-15),
    st.sampled_from(["time", "conductance", "voltage", "energy", "resistance"]),
)
def test_what_is_shown_reads_back_to_six_digits(value: float, dimension: Dimension) -> None:
    assert parse(show(value, dimension), dimension) == pytest.approx(value, rel=1e-5)


@given(st.floats(0, 1e4))
def test_a_shown_temperature_reads_back_to_a_hundredth(kelvin: float) -> None:
    assert parse(show(kelvin, "temperature"), "temperature") == pytest.approx(kelvin, abs=0.01)


def test_models_take_text_and_keep_their_bounds() -> None:
    rest = Rest.model_validate({"by": "3 years", "temperature": "55 C", "conductances": ["1 uS"]})
    assert rest == Rest(by=3 * YEAR, temperature=328.15, conductances=(1e-6,))
    with pytest.raises(ValidationError, match="greater than 0"):
        Rest.model_validate({"by": "-1 s"})


@pytest.mark.parametrize("temperature", ["4.2 K", "55 C", 300])
def test_a_written_model_reads_back(temperature: object) -> None:
    rest = Rest.model_validate({"by": 0.1, "temperature": temperature})
    assert Rest.model_validate(json.loads(rest.model_dump_json())) == rest


def test_the_json_schema_allows_text_and_names_the_unit() -> None:
    by = Rest.model_json_schema()["properties"]["by"]
    assert by["unit"] == "s" == Quantity("time").unit
    number, text = by["anyOf"]
    assert number == {"type": "number", "exclusiveMinimum": 0, "maximum": 100 * YEAR}
    assert text["type"] == "string"
