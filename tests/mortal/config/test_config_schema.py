"""The JSON Schema that editors are given takes what this program takes."""

import json
import re
from pathlib import Path

import pytest
import yaml
from small_lives import LINEAGE

from mortal.config import load
from mortal.config.marks import parse
from mortal.errors import ConfigError

EXAMPLES = Path(__file__).parents[3] / "examples"
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
NOTES = {"title", "description", "default", "unit", "equation", "discriminator", "$defs"}


def faults(value, schema, root):
    """What a JSON Schema of the words used here finds wrong; an unknown word is an error."""
    wanted = schema.get("type", [])
    if wanted and (
        not isinstance(value, TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean")
    ):
        return [f"{value!r} is no {wanted}"]  # the other words are about that type
    found = []
    for word, argument in schema.items():
        if word in PARTS:
            for part, belonging in PARTS[word](value, argument, schema):
                found += faults(part, belonging, root)
        elif word == "$ref":
            found += faults(value, root["$defs"][argument.removeprefix("#/$defs/")], root)
        elif word in ("anyOf", "oneOf"):
            tried = [faults(value, part, root) for part in argument]
            fitting = sum(not each for each in tried)
            if fitting == 0 or (word == "oneOf" and fitting > 1):
                found.append(f"{fitting} of {word} fit {value!r}: {tried}")
        elif word in RULES:
            if not RULES[word](value, argument):
                found.append(f"{value!r} against {word} {argument}")
        else:
            assert word in NOTES, f"the schema uses {word}, which this test does not know"
    return found


def matching(value, patterns):
    return [(value[k], part) for p, part in patterns.items() for k in value if re.search(p, k)]


def remaining(value, part, schema):
    known = {*schema.get("properties", {})}
    known |= {
        key for p in schema.get("patternProperties", {}) for key in value if re.search(p, key)
    }
    return [
        (item, NOTHING if part is False else part)
        for key, item in value.items()
        if key not in known
    ]


NOTHING = {"enum": []}
PARTS = {
    "properties": lambda v, parts, _: [(v[k], part) for k, part in parts.items() if k in v],
    "patternProperties": lambda v, patterns, _: matching(v, patterns),
    "additionalProperties": lambda v, part, schema: remaining(
        v, {} if part is True else part, schema
    ),
    "propertyNames": lambda v, part, _: [(key, part) for key in v],
    "items": lambda v, part, _: [(item, part) for item in v],
}
RULES = {
    "type": lambda value, wanted: True,
    "const": lambda value, wanted: value == wanted,
    "enum": lambda value, wanted: value in wanted,
    "required": lambda value, wanted: set(wanted) <= set(value),
    "minimum": lambda value, wanted: value >= wanted,
    "maximum": lambda value, wanted: value <= wanted,
    "exclusiveMinimum": lambda value, wanted: value > wanted,
    "exclusiveMaximum": lambda value, wanted: value < wanted,
    "minItems": lambda value, wanted: len(value) >= wanted,
    "maxItems": lambda value, wanted: len(value) <= wanted,
    "minProperties": lambda value, wanted: len(value) >= wanted,
    "pattern": lambda value, wanted: re.search(wanted, value) is not None,
}


@pytest.fixture(scope="module")
def schema(mortal):
    said = mortal("config", "schema")
    assert (said.code, said.err) == (0, "")
    return json.loads(said.out)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_fits(schema, path):
    assert faults(parse(path.read_text("utf-8"), path.name).data, schema, schema) == []


def test_every_word_of_a_story_fits(schema):
    text = LINEAGE + (
        "  - repeat: {generations: 2, succession: {elders: heirs},\n"
        "             story: [bury: {cohort: heirs}]}\n"
        "  - copy: {from: elders, to: clones, by: open-loop, read_error: 1e-3}\n"
        "  - age: {cohort: [elders, heirs], by: 5, temperature: 300}\n"
    )
    load(text)
    assert faults(parse(text, "text").data, schema, schema) == []


def test_a_sweep_fits_and_so_does_what_it_is_written_out_as(schema):
    text = LINEAGE + (
        "sweep:\n"
        "  over:\n"
        "    cohorts.elders.rule.rate: {from: 0.01, to: 0.1, count: 2, scale: log}\n"
        "    story.2.age.by: {from: 0 days, to: 2 days, count: 2}\n"
        "    story.4.distil.budget: [30, 60]\n"
        "  by: zip\n"
        "  same_devices: true\n"
    )
    assert faults(parse(text, "text").data, schema, schema) == []
    assert faults(parse(load(text).text(), "text").data, schema, schema) == []


@pytest.mark.parametrize(
    "sweep",
    [
        "5",
        "{}",
        "{over: {}}",
        "{over: {seed: []}}",
        "{over: {cohorts.elders.count: 5}}",
        "{over: {cohorts.elders.count: {from: 1, to: 2}}}",
        "{over: {cohorts.elders.count: {from: 1, to: 2, count: 1}}}",
        "{over: {cohorts.elders.count: {from: 1, to: 2, count: 2, scale: cubic}}}",
        "{over: {cohorts.elders.count: [1]}, by: hand}",
        "{over: {cohorts.elders.count: [1]}, same_devices: 2}",
    ],
)
def test_a_sweep_that_is_refused_by_form_does_not_fit(schema, sweep):
    text = LINEAGE + f"sweep: {sweep}\n"
    with pytest.raises(ConfigError):
        load(text)
    assert faults(parse(text, "text").data, schema, schema)


def test_what_a_run_leaves_behind_fits(schema, lineage):
    written = (lineage.folder / "configuration.yaml").read_text("utf-8")
    assert faults(parse(written, "text").data, schema, schema) == []
    # And other programs read the same in it.
    assert yaml.safe_load(written) == parse(written, "text").data


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 2"),
        ("seed: 7", "seed: -1"),
        ("seed: 7", "sed: 7"),
        ("digits", "digit"),
        ("train: 200", "train: 0"),
        ("count: 2", "count: two"),
        ("layers: [64, 16, 16]", "layers: [64]"),
        ("rule: mono-forward", "rule: mono"),
        ("rule: mono-forward", "rule: {name: mono-forward, rate: 0}"),
        ("{like: elders}", "{liked: elders}"),
        ("epochs: 2}", "epochs: 2.5}"),
        ("3 years", "[3]"),
        ("softening: 4", "softening: 0"),
        ("budget: 100", "budget: 0"),
        ("- bury:", "- burry:"),
        ("by: write-verify", "by: hand"),
        ("cohort: [heirs, clones]", "cohort: []"),
    ],
)
def test_what_this_program_refuses_by_form_the_schema_refuses_too(schema, old, new):
    assert LINEAGE.count(old) > 0
    text = LINEAGE.replace(old, new, 1)
    with pytest.raises(ConfigError):
        load(text)
    assert faults(parse(text, "text").data, schema, schema)


def test_every_field_says_what_it_is(schema):
    silent = [
        f"{name}.{key}"
        for name, part in schema["$defs"].items()
        if not name.startswith("_")
        for key, field in part.get("properties", {}).items()
        if key != "name" and "description" not in json.dumps(field)
    ]
    assert not silent
