"""What an installed mortal must do, with nothing of its sources at hand: kernels, a life, a report.

cibuildwheel runs it in every environment that a wheel was installed into. It names what is missing
and ends with 1, or prints one line.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

import mortal
from devices import preset, preset_names
from devices.kernels import available, load
from mortal.report import write_report

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
    """Return a line for each instruction set that lives otherwise than the plain one."""
    from devices.kernels import _native

    first, *others = _native.instruction_sets()
    told = {}
    for name in (first, *others):
        _native.use(name)
        told[name] = _answers()
    _native.use((first, *others)[-1])
    return [
        f"{name} answers with other bits than {first}"
        for name in others
        if not np.array_equal(told[name], told[first])
    ]


def _answers() -> np.ndarray:
    """Return what two devices answer after a lesson, `[device, batch, class]`."""
    digits = mortal.load_data("digits")
    devices = mortal.grow(layers=[64, 24], count=2, seed=7)
    devices.train(digits.inputs_train[:64], digits.labels_train[:64], epochs=1)
    return np.asarray(devices.answer(digits.inputs_test[:20]))


def main() -> None:
    """Say what is missing, or that all is there."""
    from devices.kernels import _native

    found = complaints()
    if found:
        sys.exit("\n".join(found))
    sets = ", ".join(_native.instruction_sets())
    print(f"{Path(mortal.__file__).parent}: native kernels ({sets}), catalog, a life, its report")


if __name__ == "__main__":
    main()
