"""Several rounds: what is asked when, what is chosen, when it stops."""

import numpy as np
import pytest

import distill
from distill.choosing import worth


class Asked:
    """A teacher that remembers every input it was asked."""

    def __init__(self, function):
        self.function, self.calls = function, []

    def answer(self, inputs):
        self.calls.append(np.array(inputs))
        return self.function(inputs)


def rows(inputs):
    return {row.tobytes() for row in np.asarray(inputs, dtype=float)}


def test_every_round_rehearses_all_that_was_asked(make_teacher, make_recorder, pool):
    student = make_recorder(2)
    paid = distill.transfer(make_teacher(2), student, pool, budget=25, rounds=4, random=0)
    assert [len(inputs) for inputs, _ in student.lessons] == [7, 13, 19, 25]
    for (few, first), (many, second) in zip(student.lessons, student.lessons[1:], strict=False):
        assert np.array_equal(many[: len(few)], few)
        assert np.array_equal(second[:, : len(few)], first)
    assert [point.asked for point in paid.checkpoints] == [7, 13, 19, 25]
    assert (paid.asked, paid.answer_bits, paid.rounds) == (25, 25 * 24, 4)
    assert np.array_equal(paid.checkpoints[-1].agreement, paid.agreement_after)


def test_rounds_without_choice_ask_what_one_round_asks(make_teacher, make_recorder, pool):
    lessons, probes = [], []
    for rounds in (1, 5):
        student, teacher = make_recorder(), Asked(make_teacher())
        distill.transfer(teacher, student, pool, budget=25, rounds=rounds, random=0)
        lessons.append(student.lessons[-1][0])
        probes.append(teacher.calls[1])
    assert np.array_equal(*lessons)
    assert np.array_equal(*probes)


@pytest.mark.parametrize("choosing", ["margin", "entropy", "disagreement"])
def test_what_is_chosen_is_asked_once_and_never_examines(
    choosing, make_teacher, make_student, pool
):
    teacher, student = Asked(make_teacher(2)), make_student(2, 4, 3, epochs=3)
    paid = distill.transfer(
        teacher, student, pool, budget=20, rounds=4, choosing=choosing, random=0
    )
    first, probe, *later = teacher.calls
    asked = np.concatenate([first, *later])
    assert len(rows(asked)) == paid.asked == 20
    assert not rows(asked) & rows(probe)
    assert (len(probe), paid.probe_from, paid.probe_overlap) == (20, "held back", 0)
    assert np.array_equal(student.lessons[-1][0], asked)


def test_the_margin_asks_where_the_student_is_most_in_doubt(make_teacher, make_student):
    pool = np.random.default_rng(1).standard_normal((300, 4))
    teacher, student = Asked(make_teacher()), make_student(1, 4, 3, epochs=3)
    doubts = []
    learn = student.learn

    def watched(inputs, targets):
        learn(inputs, targets)
        doubts.append(worth(student.answer(pool), "margin", 4.0))

    student.learn = watched
    distill.transfer(
        teacher, student, pool, budget=40, rounds=2, choosing="margin", random=0, probe=pool[:9]
    )
    index = {row.tobytes(): place for place, row in enumerate(pool)}
    chosen = doubts[0][[index[row.tobytes()] for row in teacher.calls[2]]]
    assert np.median(chosen) > np.quantile(doubts[0], 0.9)


def test_worth_is_what_the_hand_counts():
    # At softening T the answers are softmax(z / T) with z at one scale, so equal opposites here.
    sure, even = [4.0, 0.0], [0.0, 0.0]
    answers = np.array([[sure, even], [sure[::-1], even]])
    margin, entropy, apart = (
        worth(answers, kind, 4.0) for kind in ("margin", "entropy", "disagreement")
    )
    p = 1 / (1 + np.exp(-2 * 8 * np.sqrt(2) / 4))
    assert np.allclose(margin, [1 - 2 * p, 0])
    bits = -p * np.log2(p) - (1 - p) * np.log2(1 - p)
    assert np.allclose(entropy, [bits, 1], atol=1e-6)
    assert np.allclose(apart, [1 - bits, 0], atol=1e-6)


def test_rounds_stop_when_the_agreement_wanted_is_reached(make_teacher, make_student, pool):
    settings = {"budget": 40, "rounds": 8, "random": 0, "probe": pool}
    whole = distill.transfer(make_teacher(), make_student(1, 4, 3), pool, **settings)
    means = [point.agreement.mean() for point in whole.checkpoints]
    wanted = sorted(means)[3]
    place = next(at for at, mean in enumerate(means) if mean >= wanted)
    stopped = distill.transfer(
        make_teacher(), make_student(1, 4, 3), pool, until=wanted, **settings
    )
    assert len(stopped.checkpoints) == place + 1 < 8
    assert stopped.is_stopped_early
    assert stopped.answer_bits == stopped.asked * 24 == 5 * (place + 1) * 24


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"choosing": "margn"}, distill.SettingError, "did you mean 'margin'"),
        ({"choosing": "margin"}, distill.SettingError, "give rounds of at least 2"),
        (
            {"choosing": "margin", "rounds": 2, "budget": None},
            distill.SettingError,
            "give a budget",
        ),
        ({"choosing": "margin", "rounds": 2, "budget": 60}, distill.SettingError, "60 answers and"),
        ({"rounds": 0}, distill.SettingError, "rounds is 0"),
        ({"rounds": 26}, distill.SettingError, "rounds is 26 and 25 are asked"),
        ({"until": 0.9}, distill.SettingError, "until stops between rounds"),
        ({"until": 2, "rounds": 2}, distill.SettingError, "until is 2"),
        (
            {"budget": 61, "repeats": False},
            distill.SettingError,
            "61 answers and the inputs are 60",
        ),
        ({"repeats": 1}, distill.SettingError, "repeats is 1"),
        ({"budget_bits": 100}, distill.SettingError, "budget is 25 and budget_bits is 100"),
        ({"budget": None, "budget_bits": 23}, distill.SettingError, "one answer costs 24"),
    ],
)
def test_rounds_that_cannot_be_are_refused_before_anyone_is_asked(
    change, error, message, make_teacher, make_recorder, pool
):
    teacher, student = Asked(make_teacher()), make_recorder()
    with pytest.raises(error, match=message):
        distill.transfer(teacher, student, pool, **{"budget": 25, "random": 0, **change})
    assert teacher.calls == []
    assert student.lessons == []


def test_one_student_alone_cannot_disagree(make_teacher, make_recorder, pool):
    student = make_recorder()
    with pytest.raises(distill.PairingError, match="at least two students"):
        distill.transfer(
            make_teacher(), student, pool, budget=9, rounds=3, choosing="disagreement", random=0
        )
    assert student.lessons == []


@pytest.mark.parametrize(("paid", "wanted"), [(24, 1), (47, 1), (48, 2), (1000, 41)])
def test_a_budget_of_bits_buys_whole_answers(paid, wanted, make_teacher, make_recorder, pool):
    transcript = distill.transfer(make_teacher(), make_recorder(), pool, budget_bits=paid, random=0)
    assert transcript.asked == wanted
    assert transcript.answer_bits == 24 * wanted <= paid


def test_a_teacher_that_breaks_in_a_later_round_leaves_what_was_taught(
    make_teacher, make_recorder, pool
):
    for broken, message in (
        (lambda said: said * np.nan, "numbers are NaN or infinite"),
        (lambda said: said[..., :2], r"answered \(1, 10, 2\) in a later round"),
    ):
        teacher, student = Asked(make_teacher()), make_recorder()
        whole = teacher.function
        teacher.function = lambda x: broken(whole(x)) if len(teacher.calls) == 3 else whole(x)  # noqa: B023
        with pytest.raises(distill.AnswerError, match=message):
            distill.transfer(teacher, student, pool, budget=20, rounds=2, random=0)
        assert len(student.lessons) == 1


def test_a_teacher_that_answers_the_probe_otherwise_teaches_nothing(make_recorder, pool):
    student = make_recorder()
    with pytest.raises(distill.AnswerError, match=r"answered \(1, 20, 3\) and then \(1, 40, 4\)"):
        distill.transfer(
            lambda x: -x[:, : 3 if len(x) == 20 else 4], student, pool, budget=20, random=0
        )
    assert student.lessons == []


def test_students_that_become_fewer_are_refused(make_teacher, make_recorder, pool):
    student = make_recorder(3)

    def learn(inputs, targets):
        student.answers = student.answers[:2]

    student.learn = learn
    with pytest.raises(distill.PairingError, match="3 students answered before and 2 after"):
        distill.transfer(make_teacher(), student, pool, pairing="one-to-all")
