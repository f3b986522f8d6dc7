"""What is installed, what can run here, and what is missing: one line each."""

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import sys

from devices.kernels import available

__all__ = ["report"]

_DISTRIBUTION = "mortal-crossbars"
_GUESTS = (
    ("torch", "torch", "digital teachers and baselines", "pip install torch"),
    ("cupy", "cupy", "devices on a GPU", "pip install cupy-cuda12x"),
    ("distributed", "distributed", "clusters", "pip install distributed"),
    ("openTSNE", "openTSNE", "maps of devices", "pip install openTSNE"),
    ("pyarrow", "pyarrow", "tables as Parquet", "pip install pyarrow"),
)


def report() -> str:
    """Return the report as text: versions, backends, threads, data, optional guests."""
    lines = [
        _line("python", f"{platform.python_version()} at {sys.executable}"),
        _line("machine", f"{platform.machine()}, {os.cpu_count()} cores"),
        _line("free disk here", f"{shutil.disk_usage('.').free / 1e9:.0f} GB"),
        _line("kernels", _kernels()),
        _line("MORTAL_DATA", os.environ.get("MORTAL_DATA", "not set (folder of IDX files)")),
    ]
    for name in _required():
        lines.append(_line(name, _version(name) or f"MISSING: pip install {name}"))
    for module, distribution, use, remedy in _GUESTS:
        # find_spec, not import: the doctor must stay quick and must not wake a GPU.
        is_here = importlib.util.find_spec(module) is not None
        found = _version(distribution) or "installed" if is_here else f"absent; {remedy}"
        lines.append(_line(module, f"{found}  (optional: {use})"))
    return "\n".join(lines)


def _required() -> list[str]:
    """Return what the installation says it requires; nothing for a checkout never installed."""
    try:
        told = importlib.metadata.requires(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    names = (re.match(r"[\w.-]+", line) for line in told if "extra ==" not in line)
    return [found[0] for found in names if found]


def _kernels() -> str:
    here = ", ".join(available())
    if "native" not in available():
        return f"{here}; native ones are missing: install a C++ compiler, then mortal again"
    try:
        from devices.kernels.native import instruction_set
    except ImportError as error:  # compiled for another machine
        return f"{here}; native ones do not load ({error}): install mortal again"
    return f"{here}; native: {instruction_set()}"


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _line(name: str, value: str) -> str:
    return f"{name:<16}{value}"
