import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import distill
from distill.channel import CHANNEL_RANGE, half_step
from distill.targets import hard, soft
from distill.transfer import PROBE_LIMIT

PER_DEVICE = ("agreement_before", "agreement_after", "divergence_before", "divergence_after")


class Counting:
    """A teacher that remembers every input it was asked."""

    def __init__(self, function):
        self.function, self.calls = function, []

    def answer(self, inputs):
        self.calls.append(np.array(inputs))
        return self.function(inputs)


def test_the_bits_are_those_counted_by_hand(make_teacher, make_recorder, pool):
    # 25 answers of 3 classes at 6 bits, 25 questions of 4 features at 8 bits.
    teacher, student = make_teacher(devices=2), make_recorder(2)
    paid = distill.transfer(teacher, student, pool, budget=25, bits=6, random=0)
    assert (paid.asked, paid.classes, paid.bits_per_answer) == (25, 3, 18)
    assert (paid.answer_bits, paid.input_bits) == (450, 800)
    named = distill.transfer(teacher, student, pool, answers="hard", budget=25, random=0)
    assert (named.bits_per_answer, named.answer_bits, named.input_bits) == (2, 50, 800)
    dots = distill.transfer(teacher, student, pool, budget=25, bits_per_feature=1, random=0)
    assert (dots.answer_bits, dots.input_bits) == (600, 100)


def test_repeats_are_asked_again_and_paid_again(make_teacher, make_recorder, pool):
    teacher, student = Counting(make_teacher()), make_recorder()
    transcript = distill.transfer(teacher, student, pool, budget=150, random=0)
    assert [len(call) for call in teacher.calls] == [150]
    assert transcript.answer_bits == 150 * 24
    assert len(student.lessons[0][0]) == 150
    assert (transcript.probe_count, transcript.probe_was_asked) == (60, True)


def test_the_probe_costs_nothing(make_teacher, make_recorder, pool):
    few = distill.transfer(make_teacher(), make_recorder(), pool[:30], probe=pool[:5])
    many = distill.transfer(make_teacher(), make_recorder(), pool[:30], probe=pool)
    assert (few.probe_count, many.probe_count) == (5, 60)
    assert few.answer_bits == many.answer_bits


def test_the_student_is_handed_inputs_and_targets_once_and_nothing_else(
    make_teacher, make_recorder, pool
):
    student = make_recorder(2)
    distill.transfer(make_teacher(devices=2), student, pool, budget=25, random=0)
    ((inputs, targets),) = student.lessons
    assert inputs.shape == (25, 4)
    assert targets.shape == (2, 25, 3)
    assert targets.dtype == np.float32
    targets += 1  # a student may work in place


def test_soft_answers_arrive_within_the_half_step_of_the_channel(make_teacher, make_recorder, pool):
    teacher = make_teacher(devices=2)
    for bits in (4, 8, 12):
        student = make_recorder(2)
        distill.transfer(teacher, student, pool, bits=bits, softening=4.0)
        inputs, targets = student.lessons[0]
        assert np.array_equal(inputs, pool)
        # A difference of at most half a step in z is at most a factor exp(2 half_step / T) in p.
        ratio = np.abs(np.log(targets) - np.log(soft(teacher(pool), 4.0))).max()
        assert 0 < ratio <= 2 * half_step(bits) / 4.0 + 1e-5, (bits, ratio)


def test_hard_answers_arrive_whole(make_teacher, make_recorder, pool):
    teacher, student = make_teacher(devices=2), make_recorder(2)
    distill.transfer(teacher, student, pool, answers="hard", bits=1)
    assert np.array_equal(student.lessons[0][1], hard(teacher(pool)))


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 1e3))
def test_a_teacher_at_another_scale_teaches_the_same(factor):
    random = np.random.default_rng(0)
    pool, weights = random.standard_normal((60, 4)), random.standard_normal((2, 4, 3))
    lessons = []
    for scale in (1.0, factor):
        student = Lesson(2, 3)
        distill.transfer(lambda inputs, scale=scale: scale * (inputs @ weights), student, pool)
        lessons.append(student.targets)
    # Rounding may move an answer that lies between two levels by one of them.
    error = np.abs(lessons[0] - lessons[1]).max()
    assert error < 2 * half_step(8) / 4, error


def test_one_device_s_scale_does_not_reach_another(make_teacher, make_recorder, pool):
    teacher, lessons = make_teacher(devices=3), []
    for factors in ([1, 1, 1], [1, 1024, 1]):
        student = make_recorder(3)
        scale = np.array(factors)[:, np.newaxis, np.newaxis]
        distill.transfer(lambda x, scale=scale: scale * teacher(x), student, pool)
        lessons.append(student.lessons[0][1])
    assert np.array_equal(lessons[0], lessons[1])


def test_a_teacher_without_an_opinion_teaches_an_even_one(make_recorder, pool):
    student = make_recorder()
    transcript = distill.transfer(lambda x: np.full((len(x), 3), -1.1), student, pool)
    assert np.array_equal(student.lessons[0][1], np.full((1, 60, 3), np.float32(1 / 3)))
    assert transcript.divergence_after[0] == 0


def test_what_lies_beyond_the_range_saturates(make_recorder):
    # One loud sample among many quiet ones: sqrt(50) times the root-mean-square.
    loud = np.zeros((50, 2))
    loud[0] = 5, -5
    student = make_recorder(classes=2)
    distill.transfer(lambda x: loud, student, np.arange(50.0)[:, np.newaxis], softening=16, bits=16)
    top = student.lessons[0][1][0, 0, 0]
    assert np.isclose(top, 1 / (1 + np.exp(-2 * CHANNEL_RANGE / 16)))


def test_each_chosen_input_is_asked_once_and_the_probe_is_the_rest(
    make_teacher, make_recorder, pool
):
    teacher, student = Counting(make_teacher()), make_recorder()
    transcript = distill.transfer(teacher, student, pool, budget=25, random=0)
    asked, probe = teacher.calls
    assert np.array_equal(asked, student.lessons[0][0])
    assert (transcript.probe_count, transcript.probe_was_asked) == (35, False)
    both = np.concatenate([asked, probe])
    assert np.array_equal(both[np.lexsort(both.T)], pool[np.lexsort(pool.T)])


def test_a_probe_drawn_from_a_large_pool_is_bounded(make_teacher, make_recorder):
    large = np.random.default_rng(0).standard_normal((PROBE_LIMIT + 500, 4))
    transcript = distill.transfer(make_teacher(), make_recorder(), large, budget=10, random=0)
    assert transcript.probe_count == PROBE_LIMIT
    transcript = distill.transfer(make_teacher(), make_recorder(), large, probe=large)
    assert transcript.probe_count == PROBE_LIMIT + 500


def test_without_a_budget_the_pool_is_asked_once_in_order(make_teacher, make_recorder, pool):
    teacher, student = Counting(make_teacher()), make_recorder()
    transcript = distill.transfer(teacher, student, pool)
    assert len(teacher.calls) == 1
    assert np.array_equal(teacher.calls[0], pool)
    assert (transcript.asked, transcript.probe_was_asked) == (60, True)


def test_a_seed_and_its_generator_ask_the_same_and_another_seed_does_not(
    make_teacher, make_recorder, pool
):
    asked = []
    for random in (7, np.random.default_rng(7), np.int64(7), 8):
        student = make_recorder()
        distill.transfer(make_teacher(), student, pool, budget=25, random=random)
        asked.append(student.lessons[0][0])
    assert np.array_equal(asked[0], asked[1])
    assert np.array_equal(asked[0], asked[2])
    assert not np.array_equal(asked[0], asked[3])


def test_the_order_of_devices_does_not_matter(make_teacher, make_student, pool):
    teacher, order = make_teacher(devices=4), [2, 0, 3, 1]
    straight, shuffled = make_student(4, 4, 3, epochs=5), make_student(4, 4, 3, epochs=5)
    shuffled.weights = shuffled.weights[order]
    first = distill.transfer(teacher, straight, pool, budget=40, random=1)
    second = distill.transfer(lambda x: teacher(x)[order], shuffled, pool, budget=40, random=1)
    for name in PER_DEVICE:
        assert np.allclose(getattr(first, name)[order], getattr(second, name), atol=1e-12), name
    assert np.allclose(straight.weights[order], shuffled.weights, atol=1e-12)


def test_teacher_i_teaches_student_i(make_teacher, make_student, pool):
    teacher, student = make_teacher(devices=3), make_student(3, 4, 3)
    distill.transfer(teacher, student, pool)
    heirs = distill.agreement(teacher(pool), student.answer(pool))
    strangers = distill.agreement(teacher(pool)[[1, 2, 0]], student.answer(pool))
    assert heirs.min() > 0.9
    assert strangers.max() < 0.7


def test_one_teacher_teaches_all_where_the_pairing_says_so(make_teacher, make_recorder, pool):
    student = make_recorder(5)
    transcript = distill.transfer(make_teacher(), student, pool, pairing="one-to-all")
    targets = student.lessons[0][1]
    assert targets.shape == (5, 60, 3)
    assert (targets == targets[:1]).all()
    assert transcript.devices == 5
    assert transcript.answer_bits == 60 * 24


@pytest.mark.parametrize(
    ("teachers", "students", "pairing", "message"),
    [
        (2, 3, "one-to-one", "given are teachers 2, students 3$"),
        (1, 3, "one-to-one", "teachers 1, students 3; pairing='one-to-all' lets"),
        (3, 1, "one-to-one", "teachers 3, students 1$"),
        (2, 2, "one-to-all", "has one teacher, given are 2"),
    ],
)
def test_counts_that_do_not_pair_are_refused(
    teachers, students, pairing, message, make_teacher, make_recorder, pool
):
    student = make_recorder(students)
    with pytest.raises(distill.PairingError, match=message):
        distill.transfer(make_teacher(devices=teachers), student, pool, pairing=pairing)
    assert student.lessons == []


def test_teachers_and_students_of_other_classes_are_refused(make_teacher, make_recorder, pool):
    student = make_recorder(classes=4)
    with pytest.raises(distill.PairingError, match="teacher answers 3 classes, the student 4"):
        distill.transfer(make_teacher(), student, pool)
    assert student.lessons == []


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"answers": "sotf"}, distill.SettingError, "did you mean 'soft'"),
        ({"answers": "gradients"}, distill.SettingError, "allowed are 'soft', 'hard', 'top-k'"),
        ({"pairing": "one-to-al"}, distill.SettingError, "did you mean 'one-to-all'"),
        ({"softening": 0}, distill.SettingError, "softening is 0"),
        ({"softening": "4"}, distill.SettingError, "softening is '4'"),
        ({"bits": 17}, distill.SettingError, "bits is 17"),
        ({"bits_per_feature": 0}, distill.SettingError, "bits_per_feature is 0"),
        ({"budget": 0, "random": 1}, distill.SettingError, "budget is 0"),
        ({"budget": -4}, distill.SettingError, "budget is -4"),
        ({"budget": 5}, distill.SettingError, "give random"),
        ({"budget": 5, "random": -1}, distill.SettingError, "random is -1"),
        ({"budget": 5, "random": "seed"}, distill.SettingError, "random is 'seed'"),
        ({"inputs": np.zeros(4)}, distill.InputError, "inputs have shape"),
        ({"inputs": np.full((3, 4), np.nan)}, distill.InputError, "in inputs are NaN"),
        ({"probe": np.full((3, 4), np.inf)}, distill.InputError, "in probe are NaN"),
        ({"probe": np.zeros((3, 5))}, distill.InputError, "5 features, the inputs have 4"),
        ({"teacher": 4}, distill.ProtocolError, "int cannot teach"),
        ({"student": 4}, distill.ProtocolError, "int cannot be a student"),
    ],
)
def test_what_is_wrong_is_said_before_anyone_is_asked(
    change, error, message, make_teacher, make_recorder, pool
):
    teacher = Counting(make_teacher())
    given = {"teacher": teacher, "student": make_recorder(), "inputs": pool, **change}
    with pytest.raises(error, match=message):
        distill.transfer(**given)
    assert teacher.calls == []


def test_a_teacher_that_breaks_teaches_nothing(make_recorder, pool):
    student = make_recorder()
    with pytest.raises(distill.AnswerError, match="the teacher's 180 numbers are NaN"):
        distill.transfer(lambda x: np.full((len(x), 3), np.nan), student, pool)
    assert student.lessons == []


def test_a_student_that_breaks_is_named(make_teacher, make_recorder, pool):
    student = make_recorder()
    student.answers = student.answers * np.nan
    with pytest.raises(distill.AnswerError, match="the student's 180 numbers"):
        distill.transfer(make_teacher(), student, pool)


@pytest.mark.parametrize("budget", [25, 60, 150])
def test_a_student_that_already_knows_differs_in_nothing_but_scale(make_teacher, pool, budget):
    teacher = make_teacher(devices=2)
    twin = Counting(lambda x: 100 * teacher(x))
    twin.learn = lambda inputs, targets: None
    transcript = distill.transfer(teacher, twin, pool, budget=budget, random=0)
    assert transcript.agreement_before.tolist() == [1.0, 1.0]
    assert transcript.divergence_after.max() < 1e-9


def test_the_divergence_is_that_of_scaled_and_softened_answers(make_teacher, make_recorder, pool):
    # An even student lacks all that the targets say, log2 3 - H at the transfer's softening.
    teacher = make_teacher(devices=2)
    for softening in (1.0, 4.0):
        transcript = distill.transfer(teacher, make_recorder(2), pool, softening=softening)
        lacking = np.log2(3) - distill.entropy(soft(teacher(pool), softening)).mean(axis=1)
        assert np.allclose(transcript.divergence_before, lacking, atol=1e-6), softening


def test_a_transcript_cannot_be_rewritten(make_teacher, make_recorder, pool):
    transcript = distill.transfer(make_teacher(), make_recorder(), pool)
    with pytest.raises(AttributeError):
        transcript.asked = 1
    for name in PER_DEVICE:
        with pytest.raises(ValueError, match="read-only"):
            getattr(transcript, name)[0] = 1


def test_a_transcript_says_in_two_lines_what_was_paid_and_what_came_of_it(pool):
    same = np.array([0.25, 0.75])
    transcript = distill.Transcript(
        asked=1000,
        classes=10,
        answers="soft",
        softening=4.0,
        bits_per_answer=80,
        answer_bits=80_000,
        input_bits=512_000,
        agreement_before=same / 5,
        agreement_after=same,
        divergence_before=same + 1,
        divergence_after=same,
        probe_count=797,
        probe_was_asked=False,
    )
    assert transcript.summary() == (
        "1,000 soft answers of 10 classes at softening 4: "
        "80,000 bits a device, inputs 512,000 bits\n"
        "agreement 0.100 -> 0.500, divergence 1.500 -> 0.500 bits (2 devices, 797 probe inputs)"
    )
    assert repr(transcript).startswith("Transcript(devices=2, asked=1000, classes=10, ")
    same[0] = 9  # the record is its own copy
    assert transcript.agreement_after[0] == 0.25


def test_a_transcript_says_when_the_probe_was_taught(make_teacher, make_recorder, pool):
    transcript = distill.transfer(make_teacher(), make_recorder(), pool, answers="hard")
    assert "1 device, 60 inputs that were asked" in transcript.summary()
    assert "softening" not in transcript.summary()


class Lesson:
    """A student that keeps its last targets; hypothesis cannot take fixtures of one test."""

    def __init__(self, devices, classes):
        self.shape, self.targets = (devices, 1, classes), None

    def answer(self, inputs):
        return np.zeros((self.shape[0], len(inputs), self.shape[2]))

    def learn(self, inputs, targets):
        self.targets = targets
