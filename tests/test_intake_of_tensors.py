"""What a user of PyTorch hands in by mistake is answered in one sentence."""

import numpy as np
import pytest

from mortal.errors import DataError
from mortal.intake import inputs_of


def test_a_tensor_that_requires_grad_is_refused_in_one_sentence() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(DataError, match=r"inputs cannot be read as an array: .*detach"):
        inputs_of(torch.zeros(2, 3, requires_grad=True), 3)


def test_pictures_that_were_not_flattened_are_told_how() -> None:
    with pytest.raises(DataError, match=r"pictures: reshape\(len\(inputs\), -1\)"):
        inputs_of(np.zeros((2, 1, 2, 2)), 4)
