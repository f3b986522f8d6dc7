"""The GPU source compiles without a warning for every architecture we name, no driver needed."""

import ctypes
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

SOURCE = files("devices.kernels") / "source"
KERNELS = [
    "philox_words",
    "normal_pairs",
    "cell_normals",
    "fire_lines",
    "count_beyond",
    "write_cells",
    "increment_cells",
]


@pytest.fixture(scope="module")
def nvrtc():
    """NVIDIA's run-time compiler, from the wheel nvidia-cuda-nvrtc."""
    try:
        found = find_spec("nvidia.cu13") or find_spec("nvidia.cuda_nvrtc")
    except ModuleNotFoundError:
        found = None
    places = found.submodule_search_locations if found else []
    libraries = [file for place in places for file in Path(place).glob("lib/libnvrtc.so*")]
    if not libraries:
        pytest.skip("the package nvidia-cuda-nvrtc is not installed")
    # Some releases do not look for the second library beside the first.
    for library in Path(libraries[0]).parent.glob("libnvrtc-builtins.so*"):
        ctypes.CDLL(str(library))
    return ctypes.CDLL(str(libraries[0]))


def compiled(nvrtc, architecture):
    """Return NVRTC's status, its log, and the compiled code."""
    text = (SOURCE / "gpu.cu").read_bytes()
    headers = [entry for entry in SOURCE.iterdir() if entry.name.endswith(".h")]
    count = len(headers)
    names = (ctypes.c_char_p * count)(*(header.name.encode() for header in headers))
    bodies = (ctypes.c_char_p * count)(*(header.read_bytes() for header in headers))
    program = ctypes.c_void_p()
    made = nvrtc.nvrtcCreateProgram(
        ctypes.byref(program), text, b"gpu.cu", count, bodies, names
    )  # fmt: skip
    assert made == 0
    options = [f"-arch={architecture}", "-std=c++17", "--fmad=false"]
    given = (ctypes.c_char_p * len(options))(*(option.encode() for option in options))
    status = nvrtc.nvrtcCompileProgram(program, len(options), given)

    def fetch(what):
        size = ctypes.c_size_t()
        getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        getattr(nvrtc, f"nvrtcGet{what}")(program, buffer)
        return buffer.raw

    log = fetch("ProgramLog").rstrip(b"\0\n").decode()
    code = fetch("CUBIN") if status == 0 else b""
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return status, log, code


@pytest.mark.parametrize("architecture", ["sm_80", "sm_90", "sm_100"])
def test_the_source_compiles_without_a_warning(nvrtc, architecture):
    status, log, code = compiled(nvrtc, architecture)
    assert status == 0, log
    assert log == ""
    assert all(name.encode() in code for name in KERNELS)
