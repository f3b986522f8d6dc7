"""What a user of PyTorch hands in by mistake is answered in one sentence."""

import re

import numpy as np
import pytest

import mortal
from mortal.errors import ConfigError, DataError
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


@pytest.mark.parametrize(
    ("given", "way"),
    [
        ([1, 2, 3], r"found 1 to 3 .*labels - 1"),
        ([0, 2, 4], r"found 0 to 4 .*classes=5"),
        ([-1, 0, 1], r"found -1 to 1 \(there are 3 classes\)$"),
    ],
)
def test_labels_out_of_range_are_told_the_way(given, way) -> None:
    with pytest.raises(DataError, match=way):
        labels_of(np.array(given), 3, 3)


def test_what_torch_holds_and_numpy_does_not_is_told_the_way() -> None:
    torch = pytest.importorskip("torch")
    from torch.utils.data import DataLoader, TensorDataset

    with pytest.raises(DataError, match=r"float\(\) makes numbers of bfloat16"):
        inputs_of(torch.zeros(2, 3, dtype=torch.bfloat16), 3)
    dataset = TensorDataset(torch.zeros(2, 3), torch.zeros(2))
    device = mortal.grow("exact", [3, 2], 1)
    for given in (dataset, DataLoader(dataset)):
        with pytest.raises(DataError, match="DataLoader: give arrays, inputs and labels"):
            device.train(given)
        with pytest.raises(DataError, match=r"np\.stack\(\[one\.flatten"):
            inputs_of(given, 3)


def test_an_optimiser_s_words_are_answered_with_those_of_a_schedule() -> None:
    some = mortal.grow("exact", (2, 4), 1, seed=1)
    with pytest.raises(ConfigError, match=r"no schedule has 'lr' \(there are: epochs, batch, rate"):
        some.train(np.zeros((2, 2)), np.array([0, 1]), lr=0.1)


def test_epochs_are_told_by_print_one_a_line(capsys) -> None:
    some = mortal.grow("exact", (2, 4), 2, seed=1)
    some.train(np.eye(2), np.array([0, 1]), epochs=2, progress=print)
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"epoch 1: accuracy while training \d\.\d{3} \(\d\.\d+-\d\.\d+\)", first)
    assert second.startswith("epoch 2: ")


def test_inputs_that_no_one_scaled_are_taken_with_a_warning() -> None:
    some = mortal.grow("exact", (2, 4), 1, seed=1)
    with pytest.warns(UserWarning, match="inputs reach 2501: .* scale each feature to 0 to 1"):
        some.train(np.array([[2501.0, 0.1], [0.2, 0.3]]), np.array([0, 1]), epochs=1)
    warn_of_range(np.random.default_rng(1).standard_normal((1000, 9), np.float32))


def test_inputs_without_labels_are_told_so():
    device = mortal.grow("exact", [3, 2], 1)
    with pytest.raises(DataError, match="train needs labels beside its 4 inputs"):
        device.train(np.zeros((4, 3)))
