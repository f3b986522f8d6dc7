import math
import re
from importlib.resources import files

import pytest
import yaml
from pydantic import BaseModel, ValidationError
from specimens import response, technology

from devices import DeviceError, TechnologyError, preset, preset_names
from devices.technology import (
    Cell,
    ConstantResponse,
    ExactResponse,
    LinearResponse,
    SoftBoundsResponse,
    Spread,
    Technology,
    Wear,
    Write,
)

NOT_NUMBERS = {"name", "summary", "source", "valid_range", "sources", "not_modelled"}


def written(name):
    """Return what a file of the catalog says, unchecked."""
    return yaml.safe_load((files("devices.catalog") / f"{name}.yaml").read_text("utf-8"))


def numbers_of(told, path=""):
    """Yield the dotted paths of all values but names of kinds."""
    for key, value in told.items():
        if isinstance(value, dict):
            yield from numbers_of(value, f"{path}{key}.")
        elif key != "kind":
            yield f"{path}{key}"


def test_the_catalog_holds_the_presets_it_promises():
    assert set(preset_names()) >= {
        "capacitor-li2018", "ecram-mo-kim2019", "ecram-tang2018", "exact", "gokmen-vlasov2016",
        "idealized-rasch2019", "mortal-default", "pcm-inference-nandakumar2019",
        "pcm-training-nandakumar2020", "reram-array-hfo2-gong2022", "reram-array-om-gong2022",
        "reram-es-gong2018", "reram-sb-gong2018",
    }  # fmt: skip
    assert list(preset_names()) == sorted(preset_names())


@pytest.mark.parametrize("name", preset_names())
def test_every_number_of_a_preset_has_its_source(name):
    told, declared = written(name), preset(name)
    paths = list(numbers_of({key: told[key] for key in told.keys() - NOT_NUMBERS}))
    orphans = [path for path in paths if not declared.source_of(path)]
    assert not orphans, f"no source for {orphans}"
    assert paths or isinstance(declared.response, ExactResponse)
    assert declared.summary
    assert declared.source


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_says_what_it_holds_for_and_what_it_leaves_out(name):
    declared = preset(name)
    assert declared.valid_range
    assert declared.not_modelled or name == "exact"
    if name not in ("exact", "mortal-default"):
        assert re.search(r"doi:10\.\d+/|arXiv:\d{4}\.|IEEE document \d+", declared.source)
        assert "aihwkit" in declared.source


@pytest.mark.parametrize("name", preset_names())
def test_every_source_belongs_to_something_said(name):
    told, declared = written(name), preset(name)
    paths = list(numbers_of({key: told[key] for key in told.keys() - NOT_NUMBERS}))
    paths += [f"{piece}.kind" for piece in ("response", "cell") if "kind" in told.get(piece, {})]
    for path, source in declared.sources.items():
        piece = path.removesuffix("*")
        is_whole = path.endswith("*")
        assert any(p == path or (is_whole and p.startswith(piece)) for p in paths), path
        assert source.strip()


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_named_as_its_file(name):
    assert preset(name).name == name
    assert "name" not in written(name)
    assert preset(name) is preset(name)


def test_a_source_is_that_of_the_number_or_of_its_piece():
    declared = technology().model_copy(
        update={"sources": {"spread.*": "paper", "spread.initial": "assumed"}}
    )
    assert declared.source_of("spread.initial") == "assumed"
    assert declared.source_of("spread.step") == "paper"
    assert declared.source_of("read.voltage") is None


# Each row: dw_min, dtod, c2c, up_down dtod, w_min, w_max, w_min dtod, w_max dtod. From aihwkit
# src/aihwkit/simulator/presets/devices.py (commit 0eabf65d), as in devices.md section 6.
GOLDEN = {
    "reram-sb-gong2018": (0.002, 0.3, 3.75, 0.01, -0.75, 1.25, 0.4, 0.24),
    "capacitor-li2018": (0.005, 0.1, 0.3, 0.06, -1.0, 1.0, 0.07, 0.07),
    "ecram-tang2018": (0.002, 0.1, 0.3, 0.01, -0.8276, 1.1724, 0.05, 0.05),
    "gokmen-vlasov2016": (0.0016, 0.3, 0.3, 0.01, -1.0, 1.0, 0.3, 0.3),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_presets_have_the_numbers_of_their_fits(name):
    how, spread = preset(name).response, preset(name).spread
    assert (
        how.step, spread.step, how.cycle_noise, spread.asymmetry, how.w_min, how.w_max,
        spread.w_min, spread.w_max,
    ) == GOLDEN[name]  # fmt: skip
    assert how.asymmetry == 0
    assert spread.step_shape == "normal"
    assert spread.stuck == 0


def test_presets_have_the_responses_of_their_fits():
    gong, li = preset("reram-sb-gong2018"), preset("capacitor-li2018")
    tang, gokmen = preset("ecram-tang2018"), preset("gokmen-vlasov2016")
    assert type(gong.response) is SoftBoundsResponse
    assert gong.response.noise == "additive"  # mult_noise False
    assert type(li.response) is LinearResponse
    assert (li.response.gamma_up, li.response.gamma_down, li.spread.gamma) == (0.05, 0.05, 0.01)
    assert li.response.noise == "additive"
    assert li.spread.decay == 0.3  # lifetime_dtod
    assert type(tang.response) is LinearResponse
    assert (tang.response.gamma_up, tang.response.gamma_down) == (0.1153, 0.5085)
    assert tang.spread.gamma == 0.05
    assert tang.response.noise == "multiplicative"  # mult_noise True
    assert type(gokmen.response) is ConstantResponse


@pytest.mark.parametrize(
    ("name", "bound", "noise"),
    [("reram-sb-gong2018", 20, 0.1), ("capacitor-li2018", 20, 0.1), ("ecram-tang2018", 20, 0.1),
     ("gokmen-vlasov2016", 12, 0.06)],
)  # fmt: skip
def test_read_paths_have_the_numbers_of_their_source(name, bound, noise):
    # aihwkit presets/utils.py PresetIOParameters, and the defaults of IOParameters.
    read = preset(name).read
    assert (read.dac_bits, read.adc_bits, read.output_bound) == (7, 9, bound)
    assert (read.output_noise, read.noise_management) == (noise, "abs-max")
    assert preset(name).write.train_length == 31


def test_symmetry_points_of_shifted_presets_lie_at_zero():
    """ "The range is shifted, so that the symmetry point is at zero" (aihwkit on ECRAM)."""
    for name in ("ecram-tang2018", "reram-sb-gong2018", "mortal-default"):
        assert preset(name).response.asymmetry == 0


def test_the_exact_control_has_no_physics():
    exact = preset("exact")
    assert not exact.is_pulsed
    assert exact.retention is None
    assert exact.wear is None
    assert exact.read.dac_bits is exact.read.adc_bits is None
    assert exact.read.output_noise == exact.read.curvature == 0
    assert preset("mortal-default").is_pulsed


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("mortal-defualt", "mortal-default"), ("Exact", "exact"), ("reram-gong2018", "reram-sb-gong")],
)
def test_an_unknown_name_offers_the_nearest(wrong, near):
    with pytest.raises(TechnologyError, match=rf"{wrong!r}; did you mean {near}") as caught:
        preset(wrong)
    assert "there are: capacitor-li2018" in str(caught.value)
    assert isinstance(caught.value, DeviceError)
    assert isinstance(caught.value, ValueError)


def test_a_name_like_no_other_lists_them_all():
    with pytest.raises(TechnologyError, match="no technology is called 'zzz' ") as caught:
        preset("zzz")
    assert "did you mean" not in str(caught.value)


def test_names_are_those_of_files():
    for name in preset_names():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    with pytest.raises(ValidationError, match="name"):
        Technology(name="Not A File", response=ExactResponse())


def pieces(model, seen=()):
    """Yield the declarations that make a technology."""
    yield model
    for field in type(model).model_fields:
        value = getattr(model, field)
        if isinstance(value, BaseModel):
            yield from pieces(value)


def full():
    return technology(
        "linear",
        pieces={"retention": {"decay_time": 1.0}, "wear": {"endurance": 10.0}, "disturb": {}},
    )


def test_declarations_are_frozen():
    seen = 0
    for piece in pieces(full()):
        for field in type(piece).model_fields:
            with pytest.raises(ValidationError, match="frozen"):
                setattr(piece, field, getattr(piece, field))
            seen += 1
    assert seen > 60


def test_unknown_keys_are_refused():
    for piece in pieces(full()):
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            type(piece).model_validate(piece.model_dump() | {"setp": 1})


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(bad):
    refused = 0
    for piece in pieces(full()):
        for field, value in piece.model_dump().items():
            if isinstance(value, float):
                with pytest.raises(ValidationError):
                    type(piece).model_validate(piece.model_dump() | {field: bad})
                refused += 1
    assert refused > 35


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: response(step=0.0), "greater than 0"),
        (lambda: response(w_max=-1.0), "greater than 0"),
        (lambda: response(w_min=0.5), "less than or equal to 0"),
        (lambda: response(asymmetry=1.0), "less than 1"),
        (lambda: response("linear", gamma_up=1.2), "less than or equal to 1"),
        (lambda: Write(train_length=32), "less than or equal to 31"),
        (lambda: Cell(g_min="5 uS", g_max="5 uS"), "g_max must exceed g_min"),
        (lambda: Spread(wafer=0.5, row=0.4, column=0.2), "must not exceed 1, found 1.1"),
        (lambda: Wear(endurance=0.0), "greater than 0"),
        (lambda: Wear(endurance=1.0, closure=1.0), "less than 1"),
        (lambda: Technology(name="x", response={"kind": "stepwise"}), "stepwise"),
    ],
)
def test_numbers_outside_their_range_are_refused(build, message):
    with pytest.raises(ValidationError, match=message):
        build()


def test_every_number_carries_unit_and_meaning():
    for piece in pieces(full()):
        for name, field in type(piece).model_fields.items():
            assert field.description or name == "kind", f"{type(piece).__name__}.{name}"
            if field.annotation in (int, float, int | None, float | None):
                assert field.json_schema_extra["unit"], f"{type(piece).__name__}.{name}"
