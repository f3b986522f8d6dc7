"""What may be asked: each source keeps its promise, and none of it examines."""

import numpy as np
import pytest

import distill


@pytest.fixture
def grey() -> np.ndarray:
    """Inputs that tell where their numbers come from: feature f of input s is 100 f + s."""
    return 100.0 * np.arange(3) + np.arange(40.0)[:, np.newaxis]


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(4)


def keys(inputs):
    return {row.tobytes() for row in np.asarray(inputs, dtype=float)}


class Dreamers:
    """Devices that dream their own number, and answer as linear teachers."""

    def __init__(self, devices=2, features=4):
        self.devices, self.features_, self.dreamt = devices, features, 0
        self.weights = np.random.default_rng(0).standard_normal((devices, features, 3))

    def generate(self, count):
        self.dreamt += count
        own = np.arange(self.devices)[:, np.newaxis, np.newaxis]
        fresh = self.dreamt + np.arange(count)[:, np.newaxis] / 1e6
        return own + np.broadcast_to(fresh, (self.devices, count, self.features_)) * 1e-3

    def answer(self, inputs):
        return inputs @ self.weights


def test_a_pool_is_drawn_once_before_anything_is_drawn_twice(grey, random):
    drawn = distill.Pool(grey).draw(100, random)
    assert keys(drawn[:40]) == keys(drawn[40:80]) == keys(grey)
    assert len(keys(drawn[80:])) == 20


def test_an_array_and_its_pool_teach_the_same(make_teacher, make_recorder, pool):
    lessons = []
    for inputs in (pool, distill.Pool(pool), pool.tolist()):
        student = make_recorder()
        distill.transfer(make_teacher(), student, inputs, budget=20, random=0)
        lessons.append(student.lessons[0])
    for inputs, targets in lessons[1:]:
        assert np.array_equal(inputs, lessons[0][0])
        assert np.array_equal(targets, lessons[0][1])


def test_the_marginal_keeps_each_feature_and_loses_what_they_have_to_do(grey, random):
    drawn = distill.Marginal(grey).draw(4000, random)
    assert (drawn // 100 == np.arange(3)).all()
    assert np.allclose(drawn.mean(axis=0), grey.mean(axis=0), atol=4 * 11.6 / np.sqrt(4000))
    assert abs(np.corrcoef(grey.T)[0, 1] - 1) < 1e-9
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 4 / np.sqrt(4000)


def test_uniform_questions_fill_their_range_and_no_more(random):
    drawn = distill.Uniform(2, low=[-1, 0], high=[1, 10]).draw(4000, random)
    assert (drawn >= [-1, 0]).all()
    assert (drawn < [1, 10]).all()
    # The mean of n is off by (high - low) / sqrt(12 n).
    assert np.allclose(drawn.mean(axis=0), [0, 5], atol=4 * 10 / np.sqrt(12 * 4000))


def test_a_mixture_lies_between_two_different_inputs(grey, random):
    drawn = distill.Mixed(grey, share=(2.0, 2.0)).draw(2000, random)
    # All features of an input here share one number s, and so does what lies between two.
    place = drawn - 100 * np.arange(3)
    assert np.ptp(place, axis=1).max() < 1e-9
    assert 0 < place.min() < place.max() < 39
    apart = distill.Mixed(grey, share=(1e-3, 1e-3)).draw(2000, random)
    from_one = np.abs(apart - np.rint(apart)).max(axis=1) < 1e-6
    assert from_one.mean() > 0.98, "a share near 0 or 1 is one input"
    one_of_two = distill.Mixed(grey[:2], share=(500.0, 500.0)).draw(50, random)
    assert np.allclose(one_of_two[:, 0], 0.5, atol=0.1), "never an input with itself"


def test_perturbed_questions_have_the_noise_and_the_gaps_that_were_declared(random):
    flat = np.full((200, 50), 5.0)
    noisy = distill.Perturbed(flat, noise=0.3).draw(200, random)
    assert abs(noisy.std() - 0.3) < 4 * 0.3 / np.sqrt(2 * noisy.size)
    dropped = distill.Perturbed(flat, drop=0.25).draw(200, random)
    assert set(np.unique(dropped)) == {0.0, 5.0}
    assert abs((dropped == 0).mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / flat.size)
    within = distill.Perturbed(flat, noise=3, within=(4, 5.5)).draw(200, random)
    assert (within.min(), within.max()) == (4, 5.5)
    assert np.array_equal(distill.Perturbed(flat).draw(200, random), flat)


@pytest.mark.parametrize("count", [1, 7, 10, 101])
def test_a_blend_takes_its_shares_to_within_one_question(count, grey, random):
    parts = [(grey, 3), (distill.Uniform(3, -2, -1), 1.0), (distill.Uniform(3, -9, -8), 1)]
    drawn = distill.Blend(parts).draw(count, random)[:, 0]
    counts = np.array([(drawn >= 0).sum(), ((drawn < 0) & (drawn > -3)).sum(), (drawn < -3).sum()])
    assert counts.sum() == count
    assert np.abs(counts - count * np.array([0.6, 0.2, 0.2])).max() < 1, counts
    named = distill.Blend({distill.Pool(grey): 0.5, distill.Uniform(3): 0.5})
    assert named.features == 3


def test_dreams_are_shared_out_over_the_devices_and_mixed(random):
    dreamers = Dreamers(devices=3)
    drawn = distill.Generated(dreamers).draw(100, random)
    dreamt_by = np.floor(drawn[:, 0]).astype(int)
    assert sorted(np.bincount(dreamt_by)) == [33, 33, 34]
    assert len(keys(drawn)) == 100
    assert (np.diff(dreamt_by) != 0).mean() > 0.4, "mixed"


def test_a_teacher_teaches_by_its_own_dreams_and_is_examined_by_others(make_recorder):
    student, teacher = make_recorder(2), Dreamers()
    paid = distill.transfer(teacher, student, distill.Generated(teacher), budget=30, random=0)
    asked, _ = student.lessons[0]
    assert asked.shape == (30, 4)
    assert (paid.probe_from, paid.probe_count, paid.probe_overlap) == ("drawn", 1000, 0)
    assert paid.input_bits == 30 * 4 * 8


@pytest.mark.parametrize("choosing", ["random", "margin"])
def test_the_probe_of_made_questions_is_of_their_source_and_not_among_them(
    choosing, make_teacher, make_student
):
    calls = []
    teacher = make_teacher()

    def watched(inputs):
        calls.append(inputs)
        return teacher(inputs)

    # Three values of four features: 81 questions in all, so most are made twice.
    few = distill.Marginal(np.repeat(np.arange(3.0)[:, np.newaxis], 4, axis=1))
    student = make_student(1, 4, 3, epochs=2)
    paid = distill.transfer(watched, student, few, budget=12, rounds=3, choosing=choosing, random=0)
    first, probe, *later = calls
    assert paid.probe_from == "drawn"
    assert paid.probe_overlap == 0 < paid.probe_count == len(probe)
    assert not keys(probe) & keys(np.concatenate([first, *later]))
    assert set(np.unique(probe)) == {0, 1, 2}


def test_a_probe_that_was_given_says_how_much_of_it_was_asked(make_teacher, make_recorder, pool):
    paid = distill.transfer(make_teacher(), make_recorder(), pool[:30], probe=pool)
    assert (paid.probe_from, paid.probe_overlap, paid.probe_count) == ("given", 30, 60)
    assert "60 probe inputs given" in paid.summary()


def test_the_same_seed_makes_the_same_questions(make_teacher, make_recorder, grey):
    for source in (
        distill.Marginal(grey),
        distill.Mixed(grey),
        distill.Perturbed(distill.Blend([(grey, 1), (distill.Uniform(3), 2)]), noise=1, drop=0.1),
    ):
        asked = []
        for seed in (1, 1, 2):
            student = make_recorder()
            teacher = make_teacher(features=3)
            distill.transfer(teacher, student, source, budget=20, random=seed)
            asked.append(student.lessons[0][0])
        assert np.array_equal(asked[0], asked[1])
        assert not np.array_equal(asked[0], asked[2])


def test_classes_are_held_out_with_their_labels():
    inputs, labels = np.arange(12.0).reshape(6, 2), np.array([0, 1, 2, 0, 1, 2])
    kept, truth = distill.without_classes(inputs, labels, [1])
    assert truth.tolist() == [0, 2, 0, 2]
    assert np.array_equal(kept, inputs[[0, 2, 3, 5]])
    kept, truth = distill.only_classes(inputs, labels, [1, 2])
    assert truth.tolist() == [1, 2, 1, 2]
    assert np.array_equal(kept, inputs[[1, 2, 4, 5]])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: distill.Uniform(0), distill.SettingError, "features is 0"),
        (lambda: distill.Uniform(3, 1, 1), distill.SettingError, "low below high"),
        (lambda: distill.Uniform(3, [0, 0], 1), distill.SettingError, "each of 3 features"),
        (lambda: distill.Uniform(3, 0, np.inf), distill.SettingError, "finite numbers"),
        (lambda: distill.Mixed(np.ones((1, 3))), distill.InputError, "at least two"),
        (lambda: distill.Mixed(np.ones((2, 3)), (0, 1)), distill.SettingError, "share is 0"),
        (lambda: distill.Mixed(np.ones((2, 3)), 1.0), distill.SettingError, "two numbers"),  # type: ignore[arg-type]
        (lambda: distill.Marginal(np.ones(3)), distill.InputError, "inputs have shape"),
        (lambda: distill.Perturbed(np.ones((2, 3)), noise=-1), distill.SettingError, "at least 0"),
        (lambda: distill.Perturbed(np.ones((2, 3)), drop=1.5), distill.SettingError, "drop is 1.5"),
        (
            lambda: distill.Perturbed(np.ones((2, 3)), within=(1, 0)),
            distill.SettingError,
            "the lower first",
        ),
        (lambda: distill.Blend([1, 2]), distill.SettingError, "parts are no pairs"),  # type: ignore[list-item]
        (lambda: distill.Uniform(3, "low"), distill.SettingError, "finite numbers"),
        (lambda: distill.Pool([[1], [2, 3]]), distill.InputError, "not an array of numbers"),
        (lambda: distill.Blend({}), distill.SettingError, "parts are no pairs"),
        (lambda: distill.Blend([(np.ones((2, 3)), 0)]), distill.SettingError, "share is 0"),
        (
            lambda: distill.Blend([(np.ones((2, 3)), 1), (distill.Uniform(4), 1)]),
            distill.InputError,
            "parts have 3 and 4 features",
        ),
        (lambda: distill.Generated(np.ones(3)), distill.ProtocolError, "ndarray cannot dream"),
        (
            lambda: distill.only_classes(np.ones((2, 3)), [0, 1], [5]),
            distill.InputError,
            "none is left",
        ),
        (
            lambda: distill.only_classes(np.ones((2, 3)), [0.0, 1.0], [0]),
            distill.InputError,
            "whole numbers, one for each of 2",
        ),
    ],
)
def test_questions_that_cannot_be_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


class Broken(distill.Uniform):
    """A source that gives fewer than it was asked for."""

    def draw(self, count, random):
        return super().draw(count, random)[:-1]


@pytest.mark.parametrize(
    ("source", "settings", "error", "message"),
    [
        (distill.Uniform(4), {}, distill.SettingError, "questions that are made have no end"),
        (distill.Uniform(4), {"budget": 5}, distill.SettingError, "give random"),
        (Broken(4), {"budget": 5, "random": 0}, distill.InputError, r"wanted is \(1005, 4\)"),
        (distill.Uniform, {"budget": 5}, distill.InputError, "give an instance"),
        (
            distill.Uniform(4),
            {"budget": 5, "random": 0, "probe": np.ones((2, 3))},
            distill.InputError,
            "probe has 3 features, the inputs have 4",
        ),
    ],
)
def test_a_source_that_breaks_its_promise_teaches_nothing(
    source, settings, error, message, make_teacher, make_recorder
):
    student = make_recorder()
    with pytest.raises(error, match=message):
        distill.transfer(make_teacher(), student, source, **settings)
    assert student.lessons == []


@pytest.mark.parametrize(
    ("dreams", "message"),
    [
        (lambda count: np.ones((count, 4)), "wanted is"),
        (lambda count: np.full((2, count, 4), np.nan), "the teacher's dreams are NaN"),
        (lambda count: np.ones((2, count, 5)), "dreams 5 features, wanted are 4"),
    ],
)
def test_dreams_that_are_none_are_refused(dreams, message, make_recorder):
    teacher, student = Dreamers(), make_recorder(2)
    teacher.generate = dreams
    with pytest.raises(distill.InputError, match=message):
        distill.transfer(teacher, student, distill.Generated(teacher, 4), budget=5, random=0)
    assert student.lessons == []
