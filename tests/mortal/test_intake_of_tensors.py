"""What a user of PyTorch hands in by mistake is answered in one sentence."""

import numpy as np
import pytest

import mortal
from mortal.errors import DataError
from mortal.intake import inputs_of, labels_of, warn_of_range


def test_a_tensor_that_requires_grad_is_refused_in_one_sentence() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(DataError, match=r"inputs cannot be read as an array: .*detach"):
        inputs_of(torch.zeros(2, 3, requires_grad=True), 3)


def test_pictures_that_were_not_flattened_are_told_how() -> None:
    with pytest.raises(DataError, match=r"pictures: reshape\(len\(inputs\), -1\)"):
        inputs_of(np.zeros((2, 1, 2, 2)), 4)


def test_labels_that_require_grad_are_refused_in_one_sentence() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(DataError, match=r"labels cannot be read as an array: .*detach"):
        labels_of(torch.zeros(2, requires_grad=True), 2, 2)


@pytest.mark.parametrize(
    ("given", "way"),
    [
        (np.zeros((3, 1), int), r"ravel\(\)"),
        (np.eye(3), r"argmax\(axis=1\)"),
        (np.zeros(3), r"astype\(int\)"),
        (np.array(["cat", "dog", "cat"]), "return_inverse"),
        (np.zeros(2, int), r"int64 of shape \(2,\)$"),
    ],
)
def test_labels_of_another_form_are_told_the_way(given, way) -> None:
    with pytest.raises(DataError, match=f"labels must be 3 whole numbers, found .*{way}"):
        labels_of(given, 3, 3)


def test_inputs_that_no_one_scaled_are_taken_with_a_warning() -> None:
    some = mortal.grow("exact", (2, 4), 1, seed=1)
    with pytest.warns(UserWarning, match="inputs reach 2501: .* scale each feature to 0 to 1"):
        some.train(np.array([[2501.0, 0.1], [0.2, 0.3]]), np.array([0, 1]), epochs=1)
    warn_of_range(np.random.default_rng(1).standard_normal((1000, 9), np.float32))
