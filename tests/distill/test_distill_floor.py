"""The package stays light and keeps no state of its own."""

import subprocess
import sys

import numpy as np

import distill

STRANGERS = ("mortal", "devices", "torch", "sklearn", "h5py", "pydantic", "scipy")


def test_importing_distill_imports_numpy_and_nothing_heavier():
    code = f"import sys, distill; print([n for n in {STRANGERS} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_transfer_draws_nothing_from_the_global_generator(make_teacher, make_recorder, pool):
    before = np.random.get_state()  # noqa: NPY002  (the state that must not move)
    distill.transfer(make_teacher(), make_recorder(), pool, budget=20, random=1)
    after = np.random.get_state()  # noqa: NPY002
    assert before[2] == after[2]
    assert np.array_equal(before[1], after[1])
