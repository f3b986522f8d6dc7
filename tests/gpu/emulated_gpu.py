"""The kernels of gpu.cu compiled for the processor and run thread after thread."""

import ctypes
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
COMPILER = shutil.which("g++") or shutil.which("c++")


def compiled(folder):
    """Return the library, built in a folder."""
    built, source = folder / "gpu_on_cpu.so", files("devices.kernels") / "source"
    command = [COMPILER, "-std=c++17", "-O2", "-mfma", "-ffp-contract=off", "-Wall", "-Wextra",
               "-Werror", "-fPIC", "-shared", f"-I{source}", f"-I{HERE}",
               str(HERE / "gpu_on_cpu.cpp"), "-o", str(built)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(built))


def launcher(library):
    """Return what runs a kernel on NumPy arrays: structures, arrays and numbers."""

    def passed(argument):
        if isinstance(argument, np.ndarray):
            return ctypes.c_void_p(argument.ctypes.data)
        return ctypes.c_longlong(int(argument))

    def launch(name, threads, *arguments):
        getattr(library, f"run_{name}")(
            ctypes.c_longlong(threads), *(passed(argument) for argument in arguments)
        )

    return launch
