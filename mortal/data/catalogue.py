"""The data sets that can be fetched by name: where they lie and how to know them.

A checksum is of the `content` (the uncompressed IDX bytes, so that a mirror may compress them
anew) or of the `file` exactly as published. `is_verified` tells whether the authors of this
package have computed the checksum from the data themselves; the others are cited.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["KNOWN_SETS", "KnownFile", "KnownSet"]


@dataclass(frozen=True)
class KnownFile:
    """One file of a known set: its published name and the MD5 of its content or of itself."""

    name: str
    md5: str
    of: Literal["content", "file"]
    is_verified: bool


@dataclass(frozen=True)
class KnownSet:
    """A published data set; `base` is the URL of the folder that its files lie in."""

    name: str
    base: str
    licence: str
    files: tuple[KnownFile, ...]


def _content(name: str, md5: str) -> KnownFile:
    return KnownFile(name, md5, of="content", is_verified=True)


def _published(name: str, md5: str) -> KnownFile:
    return KnownFile(name, md5, of="file", is_verified=False)


MNIST = KnownSet(
    name="mnist",  # LeCun, Cortes, Burges
    base="https://ossci-datasets.s3.amazonaws.com/mnist",
    licence="CC BY-SA 3.0",
    files=(
        _content("train-images-idx3-ubyte.gz", "6bbc9ace898e44ae57da46a324031adb"),
        _content("train-labels-idx1-ubyte.gz", "a25bea736e30d166cdddb491f175f624"),
        _content("t10k-images-idx3-ubyte.gz", "2646ac647ad5339dbf082846283269ea"),
        _content("t10k-labels-idx1-ubyte.gz", "27ae3e4e09519cfbb04c329615203637"),
    ),
)

# The checksums of the next two are those of torchvision.datasets, classes FashionMNIST and KMNIST.
FASHION_MNIST = KnownSet(
    name="fashion-mnist",  # Xiao, Rasul, Vollgraf, arXiv:1708.07747
    base="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    licence="MIT",
    files=(
        _published("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        _published("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        _published("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        _published("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
)

KMNIST = KnownSet(
    name="kmnist",  # Clanuwat et al., arXiv:1812.01718
    base="http://codh.rois.ac.jp/kmnist/dataset/kmnist",
    licence="CC BY-SA 4.0",
    files=(
        _published("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        _published("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        _published("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        _published("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    ),
)

KNOWN_SETS = {known.name: known for known in (MNIST, FASHION_MNIST, KMNIST)}
