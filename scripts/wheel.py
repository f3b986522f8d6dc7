"""What an installed mortal must do, with nothing of its sources at hand: kernels, a life, a report.

cibuildwheel runs it in every environment that a wheel was installed into. It names what is missing
and ends with 1, or prints two lines.
"""

import hashlib
import platform
import sys
import tempfile
from pathlib import Path

import numpy as np

import mortal
from devices import CrossbarArray, preset, preset_names
from devices.kernels import available, load
from mortal.report import write_report

TECHNOLOGIES = (
    "mortal-default", "idealized-rasch2019", "pcm-training-nandakumar2020", "reram-es-gong2018",
)  # fmt: skip
LIFE = """\
version: 1
name: wheel
seed: 7
data: {name: digits, train: 60, test: 30}
cohorts:
  elders: {technology: mortal-default, layers: [64, 8], count: 2, rule: mono-forward}
story:
  - train:   {cohort: elders, epochs: 1}
  - examine: {cohort: elders}
"""


def complaints() -> list[str]:
    """Return what this installation lacks, a line each."""
    found = []
    if "native" not in available():
        found.append("the native kernels are missing: the extension was not built, or not packed")
    else:
        load("native")
        found += _other_bits()
    if len(preset_names()) < 10 or not preset("mortal-default").name:
        found.append(f"the catalog is missing or short: {', '.join(preset_names()) or 'empty'}")
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "life.yaml").write_text(LIFE, encoding="utf-8")
        folder = Path(place) / "run"
        mortal.run(mortal.load_plan(Path(place) / "life.yaml"), folder)
        page = write_report(folder).read_text(encoding="utf-8")
        if "<script>" not in page or "<style>" not in page:
            found.append("the report has no style or no script: its files were not packed")
    return found


def _other_bits() -> list[str]:
    """Return a line for each instruction set that computes otherwise than the plain one."""
    from devices.kernels import _native

    first, *others = _native.instruction_sets()
    told = {}
    for name in (first, *others):
        _native.use(name)
        told[name] = bits()
    return [f"{name} has other bits than {first}" for name in others if told[name] != told[first]]


def bits() -> str:
    """Return a digest of what arrays of some technologies read, before and after updates.

    The same on every processor and with every compiler, or one of them is wrong.
    """
    draws, digest = np.random.default_rng(0), hashlib.sha256()
    for name in TECHNOLOGIES:
        array = CrossbarArray(
            preset(name), 20, 35, serials=np.arange(3), seed=7, array=0, backend="native"
        )
        for _ in range(3):
            signals = draws.uniform(-1, 1, (3, 4, 20)).astype(np.float32)
            wanted = draws.uniform(-1, 1, (3, 4, 35)).astype(np.float32)
            digest.update(np.ascontiguousarray(array.forward(signals)).tobytes())
            array.update(signals, wanted, 0.05)
        digest.update(np.ascontiguousarray(array.forward(signals)).tobytes())
    return digest.hexdigest()[:16]


def main() -> None:
    """Say what is missing, or that all is there."""
    from devices.kernels import _native

    found = complaints()
    if found:
        sys.exit("\n".join(found))
    sets = ", ".join(_native.instruction_sets())
    print(f"{Path(mortal.__file__).parent}: native kernels ({sets}), catalog, a life, its report")
    print(f"bits {bits()} on {platform.machine()}, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
