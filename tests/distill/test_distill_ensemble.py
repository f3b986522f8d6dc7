"""Many elders with one voice, and whom to believe."""

import numpy as np
import pytest

import distill
from distill.targets import soft, to_one_scale
from distill.trust import TRUSTS


def votes_of(labels, accuracies, random, classes=10):
    """Return answers of elders that are right with their own probability, else any other class."""
    wrong = (labels + random.integers(1, classes, (len(accuracies), len(labels)))) % classes
    is_right = random.random(wrong.shape) < np.array(accuracies)[:, np.newaxis]
    return np.log(0.02 + 0.8 * np.eye(classes)[np.where(is_right, labels, wrong)])


@pytest.fixture
def labels():
    return np.random.default_rng(0).integers(0, 10, 1500)


def test_an_ensemble_of_one_teaches_what_its_elder_does(make_teacher, make_recorder, pool):
    for softening in (0.05, 1.0, 4.0):
        voice = distill.Ensemble(make_teacher(), softening=softening).answer(pool)
        error = np.abs(to_one_scale(voice) - to_one_scale(make_teacher()(pool))).max()
        assert error < 1e-9, (softening, error)


def test_an_ensemble_of_one_teaches_what_its_elder_does_in_many_rounds(
    make_teacher, make_recorder, pool
):
    alone, voiced = make_recorder(1), make_recorder(1)
    terms = {"budget": 24, "rounds": 12, "reads": 2, "bits": 16, "random": 1}
    distill.transfer(make_teacher(), alone, pool, **terms)
    distill.transfer(make_teacher(), voiced, pool, pairing="all-to-each", **terms)
    error = np.abs(alone.lessons[-1][1] - voiced.lessons[-1][1]).max()
    assert error < 1e-3, error


def test_the_voice_is_the_mean_of_the_elders_soft_targets(make_teacher, pool):
    elders = make_teacher(devices=4)
    wanted = soft(elders(pool), 4.0).mean(axis=0)
    assert np.allclose(np.exp(distill.Ensemble(elders).answer(pool)[0]), wanted, atol=1e-6)
    weighed = distill.Ensemble(elders, trust=[1, 0, 3, 0])
    wanted = np.tensordot([0.25, 0, 0.75, 0], soft(elders(pool), 4.0), axes=1)
    assert np.allclose(np.exp(weighed.answer(pool)[0]), wanted, atol=1e-6)
    assert weighed.weights(pool).tolist() == [0.25, 0, 0.75, 0]


def test_a_list_of_unlike_elders_is_one_ensemble(make_teacher, make_student, pool):
    apart = [make_teacher(devices=2, seed=1), make_student(1, 4, 3), make_teacher(seed=2)]
    together = distill.Ensemble(apart)
    assert together.weights(pool).tolist() == [0.25] * 4
    said = np.concatenate([distill.as_teacher(one).answer(pool) for one in apart])
    assert np.allclose(together.answer(pool), distill.Ensemble(lambda x: said).answer(pool))


def test_one_elder_s_scale_does_not_outshout_the_others(make_teacher, pool):
    elders = make_teacher(devices=3)
    loud = np.array([1, 1000, 1])[:, np.newaxis, np.newaxis]
    quiet_voice = distill.Ensemble(elders).answer(pool)
    assert np.allclose(distill.Ensemble(lambda x: loud * elders(x)).answer(pool), quiet_voice)


def test_four_noisy_elders_answer_better_than_each(labels):
    random = np.random.default_rng(1)
    said = votes_of(labels, [0.6] * 4, random) + 0.5 * random.standard_normal((4, 1500, 10))
    each = distill.accuracy(said, labels)
    together = distill.accuracy(distill.Ensemble(lambda x: said).answer(labels), labels)[0]
    assert together > each.max() + 0.1, (each, together)


def test_reliability_is_found_without_labels(labels):
    accuracies = [0.95, 0.8, 0.5, 0.2, 0.1]
    said = votes_of(labels, accuracies, np.random.default_rng(2))
    found = distill.reliability(said)
    true = distill.accuracy(said, labels)
    # Beside binomial errors of .013 at most, the truth itself is uncertain.
    assert np.abs(found - true).max() < 0.03, (found, true)


def test_the_elder_whose_answers_are_mostly_wrong_is_not_heard(labels):
    said = votes_of(labels, [0.7, 0.7, 0.7, 0.05], np.random.default_rng(3))
    equal, reliable = (distill.Ensemble(lambda x: said, trust) for trust in TRUSTS)
    assert reliable.weights(labels)[3] == 0
    assert np.ptp(reliable.weights(labels)[:3]) < 0.06, reliable.weights(labels)
    gained = distill.accuracy(reliable.answer(labels), labels)
    assert gained > distill.accuracy(equal.answer(labels), labels) + 0.02


def test_of_two_elders_nobody_can_say_which_one_errs(labels):
    said = votes_of(labels, [0.9, 0.3], np.random.default_rng(4))
    first, second = distill.reliability(said)
    assert first == second
    assert distill.reliability(said[:1]).tolist() == [1.0]


def test_an_elder_that_contradicts_itself_is_trusted_less(labels):
    def noisy(inputs):
        return votes_of(labels, [0.5], noisy.random)

    noisy.random = np.random.default_rng(5)
    steady = votes_of(labels, [0.9, 0.8, 0.7], np.random.default_rng(6))
    voice = distill.Ensemble([lambda x: steady, noisy], "reliability", reads=3)
    weights = voice.weights(labels)
    assert weights.argmin() == 3, weights
    answer = distill.Ensemble(noisy, reads=9).answer(labels)
    assert distill.accuracy(answer, labels) > 0.9, "nine reads outvote the noise"


def test_nobody_above_chance_leaves_all_heard_alike():
    assert distill.trust_of([0.1, 0.05], 10).tolist() == [0.5, 0.5]
    # log(9 * .9 / .1) is twice log(9): elder two needs odds of one to be half as heard.
    assert np.allclose(distill.trust_of([0.9, 0.5], 10), np.array([2, 1]) / 3)


def test_all_teach_each_where_the_pairing_says_so(make_teacher, make_recorder, pool):
    elders, heirs = make_teacher(devices=4), make_recorder(3)
    given = {"pairing": "all-to-each", "trust": [1, 0, 3, 0], "bits": 16}
    transcript = distill.transfer(elders, heirs, pool, **given)
    voice = distill.Ensemble(elders, trust=[1, 0, 3, 0])
    wanted = soft(voice.answer(pool), 4.0)
    (_, targets), said = heirs.lessons[0], elders(pool)
    assert targets.shape == (3, 60, 3)
    assert np.abs(targets - wanted).max() < 1e-3
    assert transcript.answer_bits == 60 * 3 * 16, "one voice passes the channel"
    apart = [lambda x, d=d: said[d, : len(x)] for d in range(4)]
    distill.transfer(apart, heirs, pool, **given)
    assert np.array_equal(heirs.lessons[1][1], targets), "a list of elders is as good"


def test_trust_without_many_teachers_is_refused(make_teacher, make_recorder, pool):
    student = make_recorder(3)
    with pytest.raises(distill.SettingError, match="trust weighs many teachers"):
        distill.transfer(make_teacher(devices=3), student, pool, trust="reliability")
    with pytest.raises(distill.PairingError, match="trust has 2 weights for 3 teachers"):
        distill.transfer(
            make_teacher(devices=3), student, pool, pairing="all-to-each", trust=[1, 1]
        )
    with pytest.raises(distill.PairingError, match="answers 3 classes, the student 4"):
        distill.transfer(make_teacher(devices=3), make_recorder(3, 4), pool, pairing="all-to-each")
    assert student.lessons == []


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"trust": "reliable"}, distill.SettingError, "did you mean 'reliability'"),
        ({"trust": [1, -1, 1]}, distill.SettingError, "a weight of at least 0 for every teacher"),
        ({"trust": [0.0, 0.0, 0.0]}, distill.SettingError, "not all of them 0"),
        ({"trust": [np.nan, 1, 1]}, distill.SettingError, "trust is"),
        ({"trust": []}, distill.SettingError, "trust is"),
        ({"softening": 0}, distill.SettingError, "softening is 0"),
        ({"reads": 0}, distill.SettingError, "reads is 0"),
        ({"teachers": []}, distill.SettingError, "teachers is empty"),
        ({"teachers": [3.5]}, distill.ProtocolError, "float cannot teach"),
    ],
)
def test_an_ensemble_that_cannot_be_is_refused(given, error, message, make_teacher):
    with pytest.raises(error, match=message):
        distill.Ensemble(**{"teachers": make_teacher(devices=3), **given})


def test_elders_that_do_not_fit_are_refused_when_asked(make_teacher, pool):
    with pytest.raises(distill.PairingError, match="trust has 2 weights for 3 teachers"):
        distill.Ensemble(make_teacher(devices=3), trust=[1, 2]).answer(pool)
    with pytest.raises(distill.PairingError, match="the elders answer 3 and 5 classes"):
        distill.Ensemble([make_teacher(), make_teacher(classes=5)]).answer(pool)
    with pytest.raises(distill.AnswerError, match="the elder's answers have shape"):
        distill.Ensemble(lambda x: np.zeros(3)).answer(pool)


def test_four_elders_of_few_lessons_teach_a_student_better_than_they_are(make_student):
    datasets = pytest.importorskip("sklearn.datasets")
    inputs, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(inputs))
    inputs, labels = inputs[order] / 16, labels[order]
    exam, truth = inputs[1300:], labels[1300:]

    elders = []
    for number in range(4):
        lesson = slice(40 * number, 40 * number + 40)
        elders.append(make_student(1, 64, 10, seed=number))
        elders[-1].learn(inputs[lesson], np.eye(10)[labels[lesson]][np.newaxis])
    scores = [distill.accuracy(elder.answer(exam), truth)[0] for elder in elders]
    for trust in TRUSTS:
        heir = make_student(1, 64, 10, seed=9)
        voice = distill.Ensemble(elders, trust)
        distill.transfer(voice, heir, inputs[160:1300], budget=600, random=1)
        learnt = distill.accuracy(heir.answer(exam), truth)[0]
        assert learnt > max(scores) + 0.02, (trust, scores, learnt)
