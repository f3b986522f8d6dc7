"""A population: every device is itself in any company, and leaves traces only where it lives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import distill
import mortal
from devices import DeviceError, preset, probe
from mortal import MortalError, Schedule, grow, load_data
from mortal.errors import ConfigError, DataError, RuleError

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=20)

RULES = [
    {"name": "mono-forward"},
    {"name": "mono-forward", "label_matrix": "array"},
    {"name": "forward-forward", "rate": 0.01},
    {"name": "equilibrium-propagation"},
    {"name": "contrastive-hebbian"},
    {"name": "predictive-coding"},
    {"name": "node-perturbation"},
    {"name": "weight-perturbation"},
    {"name": "weight-perturbation", "perturb": "array"},
    {"name": "softhebb", "decay": "bounds"},
    {"name": "rbm", "chains": 5},
    {"name": "deep-belief", "turn": 50},
]
READ_BACK = (
    "equilibrium-propagation", "contrastive-hebbian", "predictive-coding", "rbm", "deep-belief"
)  # fmt: skip


def lesson(samples=40, features=9, classes=3, seed=0):
    random = np.random.default_rng(seed)
    x = random.random((samples, features), np.float32)
    return x, np.arange(samples) % classes


def grown(technology, rule, count=1, first=0, **more):
    reads_back = rule.get("label_matrix") == "array" or rule["name"] in READ_BACK
    if reads_back and technology == "mortal-default":
        technology = "ecram-tang2018"
    return grow(technology, (9, 8, 7), count, rule, 11, classes=3, first_serial=first, **more)


def same_device(one, at, other, there):
    """Whether two devices are the same in weights, digital memory and what they have spent."""
    for name, array in one.arrays.items():
        left = probe.weights(array)[at].view(np.int32)
        right = probe.weights(other.arrays[name])[there].view(np.int32)
        assert np.array_equal(left, right), name
    for name, numbers in one.rule.memory.items():
        assert np.array_equal(numbers[at], other.rule.memory[name][there]), name
    for name, account in one.ledger().columns().items():
        assert account[at] == other.ledger().columns()[name][there], name
    return True


@pytest.mark.parametrize("technology", ["exact", "mortal-default"])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_device_5_of_8_is_the_same_serial_grown_and_taught_alone(technology, rule):
    x, labels = lesson()
    crowd, alone = grown(technology, rule, 8), grown(technology, rule, 1, first=5)
    assert same_device(crowd, 5, alone, 0)
    for population in (crowd, alone):
        population.train(x, labels, epochs=3, batch=7)
        population.age(1e6, 330.0)
    assert same_device(crowd, 5, alone, 0)
    answers = crowd.answer(x)
    assert np.array_equal(answers[5].view(np.int32), alone.answer(x)[0].view(np.int32))
    assert not np.array_equal(answers[5], answers[4]), "others are somebody else"
    assert same_device(crowd, 5, alone, 0)


@law
@given(
    company=st.lists(st.integers(0, 6), min_size=1, max_size=5, unique=True),
    rule=st.sampled_from(RULES),
    technology=st.sampled_from(["exact", "mortal-default"]),
    samples=st.integers(1, 9),
    batch=st.integers(1, 9),
)
def test_the_company_changes_nothing(company, rule, technology, samples, batch):
    x, labels = lesson(samples)
    everyone = grown(technology, rule, 7)
    some = grown(technology, rule, 7).take(company)
    for population in (everyone, some):
        population.train(x, labels, epochs=2, batch=batch)
    for there, at in enumerate(company):
        assert same_device(everyone, at, some, there)
        answers = everyone.answer(x)[at], some.answer(x)[there]
        assert np.array_equal(*(part.view(np.int32) for part in answers))


def test_seed_serial_and_technology_make_a_device():
    first = probe.weights(grown("exact", RULES[0]).arrays["layer1"])
    assert np.array_equal(first, probe.weights(grown("exact", RULES[0]).arrays["layer1"]))
    for other in (
        grown("exact", RULES[0], first=1),
        grow("exact", (9, 8, 7), 1, RULES[0], 12, classes=3),
        grow("mortal-default", (9, 8, 7), 1, RULES[0], 11, classes=3),
    ):
        assert not np.array_equal(first, probe.weights(other.arrays["layer1"]))


def test_layers_of_one_shape_are_not_alike():
    population = grow("exact", (9, 10, 10), 1, {"name": "mono-forward", "bias": False})
    middle, last = (probe.weights(population.arrays[name]) for name in ("layer1", "layer2"))
    assert not np.array_equal(middle[:, :9], last[:, :9])


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_devices_that_were_lent_out_come_back_with_what_they_learnt(rule):
    x, labels = lesson()
    population, apart = grown("mortal-default", rule, 4), grown("mortal-default", rule, 4)
    lent = population.take([2, 0])
    assert lent.serials.tolist() == [2, 0]
    assert same_device(lent, 1, population, 0)
    lent.train(x, labels, epochs=2)
    assert same_device(population, 0, apart, 0), "a loan is a copy"
    population.put([2, 0], lent)
    assert population.epochs == 2
    for at, there in ((0, 1), (2, 0)):
        assert same_device(population, at, lent, there)
    for at in (1, 3):
        assert same_device(population, at, apart, at)
    with pytest.raises(DeviceError, match="cannot stand for"):
        population.put([1, 3], lent)


def test_a_mask_is_not_taken_for_positions():
    population = grown("exact", RULES[0], 3)
    with pytest.raises(DataError, match="flatnonzero"):
        population.take(population.serials > 0)


@pytest.mark.parametrize("at", [[3], [-4], [0.5], ["0"], [[0, 5]]], ids=str)
def test_a_position_nobody_stands_at_is_refused(at):
    with pytest.raises(DataError, match="of 3 devices, these are no positions"):
        grown("exact", RULES[0], 3).take(at)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_an_exam_leaves_no_trace(rule):
    x, labels = lesson()
    watched, unwatched = grown("mortal-default", rule, 2), grown("mortal-default", rule, 2)
    for _ in range(2):
        first, second = (watched.examine(x, labels) for _ in range(2))
        assert np.array_equal(first.loss, second.loss)
        for population in (watched, unwatched):
            population.train(x, labels, epochs=1)
        assert all(same_device(watched, at, unwatched, at) for at in range(2))


def test_an_exam_counts_right_answers_and_measures_surprise_in_bits():
    x, labels = lesson(30)
    population = grown("exact", RULES[0], 70)
    population.train(x, labels, epochs=2)
    answers = population.answer(x).astype(np.float64)
    exam = population.examine(x, labels)
    right = (answers.argmax(axis=-1) == labels).mean(axis=1)
    assert np.array_equal(exam.accuracy, right)
    surprise = -answers[:, np.arange(30), labels].mean(axis=1) / np.log(2)
    assert exam.loss == pytest.approx(surprise, rel=1e-6)
    assert (exam.samples, exam.chance) == (30, 1 / 3)
    assert f"accuracy {right.mean():.3f}" in str(exam)


def test_many_samples_are_answered_like_few():
    x, _ = lesson(1203)
    together = grown("mortal-default", RULES[0], 2).answer(x)
    apart = grown("mortal-default", RULES[0], 2)
    parts = [apart.answer(part) for part in np.array_split(x, 5)]
    assert together.shape == (2, 1203, 3)
    # The order of sums within a product may depend on its shape, which a converter may round up
    # to one of its levels; noise may not.
    alike = np.isclose(together, np.concatenate(parts, axis=1), atol=1e-4).all(axis=-1)
    assert alike.mean() > 0.99, alike.mean()


def test_training_is_watched_epoch_by_epoch_and_batch_by_batch():
    x, labels = lesson(20)
    population, ticks, seen = grown("exact", RULES[0], 2), [], []
    schedule = Schedule(epochs=3, batch=6)
    targets = np.eye(3)[labels]
    told = population.learn(
        x, targets, schedule, progress=seen.append, tick=lambda: ticks.append(1)
    )
    assert [epoch.number for epoch in told] == [0, 1, 2]
    assert told == seen
    assert len(ticks) == schedule.pieces(20) == 12
    assert population.epochs == 3
    assert told[0].accuracy.shape == (2,)


def test_the_curve_is_the_agreement_with_the_targets_while_learning():
    x, labels = lesson(30)
    population = grown("exact", RULES[0], 2)
    (before,) = population.train(x, labels, epochs=1, batch=30)
    # All answers of one batch are given before it is learnt, here by devices that know nothing.
    assert before.accuracy == pytest.approx([1 / 3, 1 / 3])
    (after,) = population.train(x, labels, epochs=1, batch=30, rate=0.0)
    assert after.accuracy == pytest.approx(population.examine(x, labels).accuracy)


def test_no_epochs_and_a_rate_of_nothing_teach_nothing():
    x, labels = lesson()
    population, fresh = grown("mortal-default", RULES[0], 2), grown("mortal-default", RULES[0], 2)
    assert population.train(x, labels, epochs=0) == []
    population.train(x, labels, epochs=1, rate=0.0)
    for name, array in population.arrays.items():
        assert np.array_equal(probe.weights(array), probe.weights(fresh.arrays[name]))


def test_schooling_twice_is_shuffled_anew():
    x, labels = lesson()
    twice, again = grown("exact", RULES[0]), grown("exact", RULES[0])
    twice.train(x, labels, epochs=1, decay=1)
    again.train(x, labels, epochs=1, decay=1)
    again.epochs = 0
    for population in (twice, again):
        population.train(x, labels, epochs=1, decay=1)
    assert not np.array_equal(*(probe.weights(p.arrays["layer1"]) for p in (twice, again)))


def test_ageing_says_whether_it_is_modelled():
    assert grown("mortal-default", RULES[0]).age(1e8)
    assert grown("exact", RULES[0]).age(1e8), "the control is known not to age"
    silent = grown("ecram-tang2018", RULES[0])
    assert not silent.age(1e8)
    assert silent.ledger().clock == pytest.approx(1e8)


def test_years_cost_accuracy_where_retention_is_modelled():
    data = load_data("digits", train=600, test=300)
    population = grow("mortal-default", (64, 32), 2, seed=1)
    population.train(data.inputs_train, data.labels_train, epochs=2)
    young = population.examine(data.inputs_test, data.labels_test).accuracy
    population.age(30 * 3.156e7, 358.0)
    old = population.examine(data.inputs_test, data.labels_test).accuracy
    assert (young - old).min() > 0.2, (young, old)


def test_a_population_says_what_it_is():
    population = grow("exact", (9, 8), 3)
    assert len(population) == 3
    assert repr(population) == "Population(3 x 9-8, exact, mono-forward)"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"inputs": np.full((4, 9), np.nan)}, "NaN or infinity"),
        ({"inputs": np.full((4, 9), 1e300)}, "NaN or infinity"),
        ({"inputs": np.full((4, 9), 1j)}, "real numbers"),
        ({"inputs": np.ma.masked_equal(np.zeros((4, 9)), 0)}, "none masked"),
        ({"inputs": np.zeros((4, 8))}, "9 features"),
        ({"inputs": np.zeros(9)}, "9 features"),
        ({"inputs": np.zeros((0, 9)), "labels": []}, "9 features"),
        ({"inputs": 5}, "9 features"),
        ({"inputs": [["a"] * 9] * 4}, "array of real numbers"),
        ({"inputs": [[0.0], [0.0, 1.0]]}, "array of real numbers"),
        ({"labels": [0, 1, 2]}, "4 whole numbers"),
        ({"labels": [0.0, 1.0, 2.0, 0.0]}, "4 whole numbers"),
        ({"labels": [[0], [1, 2]]}, "4 whole numbers"),
        ({"labels": [0, 1, 2, 3]}, "0 to 2, found 0 to 3"),
        ({"labels": [0, 1, 2, -1]}, "0 to 2, found -1 to 2"),
    ],
)
def test_wrong_lessons_are_refused_in_a_sentence_before_anything_is_learnt(wrong, said):
    population, fresh = grown("exact", RULES[0]), grown("exact", RULES[0])
    given = {"inputs": np.zeros((4, 9)), "labels": [0, 1, 2, 0]} | wrong
    for verb in (population.train, population.examine):
        with pytest.raises(DataError, match=said) as caught:
            verb(**given)
        assert isinstance(caught.value, ValueError)
        assert "\n" not in str(caught.value)
    assert same_device(population, 0, fresh, 0)
    assert population.epochs == 0


@pytest.mark.parametrize(
    "targets",
    [
        np.full((4, 2), 0.5),
        np.full((3, 3), 0.3),
        np.full((2, 4, 3), 0.3),
        np.full((4, 3), np.nan),
        np.zeros(3),
        "soft",
    ],
)
def test_wrong_targets_are_refused_in_a_sentence(targets):
    population = grown("exact", RULES[0], 3)
    with pytest.raises(DataError, match="targets"):
        population.learn(np.zeros((4, 9)), targets, Schedule())


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"technology": "exakt"}, DeviceError, "did you mean exact"),
        ({"rule": "mono-forwards"}, ConfigError, "there are: mono-forward, forward-forward"),
        ({"rule": {"rate": 1}}, ConfigError, "no rule is called None"),
        ({"rule": {"name": "mono-forward", "rates": 1}}, ConfigError, "rates"),
        ({"rule": {"name": "mono-forward", "rate": -1}}, ConfigError, "greater than 0, found -1"),
        ({"rule": {"name": "mono-forward", "label_matrix": "array"}}, RuleError, "reverse-read"),
        ({"count": 0}, ConfigError, "count 0"),
        ({"count": 2.0}, ConfigError, "whole"),
        ({"count": "8"}, ConfigError, "whole"),
        ({"layers": (9,)}, ConfigError, "two numbers"),
        ({"layers": (9, 0)}, ConfigError, "1 or more"),
        ({"layers": (9, 1.5)}, ConfigError, "whole"),
        ({"classes": 1}, ConfigError, "2 classes"),
        ({"seed": 0.5}, ConfigError, "whole"),
        ({"seed": -1}, DeviceError, "seed"),
        ({"seed": 2**32}, DeviceError, "seed"),
        ({"first_serial": -1}, ConfigError, "serial"),
        ({"first_serial": 2**32 - 1, "count": 2}, ConfigError, "serial"),
        ({"first_serial": 2**64}, ConfigError, "serial"),
        ({"count": 10**30}, ConfigError, "serial"),
        ({"count": 10**9, "layers": (784, 4096)}, ConfigError, "of memory"),
        ({"layers": 9}, ConfigError, "list of whole numbers"),
        ({"rule": None}, ConfigError, "a rule is a name"),
        ({"technology": 3}, ConfigError, "a technology is a name"),
        ({"backend": "abacus"}, DeviceError, "abacus"),
    ],
)
def test_what_cannot_be_grown_is_refused_in_a_sentence(wrong, error, said):
    given = {"technology": "mortal-default", "layers": (9, 8), "count": 1, "rule": "mono-forward"}
    with pytest.raises(error, match=said) as caught:
        grow(**given | wrong)
    assert isinstance(caught.value, MortalError | DeviceError)
    assert "\n" not in str(caught.value)


def test_a_rest_may_be_told_as_a_story_tells_it():
    one, other = grown("mortal-default", RULES[0]), grown("mortal-default", RULES[0])
    one.age("2 years", temperature="55 C")
    other.age(2 * 365.25 * 86400, temperature=328.15)
    assert same_device(one, 0, other, 0)


def test_degrees_celsius_given_as_kelvin_are_taken_with_a_warning():
    with pytest.warns(UserWarning, match="55 K is -218 C, .*'55 C' if you mean that"):
        grown("mortal-default", RULES[0]).age(1e8, 55)


def test_ageing_backwards_or_below_zero_is_refused():
    population = grown("mortal-default", RULES[0])
    for arguments in ((-1.0,), (float("nan"),), (1.0, 0.0), ("3 eons",), (1.0, "55"), (None,)):
        with pytest.raises(DeviceError, match="rest"):
            population.age(*arguments)


def test_a_declaration_grows_what_its_name_grows():
    by_name = grow("exact", (9, 8), 1, "mono-forward")
    by_declaration = grow(preset("exact"), (9, 8), 1, by_name.settings)
    assert same_device(by_name, 0, by_declaration, 0)


def test_those_who_all_died_teach_nobody_and_are_taught_nothing_and_a_sentence_says_so():
    some, inputs = grow("exact", (64, 8), 2, "rbm"), np.eye(9, 64, dtype=np.float32)
    dead = some.take([])
    for asked in (
        lambda: distill.transfer(dead, some, inputs),
        lambda: distill.transfer(some, dead, inputs),
        lambda: distill.transfer([some, dead], some, inputs, pairing="all-to-each"),
        lambda: distill.mutual(dead, inputs, rounds=1),
        lambda: dead.examine(inputs, np.arange(9)),
        lambda: dead.generate(3),
    ):
        with pytest.raises(DataError, match="has no device, so nobody can be asked"):
            asked()
    assert some.epochs == 0
    assert (some.ledger().pulses == 0).all()


def test_a_population_is_a_student_with_the_default_schedule():
    x, labels = lesson(20)
    plain, said = grown("exact", RULES[0]), grown("exact", RULES[0])
    plain.learn(x, np.eye(3)[labels])
    said.pupil(Schedule()).learn(x, np.eye(3)[labels])
    assert same_device(plain, 0, said, 0)
    assert plain.epochs == Schedule().epochs


def test_the_door_opens_every_name_when_it_is_asked_for():
    assert set(mortal.__all__) <= set(dir(mortal))
    for name in mortal.__all__:
        assert callable(getattr(mortal, name))
    with pytest.raises(AttributeError, match="no attribute 'heaven'"):
        mortal.heaven  # noqa: B018
