"""The kernels of the GPU without one."""

import sys

import pytest
from emulated_gpu import COMPILER, compiled, launcher
from stand_in_cupy import stand_in

from devices.kernels import cuda


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """gpu.cu compiled for the processor."""
    if COMPILER is None:
        pytest.skip("there is no C++ compiler")
    return compiled(tmp_path_factory.mktemp("gpu"))


@pytest.fixture
def stand_in_gpu(library, monkeypatch):
    """A stand-in for CuPy, found by whoever imports it."""
    module = stand_in(launcher(library))
    monkeypatch.setitem(sys.modules, "cupy", module)
    cuda.cupy_kernels.cache_clear()
    yield module
    cuda.cupy_kernels.cache_clear()
