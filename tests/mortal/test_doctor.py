"""The doctor says what is here and what is missing, and wakes nothing."""

import importlib.metadata
import importlib.util
import platform
import re
import subprocess
import sys

import numpy as np
import pytest

from devices.kernels import available
from mortal import doctor


def lines(text):
    return {line[:16].strip(): line[16:] for line in text.splitlines()}


def test_everything_that_is_needed_is_named_with_its_version(mortal):
    said = mortal("doctor")
    assert (said.code, said.err) == (0, "")
    found = lines(said.out)
    assert found["numpy"] == np.__version__
    assert platform.python_version() in found["python"]
    required = importlib.metadata.requires("mortal-crossbars")
    core = {re.match(r"[\w.-]+", name)[0].lower() for name in required if "extra ==" not in name}
    assert {"numpy", "h5py", "pydantic"} < core
    assert core <= {name.lower() for name in found}, "the doctor knows every requirement"
    assert "MISSING" not in said.out
    for name in available():
        assert name in found["kernels"]


def test_what_is_missing_is_told_with_its_remedy(monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    assert lines(doctor.report())["h5py"] == "MISSING: pip install h5py"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert lines(doctor.report())["torch"].startswith("absent; pip install torch")


@pytest.mark.parametrize("folder", [None, "/data/idx"])
def test_where_data_is_looked_for_is_told(monkeypatch, folder):
    if folder is None:
        monkeypatch.delenv("MORTAL_DATA", raising=False)
        assert lines(doctor.report())["MORTAL_DATA"].startswith("not set")
    else:
        monkeypatch.setenv("MORTAL_DATA", folder)
        assert lines(doctor.report())["MORTAL_DATA"] == folder


def test_kernels_that_are_missing_or_do_not_load_are_told_with_their_remedy(monkeypatch):
    monkeypatch.setattr(doctor, "available", lambda: ("reference", "native"))
    monkeypatch.setitem(sys.modules, "devices.kernels.native", None)
    assert re.search(r"do not load .*: install mortal again", lines(doctor.report())["kernels"])
    monkeypatch.setattr(doctor, "available", lambda: ("reference",))
    assert "install a C++ compiler, then mortal again" in lines(doctor.report())["kernels"]


def test_no_guest_is_woken():
    code = (
        "import sys; from mortal.doctor import report; report();"
        "print(*[name for name in sys.modules if name in "
        "('torch', 'cupy', 'distributed', 'openTSNE', 'pyarrow')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
