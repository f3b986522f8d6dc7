"""What is built and packed: with a compiler or without, complete, and sound under sanitizers."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("mortal", "devices", "distill")
KERNELS = Path("devices") / "kernels"
COMPILER = shutil.which("g++") or shutil.which("c++")
IN_CI = bool(os.environ.get("CI"))
LIFE = """\
version: 1
name: small
seed: 7
data: {name: digits, train: 60, test: 30}
cohorts:
  elders: {technology: mortal-default, layers: [64, 8], count: 1, rule: mono-forward}
story:
  - train:   {cohort: elders, epochs: 1}
  - examine: {cohort: elders}
"""


def run(
    command: list[str | Path], *, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a program elsewhere; it must succeed."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout[-9000:]}\n{done.stderr[-9000:]}"
    return done


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def written_here() -> set[str]:
    """Return what must travel: modules, type marks, presets, and the source of the kernels."""
    kinds = {".py", ".pyi", ".typed", ".yaml", ".h", ".cpp", ".cu", ".css", ".js"}
    return {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The source distribution, packed and unpacked again."""
    place = tmp_path_factory.mktemp("sdist")
    source, packed = place / "source", place / "packed"
    # A copy, because building leaves files behind and would take up old ones from `build`.
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "*.so")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    code = "import sys; from setuptools import build_meta as b; b.build_sdist(sys.argv[1])"
    packed.mkdir()
    run([sys.executable, "-c", code, packed], cwd=source)
    (archive,) = packed.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(place, filter="data")
    return place / archive.name.removesuffix(".tar.gz")


# ---- where there is a compiler ------------------------------------------------------------------


def test_where_there_is_a_compiler_the_native_kernels_are_built():
    if COMPILER is None and not IN_CI:
        pytest.skip("there is no C++ compiler, so the reference computes")
    assert find_spec("devices.kernels._native"), (
        "the native kernels are missing though there is a compiler: .venv/bin/python setup.py "
        "build_ext --inplace says why"
    )


def test_the_compiler_for_graphics_cards_is_here_in_continuous_integration():
    """Or the test that compiles the GPU source would skip unseen."""
    if not (sys.platform == "linux" and IN_CI):
        pytest.skip("elsewhere nobody needs it")
    assert find_spec("nvidia"), "the test extra names nvidia-cuda-nvrtc"
    assert find_spec("nvidia.cu13"), "nvidia-cuda-nvrtc is there, but not of version 13"


# ---- where there is none ------------------------------------------------------------------------


def test_without_a_compiler_everything_installs_and_lives(unpacked, tmp_path):
    target, nothing = tmp_path / "target", {"CC": "false", "CXX": "false"}
    run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps",
         "--no-build-isolation", "--disable-pip-version-check", "--target", target, unpacked],
        cwd=tmp_path, **nothing,
    )  # fmt: skip
    assert not list(target.rglob("_native*.so"))
    (tmp_path / "life.yaml").write_text(LIFE, encoding="utf-8")
    here = {"PYTHONPATH": str(target)}
    code = "from devices import kernels; print(kernels.__file__, kernels.available())"
    found = run([sys.executable, "-c", code], cwd=tmp_path, **here).stdout
    assert found.startswith(str(target))
    assert "'reference'" in found
    assert "native" not in found
    mortal = [sys.executable, "-m", "mortal.cli"]
    run([*mortal, "run", "life.yaml", "--out", "run"], cwd=tmp_path, **here)
    doctor = run([*mortal, "doctor"], cwd=tmp_path, **here).stdout
    (kernels,) = (line for line in doctor.splitlines() if line.startswith("kernels"))
    assert "native ones are missing" in kernels
    assert "install a C++ compiler" in kernels


def test_everything_written_here_travels(unpacked, tmp_path):
    wanted = written_here()
    assert {"devices/kernels/source/gpu.cu", "devices/catalog/mortal-default.yaml"} <= wanted
    assert wanted | {"setup.py", "pyproject.toml"} <= files_below(unpacked)
    code = "import sys; from setuptools import build_meta as b; b.build_wheel(sys.argv[1])"
    run([sys.executable, "-c", code, tmp_path], cwd=unpacked, CC="false", CXX="false")
    (wheel,) = tmp_path.glob("mortal_crossbars-*.whl")
    shutil.unpack_archive(wheel, tmp_path / "wheel", "zip")
    found = files_below(tmp_path / "wheel")
    assert wanted <= found, sorted(wanted - found)
    assert {name.partition("/")[0] for name in found if ".dist-info" not in name} == set(PACKAGES)


# ---- under sanitizers ---------------------------------------------------------------------------

SANITIZERS = ["-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"]


@pytest.fixture(scope="module")
def sanitized(unpacked):
    """The source distribution, its kernels ended as soon as they do what they must not."""
    if COMPILER is None or sys.platform != "linux":
        pytest.skip("sanitizers are preloaded with a compiler on Linux")
    (unpacked / "probe.cpp").write_text("int main() { return 0; }\n", encoding="utf-8")
    probed = subprocess.run(
        [COMPILER, *SANITIZERS, "probe.cpp", "-o", "probe"],
        cwd=unpacked, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if probed.returncode:
        pytest.skip(f"the compiler has no sanitizers: {probed.stderr.splitlines()[-1]}")
    pybind11 = pytest.importorskip("pybind11")
    options = ["-std=c++17", "-O1", "-g1", "-ffp-contract=off", "-fopenmp", "-fPIC", *SANITIZERS,
               f"-I{pybind11.get_include()}", f"-I{sysconfig.get_paths()['include']}"]  # fmt: skip
    sources = sorted((unpacked / KERNELS / "source").glob("*.cpp"), reverse=True)
    working = [
        subprocess.Popen(
            [COMPILER, *options, "-c", str(source), "-o", source.with_suffix(".o").name],
            cwd=unpacked, stderr=subprocess.PIPE, text=True,
        )
        for source in sources
    ]  # fmt: skip
    for compiler in working:
        complaints = compiler.communicate()[1]
        assert compiler.returncode == 0, complaints
    module = KERNELS / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    objects = [source.with_suffix(".o").name for source in sources]
    run([COMPILER, "-shared", "-fopenmp", *SANITIZERS, *objects, "-o", module], cwd=unpacked)
    return unpacked


@pytest.fixture(scope="module")
def under_sanitizers(sanitized):
    """Run Python with the sanitized kernels."""
    names = ("libasan.so", "libubsan.so", "libstdc++.so.6")
    libraries = [
        run([COMPILER, f"-print-file-name={name}"], cwd=sanitized).stdout.strip() for name in names
    ]

    def python(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run(
            [sys.executable, *arguments], cwd=sanitized, LD_PRELOAD=" ".join(libraries),
            ASAN_OPTIONS="detect_leaks=0", PYTHONMALLOC="malloc", PYTHONPATH=str(sanitized),
            OMP_NUM_THREADS="2", OPENBLAS_NUM_THREADS="1", FUZZ_PERCENT="25",
        )  # fmt: skip

    return python


@pytest.mark.slow
def test_no_kernel_reads_or_writes_beyond_its_arrays_or_does_the_undefined(
    sanitized, under_sanitizers
):
    code = (
        "import ctypes; from devices.kernels import _native;"
        "ctypes.CDLL(None).__asan_init, ctypes.CDLL(None).__ubsan_handle_add_overflow;"
        "print(_native.__file__)"
    )
    assert str(sanitized / KERNELS) in under_sanitizers("-c", code).stdout
    names = ("fuzz", "misuse", "birth")
    tests = [ROOT / "tests" / "devices" / f"test_native_{name}.py" for name in names]
    # Address space cannot be limited: the sanitizer takes nearly all of it. What it reports goes
    # past Python, so it must not be captured.
    done = under_sanitizers(
        "-m", "pytest", "-c", ROOT / "setup.cfg", "--rootdir", sanitized, "-p", "no:cacheprovider",
        "-k", "not memory_is_an_error", "--capture=sys", *tests,
    )  # fmt: skip
    assert "skipped" not in done.stdout
