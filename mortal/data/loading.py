"""A data set by name, as a configuration asks for it."""

import os
from pathlib import Path

from mortal.data.catalogue import KNOWN_SETS
from mortal.data.dataset import Dataset
from mortal.data.digits import load_digits
from mortal.data.folder import load_folder
from mortal.data.names import known_or_refuse
from mortal.data.npz import load_npz
from mortal.errors import DataError

__all__ = ["NAMES", "load"]

NAMES = ("digits", *KNOWN_SETS, "idx", "arrays")
VARIABLE = "MORTAL_DATA"


def load(
    name: str,
    *,
    path: str | os.PathLike[str] | None = None,
    train: int | None = None,
    validation: int = 0,
    test: int | None = None,
    seed: int = 0,
) -> Dataset:
    """Load `digits` (bundled), `mnist`, `fashion-mnist`, `kmnist`, a folder `idx`, or `arrays`.

    `path` is the folder of the four IDX files, or one that holds them in a subfolder called
    `name`; None means the environment variable MORTAL_DATA. Of `arrays` it is a .npz file
    (`load_npz`). `validation` samples are taken out
    of the training samples, `train` limits those that remain (None: all), `test` limits the test
    samples (None: all); the choice is fixed by `seed`. Inputs are float32 in [0, 1],
    `[sample, feature]`; labels int64, `[sample]`. Raises `DataError` when the name is unknown, no
    folder is given, a file is missing or damaged, or more samples are asked for than there are.
    """
    known_or_refuse("data set", name, NAMES)
    if name == "digits":
        if path is not None:
            raise DataError("The data set 'digits' is bundled with scikit-learn; it takes no path.")
        return load_digits(train=train, validation=validation, test=test, seed=seed)
    if name == "arrays":
        if path is None:
            raise DataError("The data set 'arrays' needs the `path` of a .npz file.")
        return load_npz(
            Path(path).expanduser(), train=train, validation=validation, test=test, seed=seed
        )
    return load_folder(
        _folder(name, path),
        name,
        train=train,
        validation=validation,
        test=test,
        seed=seed,
        classes=10 if name in KNOWN_SETS else None,
    )


def _folder(name: str, path: str | os.PathLike[str] | None) -> Path:
    given = os.environ.get(VARIABLE) if path is None else os.fspath(path)
    if not given:
        fetch = f"; `mortal data get {name} --to DIR` fetches it" if name in KNOWN_SETS else ""
        raise DataError(
            f"The data set {name!r} needs a folder of IDX files: give its `path`, or set the "
            f"environment variable {VARIABLE}{fetch}."
        )
    folder = Path(given).expanduser()
    return folder / name if (folder / name).is_dir() else folder
