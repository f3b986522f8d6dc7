"""Students from other houses: torch modules and scikit-learn classifiers."""

import itertools

import numpy as np
import pytest

import distill
from distill.guests import PROBABILITY_FLOOR

datasets = pytest.importorskip("sklearn.datasets")
linear_model = pytest.importorskip("sklearn.linear_model")


@pytest.fixture(scope="module")
def digits():
    inputs, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(inputs))
    return inputs[order] / 16, labels[order]


@pytest.fixture(scope="module")
def teacher(digits):
    inputs, labels = digits
    return linear_model.LogisticRegression(max_iter=500).fit(inputs[:600], labels[:600])


def taught(teacher, student, digits, **settings):
    """Teach on 300 inputs no label of which is seen; return how often both agree on the rest."""
    inputs, _ = digits
    transcript = distill.transfer(
        teacher, student, inputs[600:900], probe=inputs[1200:], **settings
    )
    return transcript.agreement_before[0], transcript.agreement_after[0]


def module_of(*sizes, seed=0):
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)
    layers = []
    for rows, columns in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(rows, columns), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def test_a_torch_module_learns_soft_answers_and_can_teach(teacher, digits, make_student):
    module = module_of(64, 64, 10)
    before, after = taught(teacher, distill.ModuleStudent(module, rate=6e-3), digits)
    assert before < 0.25
    assert after > 0.93
    assert all(parameter.grad is None for parameter in module.parameters())
    heir = make_student(1, 64, 10)
    assert taught(module, heir, digits)[1] > 0.92


def test_a_module_learns_the_cross_entropy_of_soft_targets():
    # One input, one bias a class: where the loss is least, softmax(z / T) is the target.
    torch = pytest.importorskip("torch")
    goal = np.array([[[0.5, 0.3, 0.2]]], dtype=np.float32)
    for softening in (1.0, 4.0):
        module = torch.nn.Linear(1, 3)
        student = distill.ModuleStudent(module, epochs=800, rate=0.02, softening=softening)
        student.learn(np.zeros((1, 1)), goal)
        z = module(torch.zeros(1, 1)).detach().numpy()[0] / softening
        reached = np.exp(z) / np.exp(z).sum()
        assert np.abs(reached - goal).max() < 2e-3, (softening, reached)


def test_many_students_in_one_module_learn_each_its_own(make_teacher, pool):
    torch = pytest.importorskip("torch")

    class Three(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(3, 4, 3))

        def forward(self, inputs):
            return inputs @ self.weight

    elders, heirs = make_teacher(devices=3), distill.ModuleStudent(Three(), epochs=100, rate=0.03)
    transcript = distill.transfer(elders, heirs, pool, probe=pool)
    assert transcript.agreement_after.min() > 0.9, transcript.agreement_after


def test_the_same_seed_teaches_a_module_the_same(teacher, digits):
    inputs, _ = digits
    said = []
    for random in (3, np.random.default_rng(3), 4):
        student = distill.ModuleStudent(module_of(64, 10), epochs=1, random=random)
        taught(teacher, student, digits)
        said.append(student.answer(inputs[:5]))
    assert np.array_equal(said[0], said[1])
    assert not np.array_equal(said[0], said[2])


def test_what_is_frozen_in_a_module_stays(teacher, digits):
    module = module_of(64, 32, 10)
    module[0].weight.requires_grad = False
    frozen, free = module[0].weight.clone(), module[2].weight.clone()
    taught(teacher, distill.as_student(module), digits)
    assert (module[0].weight == frozen).all()
    assert not (module[2].weight == free).all()
    for parameter in module.parameters():
        parameter.requires_grad = False
    with pytest.raises(distill.ProtocolError, match="none of its parameters learns"):
        distill.as_student(module)


@pytest.mark.parametrize("shape", [(2, 5, 10), (1, 4, 10), (1, 5, 9), (5, 10)])
def test_targets_that_do_not_fit_leave_the_student_untouched(shape, digits):
    module = module_of(64, 10)
    estimator = linear_model.LogisticRegression()
    students = [distill.ModuleStudent(module), distill.EstimatorStudent(estimator, 10)]
    before = module[0].weight.clone()
    for student in students:
        with pytest.raises(distill.TargetError, match=r"wanted are .* \(1, 5, 10\)"):
            student.learn(digits[0][:5], np.full(shape, 0.1, dtype=np.float32))
    assert (module[0].weight == before).all()
    assert not hasattr(estimator, "classes_")


@pytest.mark.parametrize("answers", ["soft", "hard"])
def test_an_estimator_learns_answers_and_can_teach(answers, teacher, digits, make_student):
    student = distill.EstimatorStudent(linear_model.LogisticRegression(tol=0.03), 10)
    before, after = taught(teacher, student, digits, answers=answers)
    assert before < 0.25, "untaught, all classes are equally likely"
    assert after > 0.88
    assert taught(student.estimator, make_student(1, 64, 10), digits)[1] > 0.88


def test_weights_are_the_soft_targets_and_not_only_their_best_class():
    # One input whose answer is even but for a hair: the estimator says so, too.
    student = distill.EstimatorStudent(linear_model.LogisticRegression(C=1e6), 3)
    goal = np.array([[[0.5, 0.3, 0.2]] * 4], dtype=np.float32)
    student.learn(np.zeros((4, 1)), goal)
    assert np.allclose(np.exp(student.answer(np.zeros((1, 1)))), goal[:, :1], atol=1e-3)


def test_epochs_of_partial_fit_keep_what_was_known(teacher, digits):
    inputs, _ = digits
    learner = linear_model.SGDClassifier(loss="log_loss", random_state=0)
    student = distill.EstimatorStudent(learner, 10, epochs=5)
    assert taught(teacher, student, digits)[1] > 0.85
    seen = learner.t_
    student.learn(inputs[:1], np.eye(10, dtype=np.float32)[np.newaxis, :1])
    assert learner.t_ > seen


def test_a_pipeline_hands_the_weights_to_its_last_step(teacher, digits):
    pipeline = pytest.importorskip("sklearn.pipeline")
    scaler = pytest.importorskip("sklearn.preprocessing").StandardScaler()
    whole = pipeline.make_pipeline(scaler, linear_model.LogisticRegression(tol=0.03))
    assert taught(teacher, distill.EstimatorStudent(whole, 10), digits)[1] > 0.88


def test_an_estimator_without_weights_takes_hard_answers_only(teacher, digits):
    neighbors = pytest.importorskip("sklearn.neighbors")
    nearest = neighbors.KNeighborsClassifier()
    student = distill.EstimatorStudent(nearest, 10)
    with pytest.raises(distill.TargetError, match="KNeighborsClassifier cannot learn soft"):
        taught(teacher, student, digits)
    assert not hasattr(nearest, "classes_")
    assert taught(teacher, student, digits, answers="hard")[1] > 0.88


def test_a_class_in_no_lesson_is_answered_with_the_floor():
    student = distill.EstimatorStudent(linear_model.LogisticRegression(), 4)
    goal = np.eye(4, dtype=np.float32)[[1, 3, 1, 3]][np.newaxis]
    inputs = np.array([[0.0], [1.0], [0.0], [1.0]])
    student.learn(inputs, goal)
    said = student.answer(inputs)
    assert said.argmax(axis=-1).tolist() == [[1, 3, 1, 3]]
    assert (said[..., [0, 2]] == np.log(PROBABILITY_FLOOR)).all()
    with pytest.raises(distill.TargetError, match="LogisticRegression cannot learn these answers"):
        student.learn(inputs, np.eye(4, dtype=np.float32)[[1] * 4][np.newaxis])


def test_a_fitted_estimator_is_a_student_as_it_is(teacher, digits):
    inputs, labels = digits
    poor = linear_model.LogisticRegression().fit(inputs[:20], labels[:20] % 5 * 2)
    with pytest.raises(distill.PairingError, match="teacher answers 10 classes, the student 5"):
        taught(teacher, poor, digits)
    few = linear_model.LogisticRegression(tol=0.03).fit(inputs[:40], labels[:40])
    before, after = taught(teacher, few, digits)
    assert after > before + 0.1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: distill.as_student(linear_model.LogisticRegression()), r"EstimatorStudent\("),
        (lambda: distill.EstimatorStudent(linear_model.Perceptron(), 10), "Perceptron cannot be"),
        (
            lambda: distill.EstimatorStudent(linear_model.LogisticRegression(), 10, epochs=3),
            "it has no partial_fit",
        ),
    ],
)
def test_an_estimator_that_cannot_be_a_student_is_refused(make, message):
    with pytest.raises(distill.ProtocolError, match=message):
        make()
