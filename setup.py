"""The optional extension; everything else stands in setup.cfg.

Where there is no compiler the install succeeds without it, and the NumPy reference computes.
"""

import platform
from pathlib import Path

from setuptools import setup

SOURCE = Path("devices/kernels/source")
BUILDS = ["plain", "avx2", "avx512"] if platform.machine() in ("x86_64", "AMD64") else ["plain"]


def extensions():
    """Return the native kernels, or nothing where pybind11 is missing."""
    try:
        from pybind11.setup_helpers import Pybind11Extension
    except ImportError:
        return []
    return [
        Pybind11Extension(
            "devices.kernels._native",
            [str(SOURCE / "native.cpp"), *(str(SOURCE / f"build_{name}.cpp") for name in BUILDS)],
            depends=[str(header) for header in sorted(SOURCE.glob("*.h"))],
            cxx_std=17,
            # Results must not depend on how a compiler contracts or reorders arithmetic.
            extra_compile_args=["-O3", "-ffp-contract=off", "-fopenmp"],
            extra_link_args=["-fopenmp"],
            optional=True,
        )
    ]


setup(ext_modules=extensions())
