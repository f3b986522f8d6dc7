"""From a taught teacher to an untaught student on real digits, labels left behind."""

import numpy as np
import pytest

import distill

datasets = pytest.importorskip("sklearn.datasets")
linear_model = pytest.importorskip("sklearn.linear_model")


@pytest.fixture(scope="module")
def digits():
    inputs, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(inputs))
    inputs, labels = inputs[order] / 16, labels[order]
    return {
        "lessons": (inputs[:600], labels[:600]),
        "pool": inputs[600:1400],
        "exam": (inputs[1400:], labels[1400:]),
    }


@pytest.fixture(scope="module")
def teacher(digits):
    return linear_model.LogisticRegression(max_iter=500).fit(*digits["lessons"])


@pytest.mark.parametrize("answers", ["soft", "hard"])
def test_a_student_inherits_what_its_teacher_knows(answers, digits, teacher, make_student):
    inputs, labels = digits["exam"]
    student = make_student(1, 64, 10)
    transcript = distill.transfer(
        teacher, student, digits["pool"], answers=answers, budget=500, probe=inputs, random=1
    )
    taught = distill.accuracy(student.answer(inputs), labels)[0]
    elder = teacher.score(inputs, labels)
    assert elder > 0.9
    assert transcript.agreement_before[0] < 0.25, "untaught"
    assert transcript.agreement_after[0] > 0.92, transcript
    assert taught > elder - 0.04, (taught, elder)


def test_soft_answers_bring_the_student_nearer_than_hard_ones(digits, teacher, make_student):
    inputs, _ = digits["exam"]
    nearness = {}
    for answers in ("soft", "hard"):
        student = make_student(1, 64, 10)
        transcript = distill.transfer(
            teacher, student, digits["pool"], answers=answers, budget=100, probe=inputs, random=1
        )
        nearness[answers] = transcript.agreement_after[0]
        assert transcript.divergence_after[0] < transcript.divergence_before[0]
    assert nearness["soft"] > nearness["hard"] + 0.02, nearness


def test_a_student_of_shuffled_answers_stays_at_chance(digits, teacher, make_student):
    inputs, labels = digits["exam"]
    honest = distill.as_teacher(teacher)
    random = np.random.default_rng(3)
    student = make_student(1, 64, 10)
    distill.transfer(
        lambda asked: random.permutation(honest.answer(asked), axis=1),
        student,
        digits["pool"],
        budget=500,
        random=1,
    )
    assert distill.agreement(honest.answer(inputs), student.answer(inputs))[0] < 0.25
    assert distill.accuracy(student.answer(inputs), labels)[0] < 0.25


def test_a_student_follows_its_teacher_and_not_the_truth(digits, teacher, make_student):
    inputs, labels = digits["exam"]
    honest = distill.as_teacher(teacher)
    student = make_student(1, 64, 10)
    transcript = distill.transfer(
        lambda asked: np.roll(honest.answer(asked), 1, axis=-1),
        student,
        digits["pool"],
        probe=inputs,
    )
    assert transcript.agreement_after[0] > 0.92, transcript
    assert distill.accuracy(student.answer(inputs), labels)[0] < 0.05
    assert distill.accuracy(student.answer(inputs), (labels + 1) % 10)[0] > 0.88


def test_knowledge_outlives_five_generations(digits, teacher, make_student):
    inputs, labels = digits["exam"]
    elder = distill.as_teacher(teacher)
    scores = [distill.accuracy(elder.answer(inputs), labels)[0]]
    for generation in range(5):
        heir = make_student(1, 64, 10, seed=generation)
        distill.transfer(elder, heir, digits["pool"], budget=400, random=generation)
        scores.append(distill.accuracy(heir.answer(inputs), labels)[0])
        elder = heir
    assert scores[-1] > scores[0] - 0.06, scores


@pytest.mark.parametrize(
    ("source", "least"),
    [(distill.Marginal, 0.93), (distill.Mixed, 0.95), (lambda pool: distill.Uniform(64), 0.88)],
    ids=["marginal", "mixed", "uniform"],
)
def test_a_student_never_asked_a_real_input_knows_real_inputs(
    source, least, digits, teacher, make_student
):
    student = make_student(1, 64, 10)
    transcript = distill.transfer(
        teacher, student, source(digits["pool"]), budget=500, exam=digits["exam"], random=1
    )
    assert transcript.agreement_after[0] > 0.85, "on questions of the same source"
    real = distill.agreement(
        distill.as_teacher(teacher).answer(digits["exam"][0]), student.answer(digits["exam"][0])
    )
    assert real[0] > least, (real, transcript)


def test_partial_answers_bring_the_student_nearer_than_names_for_fewer_bits_than_all_numbers(
    digits, teacher, make_student
):
    inputs, _ = digits["exam"]
    nearness, bits = {}, {}
    for answers, keep in (("soft", None), ("top-k", 3), ("ranking", 3), ("hard", None)):
        student = make_student(1, 64, 10)
        transcript = distill.transfer(
            teacher,
            student,
            digits["pool"],
            answers=answers,
            keep=keep,
            budget=100,
            probe=inputs,
            random=1,
        )
        nearness[answers], bits[answers] = transcript.agreement_after[0], transcript.answer_bits
    assert bits == {"soft": 8000, "top-k": 3600, "ranking": 1000, "hard": 400}
    assert nearness["top-k"] > nearness["hard"] + 0.02, nearness
    assert nearness["ranking"] > nearness["hard"], nearness


def test_a_student_is_right_more_often_than_what_it_was_told(digits, teacher, make_student):
    student = make_student(1, 64, 10)
    transcript = distill.transfer(
        teacher,
        student,
        digits["pool"],
        answers="hard",
        right=0.5,
        budget=700,
        exam=digits["exam"],
        random=1,
    )
    assert transcript.accuracy_after[0] > 0.6, transcript.summary()
