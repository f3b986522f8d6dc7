"""The handwritten digits that come with scikit-learn: 1797 images of 8 x 8, ten classes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.data.dataset import Dataset, Inputs
from mortal.data.splits import narrow, split

__all__ = ["load_digits"]

TEST_IMAGES = 500
BRIGHTEST = 16  # a pixel counts the inked ones of 4 x 4 finer pixels


def load_digits(
    *, train: int | None = None, validation: int = 0, test: int | None = None, seed: int = 0
) -> Dataset:
    """Load the bundled digits: 1297 images to train with and 500 to test, divided by `seed`.

    `validation` images are taken out of the 1297; `train` limits those that remain, `test` those
    of the 500. The 500 depend on the seed alone. Inputs are float32 `[sample, 64]`, 0 paper and
    1 ink; labels are 0 to 9. Raises `DataError` when more images are asked for than there are.
    """
    from sklearn.datasets import load_digits as bundled

    images, labels = bundled(return_X_y=True)
    whole = split(images, labels.astype(np.int64), seed, None, 0, TEST_IMAGES)
    chosen = narrow(
        len(whole.labels_train),
        TEST_IMAGES,
        seed,
        train=train,
        validation=validation,
        test=test,
    )
    return Dataset(
        name="digits",
        inputs_train=_scaled(whole.inputs_train[chosen.train]),
        labels_train=whole.labels_train[chosen.train],
        inputs_validation=_scaled(whole.inputs_train[chosen.validation]),
        labels_validation=whole.labels_train[chosen.validation],
        inputs_test=_scaled(whole.inputs_test[chosen.test]),
        labels_test=whole.labels_test[chosen.test],
        classes=10,
        features=images.shape[1],
    )


def _scaled(images: npt.NDArray[Any]) -> Inputs:
    return np.ascontiguousarray(images / BRIGHTEST, dtype=np.float32)
