import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from specimens import grown, technology

from devices import Fidelity, probe, program
from devices.errors import DeviceError
from devices.identity import CounterOverflow, Purpose, Stream, philox
from devices.normal_tables import normals_of

TOP = 2**32
ONES = 0xFFFFFFFF


def words_of(seed=1, purpose=Purpose.CELL, array=0, serial=5, event=3, place=0, count=4096):
    stream = Stream(seed, purpose, array, np.array([serial]))
    return stream.words(event, count, place)[0]


# Known answers of Random123 (Salmon et al. 2011), file kat_vectors, philox4x32 10.
@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((ONES,) * 4, (ONES, ONES), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_gives_the_known_answers(counter, key, expected):
    words = philox(tuple(np.array([word], np.uint64) for word in counter), key)
    assert " ".join(f"{int(word[0]):08x}" for word in words) == expected


@given(
    st.integers(0, ONES), st.sampled_from(Purpose), st.integers(0, ONES), st.integers(0, ONES),
    st.integers(0, ONES - 2), st.integers(0, ONES),
)  # fmt: skip
def test_key_is_seed_and_purpose_and_counter_is_place_event_array_serial(
    seed, purpose, array, serial, place, event
):
    found = words_of(seed, purpose, array, serial, event, place, count=12)
    places = np.array([place, place + 1, place + 2], np.uint64)
    others = (np.full(3, number, np.uint64) for number in (event, array, serial))
    words = philox((places, *others), (seed, int(purpose)))
    assert np.array_equal(found.reshape(3, 4), np.stack(words, axis=1))


def test_purposes_are_never_renumbered():
    assert [purpose.name for purpose in Purpose if purpose < 40] == [
        "WAFER", "ROW", "COLUMN", "CELL", "ENDURANCE", "STUCK", "ROW_PULSES", "COLUMN_PULSES",
        "CYCLE", "READ", "REVERSE_READ", "PROGRAM", "REST", "PROBE", "RULE", "SHUFFLE",
        "TILT", "WRITE_NOISE", "REFRESH", "FAILURE", "INCREMENT", "CHOPPER",
    ]  # fmt: skip
    assert [int(purpose) for purpose in Purpose if purpose < 40] == [*range(1, 18), *range(30, 35)]


def test_purposes_of_reading_are_never_renumbered():
    assert {purpose.name: int(purpose) for purpose in Purpose if 40 <= purpose < 60} == {
        "CELL_READ": 40, "REVERSE_CELL_READ": 41, "INPUT": 42, "REVERSE_INPUT": 43, "TRAP": 44,
        "TELEGRAPH": 45, "FLICKER": 46, "ROW_FAULT": 47, "COLUMN_FAULT": 48, "TILE_FAULT": 49,
    }  # fmt: skip


def test_normals_have_the_moments_of_a_standard_normal():
    count = 1 << 20
    z = Stream(11, Purpose.READ, 0, np.array([0])).normals(0, count)[0].astype(np.float64)
    found = [z.mean(), z.var() - 1, (z**3).mean(), (z**4).mean() - 3]
    # Standard errors of the sample moments of a normal: sqrt of 1, 2, 15, 96 over n.
    allowed = 5 * np.sqrt(np.array([1, 2, 15, 96]) / count)
    assert (np.abs(found) < allowed).all(), f"deviations {found}, allowed {allowed}"


def test_normals_pass_a_kolmogorov_smirnov_test():
    z = Stream(12, Purpose.READ, 0, np.arange(4)).normals(0, 50_000).ravel()
    distance, chance = stats.kstest(z.astype(np.float64), "norm")
    assert chance > 1e-3, f"distance {distance:.2e}, p {chance:.1e}"


def test_all_words_together_have_mean_zero_and_variance_one():
    half = np.arange(65536, dtype=np.uint32)
    # The first normal of a word is r(high half) cos(low half), the second r sin.
    radius = normals_of(half << np.uint32(16))[::2].astype(np.float64) / np.cos(np.pi / 65536)
    fixed = np.uint32(20_000) << np.uint32(16)
    cosine, sine = (normals_of(half | fixed).reshape(-1, 2) / radius[20_000]).T.astype(np.float64)
    for angle in (cosine, sine):
        assert abs(angle.mean()) < 1e-8
        variance = (radius**2).mean() * (angle**2).mean()
        assert abs(variance - 1) < 1e-6, f"variance off by {variance - 1:.1e}"
    assert abs((cosine * sine).mean()) < 1e-8
    assert 4.85 < radius.max() < 4.86


def test_uniforms_lie_inside_zero_and_one_and_are_uniform(monkeypatch):
    stream = Stream(3, Purpose.STUCK, 0, np.arange(3))
    distance, chance = stats.kstest(stream.uniforms(0, 40_000).ravel(), "uniform")
    assert chance > 1e-3, f"distance {distance:.2e}, p {chance:.1e}"
    extremes = np.array([[0, ONES]], np.uint32)
    monkeypatch.setattr(Stream, "words", lambda *_: extremes)
    assert 0 < stream.uniforms(0, 2)[0, 0] < stream.uniforms(0, 2)[0, 1] < 1


@pytest.mark.parametrize(
    "changed",
    [{"seed": 2}, {"purpose": Purpose.STUCK}, {"array": 1}, {"serial": 6}, {"event": 4},
     {"place": 1024}, {"seed": 4, "purpose": Purpose.ROW}, {"serial": 3, "event": 5}],
)  # fmt: skip
def test_draws_are_independent_of_those_with_another_word(changed):
    count = 1 << 14
    ours, theirs = normals_of(words_of(count=count)), normals_of(words_of(count=count, **changed))
    correlation = np.corrcoef(ours, theirs)[0, 1]
    assert abs(correlation) < 5 / np.sqrt(ours.size), f"correlation {correlation:.4f}"
    assert (ours == theirs).mean() < 1e-2


def test_a_device_draws_the_same_in_any_company_and_order():
    crowd = Stream(1, Purpose.CYCLE, 2, np.array([9, 4, 77, 5]))
    alone = Stream(1, Purpose.CYCLE, 2, np.array([77]))
    events = np.array([3, 1, 8, 2])
    assert np.array_equal(crowd.normals(events, 9000)[2], alone.normals(8, 9000)[0])
    assert np.array_equal(crowd.uniforms(events, 33)[2], alone.uniforms(8, 33)[0])
    scattered = crowd.at(
        np.array([7, 2, 7], np.uint64), np.array([8, 8, 9], np.uint64), np.array([2, 2, 0])
    )
    assert np.array_equal(scattered[0], alone.blocks(np.array([[7]]), np.array([[8]]))[0, 0])
    assert np.array_equal(scattered[2], crowd.blocks(np.array([[7]]), np.array([[9]]))[0, 0])


def test_later_places_continue_where_earlier_ones_end():
    assert np.array_equal(words_of(count=64)[24:], words_of(count=40, place=6))


def test_a_word_beyond_32_bits_is_an_error():
    stream = Stream(0, Purpose.READ, 0, np.array([0]))
    assert stream.words(TOP - 1, 4, TOP - 1).shape == (1, 4)
    for event, place in ((TOP, 0), (-1, 0), (0, TOP), (0, -1)):
        with pytest.raises(CounterOverflow, match=r"0 to 2\^32 - 1"):
            stream.words(event, 4, place)
        wide = (np.array([number]).astype(np.uint64) for number in (place, event))
        with pytest.raises(CounterOverflow):
            stream.at(*wide, np.array([0]))
    for seed, array, serial in ((TOP, 0, 0), (-1, 0, 0), (0, TOP, 0), (0, 0, TOP), (0, 0, -1)):
        with pytest.raises(CounterOverflow):
            Stream(seed, Purpose.READ, array, np.array([serial]))
    assert issubclass(CounterOverflow, DeviceError)
    assert issubclass(CounterOverflow, OverflowError)


def test_a_life_that_outlasts_its_counters_is_stopped():
    array = grown(technology(pieces={"read": {"output_noise": 0.1}}))
    array._counters.reads += TOP - 1
    array.forward(np.ones((1, 4)))
    with pytest.raises(CounterOverflow, match="event"):
        array.forward(np.ones((1, 4)))


def test_no_draw_of_a_whole_life_is_used_twice(monkeypatch):
    seen = []
    draw = Stream._draw

    def noted(self, places, events, serials):
        purpose = np.full(places.size, self._key[1], np.uint64)
        seen.append(np.stack([purpose, places, events, serials], axis=1))
        return draw(self, places, events, serials)

    monkeypatch.setattr(Stream, "_draw", noted)
    spread = dict.fromkeys(
        ("step", "asymmetry", "w_max", "w_min", "gamma", "initial", "cell_gain", "curvature",
         "column_gain", "column_offset", "decay", "drift", "stuck", "wafer", "row", "column"), 0.1,
    )  # fmt: skip
    pieces = {
        "spread": spread | {"devices_per_wafer": 1},
        "read": {"output_noise": 0.1},
        "retention": {"decay_time": 1e6, "diffusion": 0.01, "drift_exponent": 0.05},
        "wear": {"endurance": 1e6},
    }
    made_of = technology("linear", pieces=pieces, cycle_noise=0.3)
    array = grown(made_of, rows=19, columns=21, count=3)
    rng = np.random.default_rng(0)
    for batch, fidelity in zip((3, 1, 2, 5), (*Fidelity.__members__.values(),), strict=True):
        pinned = None if fidelity is Fidelity.COMPOSED else fidelity
        x, d = rng.uniform(-1, 1, (batch, 19)), rng.uniform(-1, 1, (batch, 21))
        array.update(x, d, 0.02, pinned)
        array.forward(x)
        array.backward(d)
        array.wait(10.0)
        probe.weights(array, 0.01)
        program(array, 0.1 * rng.uniform(-1, 1, (19, 21)), "open-loop")
        program(array, 0.1 * rng.uniform(-1, 1, (19, 21)), read_error=0.01, rounds=3)
    counters = np.concatenate(seen)
    assert set(counters[:, 0]) == set(range(1, int(Purpose.RULE)))
    repeated = counters.shape[0] - np.unique(counters, axis=0).shape[0]
    assert repeated == 0, f"{repeated} of {counters.shape[0]} blocks drawn again"
