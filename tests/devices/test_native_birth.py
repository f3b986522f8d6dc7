"""The native birth of cells, misused: a clear error by name, or nothing."""

import native_calls
import numpy as np
import pytest
from native_calls import call

ROW, COLUMN = np.zeros((3, 3), np.float32), np.zeros((3, 5), np.float32)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("own", np.nan), ("numbers", [0.01] * 5), ("numbers", [np.inf] * 6), ("scales", [0.1] * 8),
        ("scales", [np.nan] * 7), ("row_parts", [None] * 6), ("row_parts", [ROW] * 7),
        ("row_parts", [COLUMN] * 7), ("row_parts", [ROW.astype(np.float64)] * 7),
        ("column_parts", [COLUMN] * 7), ("column_parts", [COLUMN[:, ::-1]] * 7),
        ("column_parts", [1.0] * 7), ("serials", np.array([0, -1, 2])),
    ],
)  # fmt: skip
def test_a_birth_that_cannot_be_is_refused(name, wrong):
    with pytest.raises(ValueError, match=rf"{name}\b.* must be"):
        call("grow", native_calls.grow() | {name: wrong})


@pytest.mark.parametrize(
    ("rows", "columns"), [(0, 2**63 - 1), (1, 2**63 - 1), (2**40, 2**40), (-1, 1), (2**31, 17)]
)
def test_more_cells_than_can_be_numbered_are_not_born(rows, columns):
    with pytest.raises(ValueError, match="rows and columns must be"):
        call("grow", native_calls.grow(1, rows, columns))


@pytest.mark.parametrize("shape", [(0, 3, 5), (2, 0, 5), (2, 3, 0)])
def test_nothing_is_born_of_nothing(shape):
    assert [array.shape for array in call("grow", native_calls.grow(*shape))] == [shape] * 7
