"""Peers that teach each other, without an elder."""

import numpy as np
import pytest

import distill
from distill.targets import hard, soft


class Peers:
    """Answers as told, one answer a device and input, and keeps its lessons."""

    def __init__(self, said):
        self.said, self.lessons = np.asarray(said, dtype=float), []

    def answer(self, inputs):
        return self.said[:, np.asarray(inputs)[:, 0].astype(int)]

    def learn(self, inputs, targets):
        self.lessons.append((np.asarray(inputs)[:, 0].astype(int), targets))


@pytest.fixture
def said():
    return np.random.default_rng(0).standard_normal((3, 8, 4))


@pytest.fixture
def places():
    return np.arange(8.0)[:, np.newaxis]


def test_each_peer_is_taught_what_the_others_say_on_average(said, places):
    for answers, spoken in (("soft", soft(said, 4.0)), ("hard", hard(said))):
        peers = Peers(said)
        distill.mutual(peers, places, rounds=1, answers=answers, bits=16)
        ((lesson, targets),) = peers.lessons
        wanted = (spoken.sum(axis=0) - spoken) / 2
        assert lesson.tolist() == list(range(8))
        assert targets.dtype == np.float32
        assert np.abs(targets - wanted).max() < 1e-3


def test_trust_weighs_the_others_and_nobody_hears_itself(said, places):
    peers = Peers(said)
    distill.mutual(peers, places, rounds=1, bits=16, trust=[3, 1, 0])
    spoken, (_, targets) = soft(said, 4.0), peers.lessons[0]
    assert np.abs(targets[0] - spoken[1]).max() < 1e-3
    assert np.abs(targets[1] - spoken[0]).max() < 1e-3
    assert np.abs(targets[2] - (3 * spoken[0] + spoken[1]) / 4).max() < 1e-3
    distill.mutual(peers, places, rounds=1, bits=16, trust=[1, 0, 0])
    assert np.abs(peers.lessons[1][1][0] - (spoken[1] + spoken[2]) / 2).max() < 1e-3


def test_who_owns_a_label_is_taught_it_and_the_others_are_not_told(said, places):
    labels = np.array([3, 2, 1, 0, -1, -1, -1, -1])
    owners = np.zeros((3, 8), dtype=bool)
    owners[0, :2] = owners[1, 2:4] = True
    peers = Peers(said)
    distill.mutual(peers, places, rounds=1, labels=labels, owners=owners, bits=16, own_share=0.75)
    (before, still), (lesson, targets) = peers.lessons
    assert before.tolist() == [0, 1, 2, 3] * 2, "as long as the lesson that follows"
    own = np.exp(said) / np.exp(said).sum(axis=-1, keepdims=True)
    assert np.allclose(still[2], np.tile(own[2, :4], (2, 1)), atol=1e-6), (
        "who owns nothing holds still"
    )
    assert np.allclose(still[0, 0], 0.25 * own[0, 0] + [0, 0, 0, 0.75], atol=1e-6)
    assert lesson.tolist() == list(range(8))
    others = (soft(said, 4.0).sum(axis=0) - soft(said, 4.0)) / 2
    assert np.abs(targets[1:, :2] - others[1:, :2]).max() < 1e-3, "only its owner is told"
    assert np.abs(targets[1, 2] - (0.25 * others[1, 2] + [0, 0.75, 0, 0])).max() < 1e-3
    assert np.allclose(targets.sum(axis=-1), 1)


def test_the_bits_are_those_counted_by_hand(said, places):
    owners = np.zeros((3, 8), dtype=bool)
    owners[0, :2] = True
    zeros = np.zeros(8, dtype=int)
    given = {"labels": zeros, "owners": owners, "random": 0, "per_round": 4}
    before, first = distill.mutual(Peers(said), places, rounds=1, bits=6, **given)
    assert (before.number, before.asked, before.answer_bits.tolist()) == (0, 6, [0, 0, 0])
    assert before.label_bits.tolist() == [4, 0, 0]
    assert (first.number, first.asked) == (1, 6)
    # Two others, four classes of six bits; the owner needs nobody on its two inputs.
    assert first.answer_bits.tolist() == [2 * 24 * 4, 2 * 24 * 6, 2 * 24 * 6]
    assert first.label_bits.tolist() == [4, 0, 0]
    hard_round = distill.mutual(Peers(said), places, rounds=1, answers="hard", **given)[1]
    assert hard_round.answer_bits.tolist() == [2 * 2 * 4, 2 * 2 * 6, 2 * 2 * 6]


def test_agreement_is_that_with_the_others_before_the_lesson():
    told = np.zeros((3, 2, 3))
    told[0, :, 0] = told[1, 0, 0] = told[1, 1, 1] = told[2, :, 2] = 9
    (only,) = distill.mutual(Peers(told), np.arange(2.0)[:, np.newaxis], rounds=1)
    assert only.agreement.tolist() == [0.25, 0.25, 0.0]
    assert only.accuracy is None


def test_a_round_draws_anew_and_from_what_nobody_owns(said, places):
    owners = distill.spread_labels(8, 3, 1, np.random.default_rng(1))
    assert owners.sum(axis=1).tolist() == [1, 1, 1]
    assert owners.sum(axis=0).max() == 1
    drawn = []
    for seed in (5, 5, 6):
        peers = Peers(said)
        distill.mutual(
            peers,
            places,
            rounds=4,
            per_round=2,
            random=seed,
            labels=np.zeros(8, int),
            owners=owners,
        )
        drawn.append([lesson.tolist() for lesson, _ in peers.lessons])
        owned = np.flatnonzero(owners.any(axis=0)).tolist()
        assert set(drawn[-1][0]) == set(owned)
        assert all(lesson[:3] == owned for lesson in drawn[-1][1:])
        assert all(len(set(lesson)) == 5 for lesson in drawn[-1][1:])
        assert len({tuple(lesson) for lesson in drawn[-1]}) > 2
    assert drawn[0] == drawn[1] != drawn[2]


def test_peers_may_ask_each_other_questions_made_anew(make_student):
    peers = make_student(2, 4, 3, epochs=1)
    made = distill.Uniform(4)
    rounds = distill.mutual(peers, made, rounds=2, per_round=30, random=1)
    (first, _), (second, _) = peers.lessons
    assert first.shape == second.shape == (30, 4)
    assert not np.array_equal(first, second)
    assert [one.answer_bits.tolist() for one in rounds] == [[30 * 24] * 2] * 2
    with pytest.raises(distill.SettingError, match="give per_round"):
        distill.mutual(peers, made, rounds=1)
    with pytest.raises(distill.SettingError, match="give a pool"):
        distill.mutual(peers, made, rounds=1, per_round=3, random=1, labels=[0])


@pytest.fixture(scope="module")
def digits():
    datasets = pytest.importorskip("sklearn.datasets")
    inputs, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(inputs))
    return inputs[order] / 16, labels[order]


def test_peers_that_own_few_labels_lift_each_other_above_what_each_reaches_alone(
    digits, make_student
):
    (inputs, labels), exam = digits, (digits[0][1300:], digits[1][1300:])
    owners = distill.spread_labels(1000, 4, 20, np.random.default_rng(1))
    alone = []
    for owned in owners:
        hermit = make_student(1, 64, 10, epochs=200)
        hermit.learn(inputs[:1000][owned], np.eye(10)[labels[:1000][owned]][np.newaxis])
        alone.append(distill.accuracy(hermit.answer(exam[0]), exam[1])[0])
    rounds = distill.mutual(
        make_student(4, 64, 10, epochs=15),
        inputs[:1000],
        rounds=6,
        per_round=300,
        labels=labels[:1000],
        owners=owners,
        exam=exam,
        random=2,
    )
    together = rounds[-1].accuracy
    assert together.min() > max(alone) + 0.05, (alone, together)
    assert together.mean() > np.mean(alone) + 0.12, (alone, together)
    assert rounds[-1].agreement.min() > rounds[1].agreement.max()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"rounds": 0}, distill.SettingError, "rounds is 0"),
        ({"per_round": 9, "random": 1}, distill.SettingError, "per_round is 9, but only 8"),
        ({"per_round": 4}, distill.SettingError, "give random"),
        ({"softening": 0}, distill.SettingError, "softening is 0"),
        ({"answers": "ranks"}, distill.SettingError, "answers is 'ranks'"),
        ({"own_share": 1.5}, distill.SettingError, "own_share is 1.5"),
        ({"trust": [1, 1]}, distill.PairingError, "trust has 2 weights for 3"),
        ({"labels": np.zeros(8, int)}, distill.SettingError, "given together"),
        (
            {"labels": np.zeros(8, int), "owners": np.ones((2, 8), bool)},
            distill.InputError,
            r"of shape \(3, 8\)",
        ),
        (
            {"labels": np.zeros(8), "owners": np.ones((3, 8), bool)},
            distill.InputError,
            "labels are float64",
        ),
        (
            {"labels": np.full(8, 4), "owners": np.ones((3, 8), bool)},
            distill.InputError,
            "peers answer classes 0 to 3",
        ),
        ({"exam": (np.zeros((1, 1)), [7])}, distill.AnswerError, "labels run from 7"),
        ({"inputs": np.zeros(8)}, distill.InputError, "inputs have shape"),
    ],
)
def test_what_is_wrong_is_said_before_anyone_learns(given, error, message, said, places):
    peers = Peers(said)
    with pytest.raises(error, match=message):
        distill.mutual(peers, **{"inputs": places, "rounds": 2, **given})
    assert peers.lessons == []


def test_one_alone_has_no_peer(said, places):
    with pytest.raises(distill.PairingError, match="at least two"):
        distill.mutual(Peers(said[:1]), places, rounds=1)
    with pytest.raises(distill.SettingError, match="3 peers cannot own 3 labels each of 8"):
        distill.spread_labels(8, 3, 3, np.random.default_rng(0))
