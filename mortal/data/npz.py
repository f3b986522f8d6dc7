"""Arrays of one's own in a NumPy archive (`numpy.savez`), whole or divided; never a pickle."""

import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.data.arrays import from_arrays
from mortal.data.dataset import Dataset
from mortal.data.splits import narrow, split_indices
from mortal.errors import DataError
from mortal.intake import how_to_label

__all__ = ["DIVIDED", "WHOLE", "load_npz"]

WHOLE = ("inputs", "labels")
DIVIDED = ("inputs_train", "labels_train", "inputs_test", "labels_test")
TEST_SHARE = 5  # of samples in one piece every fifth, unless the number is said
BRIGHTEST = 255

Arrays = dict[str, npt.NDArray[Any]]


def load_npz(
    path: str | os.PathLike[str],
    *,
    train: int | None = None,
    validation: int = 0,
    test: int | None = None,
    seed: int = 0,
) -> Dataset:
    """Load `inputs` and `labels`, or both for `_train` and for `_test`, from a .npz file.

    Inputs are `[sample, ...]`, flattened to `[sample, feature]`: numbers in [0, 1], or unsigned
    bytes, which are divided by 255 as those of images are. Labels are whole numbers from 0. From
    arrays in one piece `test` samples (None: a fifth) are taken out first; of arrays that come
    divided the test samples stay apart, and `test` limits them. `validation` and `train` then
    choose from the training samples, all by `seed`. Raises `DataError` when the file is missing,
    damaged or no such archive, holds Python objects, lacks an array, the arrays do not fit each
    other, a value is out of range, or more samples are asked for than there are.
    """
    path = Path(path)
    found = _read(path)
    if all(name in found for name in DIVIDED):
        sides = [_side(path, found, f"_{side}") for side in ("train", "test")]
        (inputs, labels), (inputs_test, labels_test) = sides
        counts = len(labels), len(labels_test)
        chosen = narrow(*counts, seed, train=train, validation=validation, test=test)
    else:
        inputs, labels = inputs_test, labels_test = _side(path, found, "")
        if test is None:
            test = max(1, len(labels) // TEST_SHARE)
        chosen = split_indices(len(labels), seed, train=train, validation=validation, test=test)
    if min(labels.min(), labels_test.min()) > 0:
        raise DataError(
            f"{path} has labels that begin with {min(labels.min(), labels_test.min())}; whole "
            "numbers from 0 are needed (np.unique with return_inverse counts classes from 0)."
        )
    return from_arrays(
        inputs[chosen.train],
        labels[chosen.train],
        inputs_test[chosen.test],
        labels_test[chosen.test],
        inputs_validation=inputs[chosen.validation],
        labels_validation=labels[chosen.validation],
        # All that are known, so that a split never decides how many there are.
        classes=1 + int(max(labels.max(), labels_test.max())),
        name=path.name,
    )


def _read(path: Path) -> Arrays:
    if not path.is_file():
        fault = "is a folder" if path.is_dir() else "does not exist"
        raise DataError(f"{path} {fault}; a .npz file with {_wanted()} is needed.")
    try:
        # Opened here, for NumPy leaves files open that turn out to be damaged.
        with open(path, "rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(f"{path} holds one array; a .npz file with {_wanted()} is needed.")
            names = [name for name in archive.files if name in (*WHOLE, *DIVIDED)]
            if not (set(WHOLE) <= set(names) or set(DIVIDED) <= set(names)):
                there = ", ".join(archive.files) or "nothing"
                raise DataError(f"{path} holds {there}; {_wanted()} are needed.")
            return {name: archive[name] for name in names}
    except (ValueError, EOFError, OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        if isinstance(error, DataError):
            raise
        # NumPy takes whatever it does not know for a pickle.
        if "pickle" in str(error) and (zipfile.is_zipfile(path) or path.suffix == ".npy"):
            raise DataError(
                f"{path} holds Python objects, which are not read because reading them can run "
                "code; save arrays of numbers with numpy.savez (np.unique with return_inverse "
                "makes numbers of names)."
            ) from None
        if "pickle" in str(error):
            raise DataError(
                f"{path} is no .npz file; read it with what wrote it and save inputs and labels "
                "with numpy.savez (a table: pandas.read_csv; tensors: torch.load)."
            ) from None
        raise DataError(f"{path} is no .npz file, or damaged ({error}).") from error
    except MemoryError:
        raise DataError(f"{path} declares arrays that do not fit in memory.") from None


def _side(path: Path, found: Arrays, side: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    inputs, labels = found[f"inputs{side}"], found[f"labels{side}"]
    if inputs.ndim < 2 or labels.ndim != 1 or len(inputs) != len(labels) or not inputs.size:
        raise DataError(
            f"{path} has inputs{side} of shape {inputs.shape} and labels{side} of shape "
            f"{labels.shape}; [sample, feature] and as many labels, [sample], are needed"
            f"{how_to_label(labels, len(inputs))}."
        )
    if labels.dtype.kind not in "iu":
        raise DataError(
            f"{path} has labels{side} of type {labels.dtype}; whole numbers from 0 are needed"
            f"{how_to_label(labels, len(labels))}."
        )
    inputs = inputs.reshape(len(inputs), -1)
    return (inputs / BRIGHTEST if inputs.dtype == np.uint8 else inputs), labels


def _wanted() -> str:
    return f"{' and '.join(WHOLE)} (or {', '.join(DIVIDED)})"
