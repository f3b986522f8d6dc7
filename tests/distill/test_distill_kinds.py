"""Kinds of answers: what arrives of each, what it costs, and what of it is corrupted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import distill
from distill.channel import half_step, quantise
from distill.corruption import Corruption
from distill.targets import best_kept, hard, ranked, soft, soften, to_one_scale

law = settings(deadline=None)


def scores(seed, devices=2, samples=9, classes=6):
    return np.random.default_rng(seed).standard_normal((devices, samples, classes))


@law
@given(st.integers(0, 999), st.integers(1, 6))
def test_what_is_kept_arrives_and_the_rest_is_what_is_left(seed, keep):
    whole = to_one_scale(scores(seed))
    cut = best_kept(whole, keep)
    order = np.argsort(-whole, axis=-1)
    assert np.array_equal(
        np.take_along_axis(cut, order[..., :keep], -1),
        np.take_along_axis(whole, order[..., :keep], -1),
    )
    assert np.allclose(cut.sum(axis=-1), 0, atol=1e-9), "the mean of the rest follows"
    rest = np.take_along_axis(cut, order[..., keep:], -1)
    if keep < 6:
        assert np.ptp(rest, axis=-1).max() == 0
        assert (rest <= cut.max(axis=-1, keepdims=True)).all()
    assert np.array_equal(cut.argmax(axis=-1), whole.argmax(axis=-1))


def test_the_rest_never_rises_above_what_was_kept():
    # What saturated in the channel no longer sums to zero.
    cut = best_kept(np.array([[[2.0, 1.0, -32.0, -32.0]]]), 2)
    assert cut[0, 0].tolist() == [2, 1, -1.5, -1.5]
    cut = best_kept(np.array([[[-3.0, -4.0, -32.0, -32.0]]]), 2)
    assert cut[0, 0].tolist() == [-3, -4, -4, -4]


def test_top_of_all_classes_is_a_soft_answer_and_costs_its_names(make_teacher, make_recorder, pool):
    lessons = []
    for kind in ({"answers": "soft"}, {"answers": "top-k", "keep": 3}):
        student = make_recorder()
        paid = distill.transfer(make_teacher(), student, pool, bits=6, **kind)
        lessons.append(student.lessons[0][1])
    assert np.array_equal(*lessons)
    assert paid.answer_bits == 60 * 3 * (6 + 2)
    assert "60 top-3 answers" in paid.summary()


def test_a_ranking_tells_the_order_and_no_more(make_teacher, make_recorder, pool):
    lessons = []
    for bend in (lambda z: z, lambda z: np.sinh(3 * z)):
        student = make_recorder()
        teacher = make_teacher()
        paid = distill.transfer(lambda x: bend(teacher(x)), student, pool, answers="ranking")  # noqa: B023
        lessons.append(student.lessons[0][1])
    assert np.array_equal(*lessons), "order survives any bending, and nothing else arrives"
    assert np.array_equal(np.argsort(lessons[0][0]), np.argsort(teacher(pool)[0]))
    assert (paid.bits_per_answer, paid.keep) == (3, 3)
    # 3, 2 and 1 at one scale: a root-mean-square of 8 in steps of 8 sqrt(3/2), cooled by 4.
    p = np.exp(2 * np.sqrt(1.5) * np.array([1, 0, -1]))
    assert np.allclose(np.sort(lessons[0], axis=-1)[0, 0], np.sort(p / p.sum()), atol=1e-6)


def test_a_ranking_of_one_names_what_a_hard_answer_names():
    said = scores(1)
    told = ranked(said, 1)
    assert np.array_equal(hard(told), hard(said))
    assert len(np.unique(told.round(9))) == 2
    assert np.isclose(np.sqrt(np.mean(told**2)), 8)


class Layers:
    """Teachers whose layers can be read: layer 0 are four units, layer 1 competes."""

    def __init__(self, devices=2):
        self.weights = np.random.default_rng(2).standard_normal((devices, 4, 5))

    def answer(self, inputs):
        return (inputs @ self.weights)[..., :3]

    def features(self, inputs, layer):
        activity = np.maximum(inputs @ self.weights, 0)
        return soften(activity, 1) if layer else activity


@pytest.mark.parametrize("layer", [0, 1])
def test_a_layer_is_learnt_as_an_answer_is(layer, make_recorder, pool):
    teacher, student = Layers(), make_recorder(2, classes=5)
    paid = distill.transfer(teacher, student, pool, answers="features", layer=layer, bits=12)
    wanted = soften(quantise(to_one_scale(teacher.features(pool, layer)), 12), 4.0)
    # Rounding may move a number that lies between two levels by one of them.
    ratio = np.abs(np.log(student.lessons[0][1]) - np.log(wanted)).max()
    assert ratio <= 4 * half_step(12) / 4 + 1e-5, ratio
    assert (paid.classes, paid.bits_per_answer) == (5, 60)


def test_a_student_of_other_units_cannot_learn_a_layer(make_recorder, pool):
    student = make_recorder(2, classes=3)
    with pytest.raises(distill.PairingError, match="answers 5 classes, the student 3"):
        distill.transfer(Layers(), student, pool, answers="features", layer=0)
    assert student.lessons == []


def test_reads_average_the_noise_of_the_teacher_and_are_paid_once(
    make_teacher, make_recorder, pool
):
    random, calm = np.random.default_rng(6), make_teacher()
    errors = []
    for reads in (1, 16):
        student = make_recorder()

        def noisy(inputs):
            quiet = calm(inputs)
            return quiet + 0.2 * random.standard_normal(quiet.shape)

        paid = distill.transfer(noisy, student, pool, reads=reads, bits=16)
        assert (paid.reads, paid.asked, paid.answer_bits) == (reads, 60, 60 * 48)
        errors.append(np.abs(student.lessons[0][1] - soft(calm(pool), 4)).mean())
    assert 3 < errors[0] / errors[1] < 5.3, (errors, "16 reads, a fourth of the noise")


def test_later_rounds_arrive_at_the_scale_of_the_first(make_recorder):
    # Quiet answers in the second half: a scale of their own would shout them.
    inputs = np.repeat([1.0, 0.1], 20)[:, np.newaxis] * np.ones((1, 3))
    student = make_recorder()
    distill.transfer(lambda x: x * [1, 0, -1], student, inputs, rounds=2, bits=16)
    logits = np.log(student.lessons[-1][1][0])
    gap = logits[:, 0] - logits[:, 1]
    assert np.allclose(gap[:20], 8 * np.sqrt(1.5) / 4, atol=1e-2)
    assert np.allclose(gap[20:], 0.8 * np.sqrt(1.5) / 4, atol=1e-2)


@pytest.mark.parametrize("right", [0.0, 0.2, 0.7, 1.0])
def test_as_many_answers_are_left_right_as_was_declared(right, make_recorder):
    pool = np.random.default_rng(0).standard_normal((2000, 4))
    weights = np.random.default_rng(1).standard_normal((2, 4, 5))
    student = make_recorder(2, classes=5)
    paid = distill.transfer(
        lambda x: x @ weights, student, pool, answers="hard", right=right, random=0
    )
    told, true = student.lessons[0][1].argmax(-1), (pool @ weights).argmax(-1)
    share = (told == true).mean()
    assert abs(share - right) <= 4 * np.sqrt(right * (1 - right) / told.size), share
    if right < 1:
        further = (
            np.bincount((told - true)[told != true] % 5, minlength=5)[1:] / (told != true).sum()
        )
        assert np.abs(further - 0.25).max() < 4 * np.sqrt(3 / 16 / (told != true).sum()), further
    assert (paid.bits_per_answer, paid.right) == (3, right)


def test_an_input_is_corrupted_once_and_for_all_and_by_each_teacher_for_itself(
    make_teacher, make_recorder, pool
):
    student = make_recorder(2)
    distill.transfer(
        make_teacher(2), student, pool, answers="hard", right=0.5, budget=180, rounds=3, random=0
    )
    asked, told = student.lessons[-1]
    order = np.lexsort(asked.T).reshape(60, 3)
    labels = told.argmax(-1)[:, order]
    assert (labels == labels[..., :1]).all(), "repeats do not average the errors away"
    true = make_teacher(2)(pool).argmax(-1)[:, np.lexsort(pool.T)]
    wrong = labels[..., 0] != true
    assert (wrong[0] != wrong[1]).mean() > 0, "each for itself"


def test_more_corruption_corrupts_the_same_and_more():
    inputs, named = np.arange(500.0)[:, np.newaxis], hard(scores(3, samples=500))
    told = [Corruption(q, np.random.default_rng(1)).of(inputs, named) for q in (0.9, 0.5, 0.1)]
    wrong = [(one != named).any(axis=-1) for one in told]
    assert (wrong[0] <= wrong[1]).all()
    assert (wrong[1] <= wrong[2]).all()
    assert np.array_equal(told[0][wrong[0]], told[2][wrong[0]]), "and in the same way"


def test_what_is_asked_does_not_depend_on_what_is_corrupted(make_teacher, make_recorder, pool):
    asked = []
    for right in (1.0, 0.3):
        student = make_recorder()
        distill.transfer(
            make_teacher(), student, pool, answers="hard", right=right, budget=20, random=3
        )
        asked.append(student.lessons[0][0])
    assert np.array_equal(*asked)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"answers": "top-k"}, distill.SettingError, "give keep"),
        ({"answers": "topk"}, distill.SettingError, "did you mean 'top-k'"),
        ({"answers": "top-k", "keep": 0}, distill.SettingError, "keep is 0"),
        ({"answers": "ranking", "keep": True}, distill.SettingError, "keep is True"),
        ({"keep": 2}, distill.SettingError, "only 'top-k' and 'ranking' keep"),
        ({"answers": "features"}, distill.SettingError, "give layer"),
        ({"answers": "features", "layer": -1}, distill.SettingError, "layer is -1"),
        ({"layer": 1}, distill.SettingError, "only 'features' are read"),
        ({"answers": "features", "layer": 0}, distill.ProtocolError, "shows no layers"),
        ({"reads": 0}, distill.SettingError, "reads is 0"),
        ({"right": 0.5}, distill.SettingError, "only 'hard' answers are corrupted"),
        ({"answers": "hard", "right": 1.5}, distill.SettingError, "right is 1.5"),
        ({"answers": "hard", "right": 0.5}, distill.SettingError, "what is corrupted is drawn"),
    ],
)
def test_kinds_that_cannot_be_are_refused_before_anyone_is_asked(
    change, error, message, make_teacher, make_recorder, pool
):
    calls, student, teacher = [], make_recorder(), make_teacher()
    with pytest.raises(error, match=message):
        distill.transfer(lambda x: calls.append(x) or teacher(x), student, pool, **change)
    assert calls == []
    assert student.lessons == []


@pytest.mark.parametrize("kind", ["top-k", "ranking"])
def test_more_classes_than_there_are_cannot_be_kept(kind, make_teacher, make_recorder, pool):
    student = make_recorder()
    with pytest.raises(distill.SettingError, match="keep is 4, the answers have 3 classes"):
        distill.transfer(make_teacher(), student, pool, answers=kind, keep=4)
    assert student.lessons == []


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (lambda x: "nothing", "cannot be read"),
        (lambda x: np.ones(3), "the teacher's features have shape"),
        (lambda x: np.full((2, len(x), 5), np.inf), "NaN or infinite"),
    ],
)
def test_layers_that_are_none_teach_nothing(said, message, make_recorder, pool):
    teacher, student = Layers(), make_recorder(2, classes=5)
    teacher.features = lambda inputs, layer: said(inputs)
    with pytest.raises(distill.AnswerError, match=message):
        distill.transfer(teacher, student, pool, answers="features", layer=0)
    assert student.lessons == []


def test_quantising_keeps_what_was_kept_apart():
    whole = quantise(to_one_scale(scores(4)), 8)
    assert np.array_equal(np.sort(best_kept(whole, 2), -1)[..., -2:], np.sort(whole, -1)[..., -2:])
