"""A folder of four IDX files, as MNIST, Fashion-MNIST and KMNIST come."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mortal.data.dataset import Dataset, Inputs, Labels
from mortal.data.idx import read_idx
from mortal.data.splits import narrow
from mortal.errors import DataError

__all__ = ["STEMS", "IdxFolder", "find_file", "load_folder", "read_folder"]

STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
BRIGHTEST = 255

Bytes = npt.NDArray[np.uint8]


class IdxFolder(NamedTuple):
    """What the four files hold: images `[sample, height, width]`, labels `[sample]`."""

    images_train: Bytes
    labels_train: Bytes
    images_test: Bytes
    labels_test: Bytes


def load_folder(
    folder: str | os.PathLike[str],
    name: str = "idx",
    *,
    train: int | None = None,
    validation: int = 0,
    test: int | None = None,
    seed: int = 0,
    classes: int | None = None,
) -> Dataset:
    """Load a folder of IDX files as a data set; inputs are bytes / 255, `[sample, pixel]`.

    `validation` images are taken out of the training file; `train` limits those that remain and
    `test` those of the test file, all chosen by `seed` and kept in the order of their file.
    `classes` None means one more than the largest label of the two label files. Raises
    `DataError` when a file is missing or damaged, the files do not fit each other, a label is
    out of range, or more images are asked for than there are.
    """
    files = read_folder(folder)
    if classes is None:
        classes = 1 + int(max(files.labels_train.max(), files.labels_test.max()))
    chosen = narrow(
        len(files.labels_train),
        len(files.labels_test),
        seed,
        train=train,
        validation=validation,
        test=test,
    )
    return Dataset(
        name=name,
        inputs_train=_inputs(files.images_train[chosen.train]),
        labels_train=_labels(files.labels_train[chosen.train]),
        inputs_validation=_inputs(files.images_train[chosen.validation]),
        labels_validation=_labels(files.labels_train[chosen.validation]),
        inputs_test=_inputs(files.images_test[chosen.test]),
        labels_test=_labels(files.labels_test[chosen.test]),
        classes=classes,
        features=files.images_train[0].size,
    )


def read_folder(folder: str | os.PathLike[str]) -> IdxFolder:
    """Read the four IDX files of a folder as they are.

    Raises `DataError` when the folder or a file is missing, a file is damaged, images and labels
    differ in number, or training and test images differ in size.
    """
    folder = Path(folder)
    if not folder.is_dir():
        fault = "is a file" if folder.exists() else "does not exist"
        raise DataError(f"{folder} {fault}; a folder of IDX files is needed.")
    paths = [(stem, find_file(folder, stem)) for stem in STEMS]
    missing = [stem for stem, path in paths if path is None]
    if missing:
        raise DataError(
            f"The folder {folder} has no {', no '.join(missing)} (plain or .gz); "
            "`mortal data get NAME --to DIR` fetches a known set."
        )
    arrays = [
        read_idx(path, dimensions=3 if "images" in stem else 1) for stem, path in paths if path
    ]
    files = IdxFolder(*arrays)
    for side, images, labels in (
        ("train", files.images_train, files.labels_train),
        ("t10k", files.images_test, files.labels_test),
    ):
        if len(images) != len(labels):
            raise DataError(
                f"The {side} files of {folder} hold {len(images)} images, but {len(labels)} "
                "labels; every image needs one label."
            )
    if files.images_train.shape[1:] != files.images_test.shape[1:]:
        raise DataError(
            f"The images of {folder} are {_pixels(files.images_train)} pixels in the train file, "
            f"but {_pixels(files.images_test)} in the t10k file; they must be of one size."
        )
    return files


def find_file(folder: Path, stem: str) -> Path | None:
    """Find the file of one of `STEMS` in a folder; None when there is none.

    Both writings are known, `train-images-idx3-ubyte` and `train-images.idx3-ubyte`. Where more
    than one exists the first of this order is taken: .gz before plain (`.gz` is what a download
    writes, so a fresh one wins over a leftover), dashed before dotted. A folder of such a name
    is taken only when there is no file.
    """
    dotted = stem.replace("-idx", ".idx")
    paths = [folder / name for name in (f"{stem}.gz", f"{dotted}.gz", stem, dotted)]
    present = [path for path in paths if path.exists()]
    files = [path for path in present if path.is_file()]
    return next(iter(files or present), None)


def _inputs(images: Bytes) -> Inputs:
    height, width = images.shape[1:]
    inputs = images.reshape(len(images), height * width).astype(np.float32)
    inputs /= BRIGHTEST
    return inputs


def _labels(labels: Bytes) -> Labels:
    return labels.astype(np.int64)


def _pixels(images: Bytes) -> str:
    return " x ".join(map(str, images.shape[1:]))
