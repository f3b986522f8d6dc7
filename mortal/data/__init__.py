"""What learners learn: data sets as plain arrays, checked, and divided once by the data seed.

This package knows files, checksums and arrays. It must not know organisms, rules or devices, and
it draws no randomness but the split. scikit-learn is imported only when its digits are asked for.
"""

from mortal.data.arrays import from_arrays
from mortal.data.catalogue import KNOWN_SETS, KnownFile, KnownSet
from mortal.data.dataset import Dataset
from mortal.data.digits import load_digits
from mortal.data.download import get
from mortal.data.folder import IdxFolder, load_folder, read_folder
from mortal.data.idx import read_idx
from mortal.data.loading import NAMES, load
from mortal.data.npz import load_npz
from mortal.data.splits import Split, split

__all__ = [
    "KNOWN_SETS",
    "NAMES",
    "Dataset",
    "IdxFolder",
    "KnownFile",
    "KnownSet",
    "Split",
    "from_arrays",
    "get",
    "load",
    "load_digits",
    "load_folder",
    "load_npz",
    "read_folder",
    "read_idx",
    "split",
]
