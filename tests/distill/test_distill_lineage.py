"""Generation after generation, and how fast they forget."""

import numpy as np
import pytest

import distill
from distill.decay import fit_decay

GENERATIONS = np.arange(11)


@pytest.mark.parametrize("half_life", [0.5, 1.0, 3.0, 8.0])
@pytest.mark.parametrize(("start", "end"), [(0.95, 0.7), (0.9, 0.1), (0.5, 0.9)])
def test_an_exact_exponential_is_found(half_life, start, end):
    decay = fit_decay(end + (start - end) * 2.0 ** (-GENERATIONS / half_life), chance=0.1)
    assert decay.half_life == pytest.approx(half_life, rel=1e-4)
    assert decay.fixed_point == pytest.approx(end, abs=1e-4)
    assert decay.start == pytest.approx(start, abs=1e-4)
    assert decay.low <= decay.half_life <= decay.high


def test_the_interval_of_a_half_life_covers_it_as_often_as_it_says():
    random = np.random.default_rng(0)
    exact = 0.7 + 0.25 * 2.0 ** (-GENERATIONS / 3)
    found = [fit_decay(exact + 0.005 * random.standard_normal(11), 0.1) for _ in range(200)]
    covered = np.mean([decay.low <= 3 <= decay.high for decay in found])
    # Binomial of 200 at .95: standard deviation .015.
    assert 0.9 < covered < 0.99, covered


@pytest.mark.parametrize(
    "accuracies",
    [
        np.full(11, 0.9),
        0.9 + 0.003 * np.random.default_rng(1).standard_normal(11),
        0.95 - 0.01 * GENERATIONS,
        [0.9, 0.8, 0.7],
    ],
    ids=["flat", "noise", "line", "too few"],
)
def test_what_the_generations_do_not_tell_is_not_told(accuracies):
    decay = fit_decay(accuracies, chance=0.1)
    assert (decay.half_life, decay.low, decay.high, decay.fixed_point) == (None,) * 4


def test_a_loss_that_is_over_at_once_has_a_fixed_point_and_no_half_life():
    decay = fit_decay([0.95] + [0.8] * 9)
    assert decay.half_life is None
    assert decay.fixed_point == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize("given", [[0.9, np.nan, 0.8, 0.7], [1.2] * 5, [], [[0.9] * 5]])
def test_accuracies_that_are_none_are_refused(given):
    with pytest.raises(distill.SettingError, match="numbers from 0 to 1"):
        fit_decay(given)


@pytest.fixture(scope="module")
def digits():
    datasets = pytest.importorskip("sklearn.datasets")
    inputs, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(inputs))
    return inputs[order] / 16, labels[order]


@pytest.fixture
def founder(digits, make_student):
    elder = make_student(1, 64, 10)
    elder.learn(digits[0][:400], np.eye(10)[digits[1][:400]][np.newaxis])
    return elder


def test_a_lineage_tells_every_generation(digits, founder, make_student):
    inputs, labels = digits
    told = distill.lineage(
        founder,
        lambda generation: make_student(1, 64, 10, seed=generation, epochs=20),
        inputs[400:1300],
        generations=4,
        teaching={"budget": 300},
        exam=(inputs[1300:], labels[1300:]),
        random=1,
    )
    assert [transcript.asked for transcript in told.transcripts] == [300] * 4
    assert [scores.shape for scores in told.accuracies] == [(1,)] * 5
    assert told.accuracy()[0] > 0.9
    assert told.accuracy()[-1] > told.accuracy()[0] - 0.08, told.accuracy()
    assert told.peer_rounds == ()
    last = distill.accuracy(told.last.answer(inputs[1300:]), labels[1300:])
    assert np.array_equal(last, told.accuracies[-1])


def test_each_generation_is_taught_by_the_one_before(make_student, make_teacher, pool):
    grown, aged = [], []

    def grow(generation):
        grown.append(make_student(1, 4, 3, seed=generation, epochs=5))
        return grown[-1]

    def age(generation, elders):
        aged.append((generation, elders))

    founder = make_teacher()
    told = distill.lineage(founder, grow, pool, generations=3, between=age)
    assert [generation for generation, _ in aged] == [0, 1, 2]
    assert [elders for _, elders in aged] == [founder, *grown[:2]]
    assert told.last is grown[-1]
    wanted = distill.transfer(grown[1], make_student(1, 4, 3, seed=3, epochs=5), pool)
    assert np.array_equal(told.transcripts[2].agreement_after, wanted.agreement_after)


def test_inputs_and_terms_may_be_each_generation_s_own(make_student, make_teacher, pool):
    students = {}

    def grow(generation):
        students[generation] = make_student(3, 4, 3, epochs=1)
        return students[generation]

    told = distill.lineage(
        make_teacher(),
        grow,
        lambda generation: pool[20 * generation - 20 : 20 * generation],
        generations=3,
        teaching=lambda generation: {
            "pairing": "one-to-all" if generation == 1 else "all-to-each",
            "answers": "hard" if generation == 2 else "soft",
        },
        peers={"rounds": 2, "per_round": 10},
        random=4,
    )
    assert [transcript.answers for transcript in told.transcripts] == ["soft", "hard", "soft"]
    for generation, student in students.items():
        lesson, first, second = (inputs for inputs, _ in student.lessons)
        assert np.array_equal(lesson, pool[20 * generation - 20 : 20 * generation])
        assert len(first) == len(second) == 10
    assert [len(rounds) for rounds in told.peer_rounds] == [2, 2, 2]
    with pytest.raises(distill.SettingError, match="not examined"):
        told.accuracy()


class Noisy:
    """A student whose every answer is blurred by noise of its own, and which is exact inside."""

    def __init__(self, student, noise):
        self.student, self.noise = student, noise
        self.learn, self.random = student.learn, np.random.default_rng(len(student.weights))

    def answer(self, inputs):
        said = self.student.answer(inputs)
        spread = self.noise * np.std(said, axis=(1, 2), keepdims=True)
        return said + spread * self.random.standard_normal(said.shape)


def test_a_lineage_of_four_noisy_elders_keeps_more_than_one_of_one(digits, make_student):
    inputs, labels = digits
    exam, lost = (inputs[1300:], labels[1300:]), {}
    for elders, pairing in ((1, "one-to-one"), (4, "all-to-each")):
        founder = make_student(elders, 64, 10, epochs=20)
        founder.learn(inputs[:400], np.tile(np.eye(10)[labels[:400]], (elders, 1, 1)))
        told = distill.lineage(
            Noisy(founder, 0.7),
            lambda generation, n=elders: Noisy(make_student(n, 64, 10, epochs=10), 0.7),
            inputs[400:1300],
            generations=5,
            teaching={"budget": 400, "pairing": pairing},
            random=1,
        )
        knew = distill.accuracy(founder.answer(exam[0]), exam[1]).mean()
        knows = distill.accuracy(told.last.student.answer(exam[0]), exam[1]).mean()
        lost[elders] = knew - knows
    assert lost[4] < lost[1] - 0.05, lost


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"generations": 0}, distill.SettingError, "generations is 0"),
        ({"grow": 3}, distill.SettingError, "grow is called"),
        ({"teaching": {"random": 1}}, distill.SettingError, "teaching has a random of its own"),
        ({"teaching": {"softening": 0}}, distill.SettingError, "softening is 0"),
        ({"exam": (np.zeros((2, 4)), [0, 9])}, distill.AnswerError, "labels run from 0 to 9"),
        ({"founder": 4}, distill.ProtocolError, "int cannot teach"),
    ],
)
def test_a_lineage_that_cannot_be_is_refused(
    given, error, message, make_student, make_teacher, pool
):
    grown = make_student(1, 4, 3)
    with pytest.raises(error, match=message):
        distill.lineage(
            **{
                "founder": make_teacher(),
                "grow": lambda generation: grown,
                "inputs": pool,
                "generations": 2,
                **given,
            }
        )
    assert grown.lessons == []
