"""The optional extension; everything else stands in setup.cfg.

Where there is no compiler the install succeeds without it, and the NumPy reference computes.
"""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError, LinkError

try:
    from pybind11.setup_helpers import Pybind11Extension
except ImportError:
    Pybind11Extension = None

SOURCE = Path("devices/kernels/source")


def extensions():
    """Return the native kernels; none where pybind11 is missing, and for MSVC, untried."""
    if Pybind11Extension is None or sys.platform == "win32":
        return []
    return [
        Pybind11Extension(
            "devices.kernels._native",
            [str(source) for source in sorted(SOURCE.glob("*.cpp"))],
            depends=[str(header) for header in sorted(SOURCE.glob("*.h"))],
            cxx_std=17,
            # Results must not depend on how a compiler contracts or reorders arithmetic.
            extra_compile_args=["-O3", "-ffp-contract=off", "-fopenmp"],
            extra_link_args=["-fopenmp"],
            optional=True,
        )
    ]


class BuildWithOrWithoutThreads(build_ext):
    """Not every compiler brings OpenMP; without it one thread computes the same."""

    def build_extension(self, extension):
        """Compile with OpenMP, or else without."""
        try:
            super().build_extension(extension)
        except (CompileError, LinkError):
            extension.extra_compile_args.remove("-fopenmp")
            extension.extra_link_args.remove("-fopenmp")
            super().build_extension(extension)


setup(ext_modules=extensions(), cmdclass={"build_ext": BuildWithOrWithoutThreads})
