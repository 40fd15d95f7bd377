"""Is this environment fit for training? One check a line: what was found, what to do."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from neural_trainer import __version__

CORE = ("numpy", "pandas", "matplotlib", "scipy", "rich", "PyYAML")
EXTRAS = {
    "torch": "the trainer: pip install 'neural-trainer[train]'",
    "tensorboard": "the TensorBoard sink: pip install 'neural-trainer[tensorboard]'",
}
LOW_DISK_BYTES = 5_000_000_000  # two checkpoints of a 124M model with Adam's state are 3 GB
OLDEST = (3, 10)


class Check(NamedTuple):
    """One check: state is "ok", "missing" (something is out of reach) or "failed"."""

    name: str
    state: str
    found: str
    do: str = ""


def checks() -> list[Check]:
    """Return every check of the environment that this interpreter runs in."""
    return [_interpreter(), *_core(), *_extras(), _accelerator(), _disk(), _plugin()]


def _interpreter() -> Check:
    found = f"{platform.python_version()} at {sys.executable}, {os.cpu_count()} cores"
    if sys.version_info < OLDEST:
        return Check("python", "failed", found, "install Python 3.10 or newer")
    return Check("python", "ok", found)


def _core() -> list[Check]:
    return [
        Check(name, "ok", version)
        if (version := _version(name))
        else Check(name, "failed", "not installed", f"{sys.executable} -m pip install {name}")
        for name in CORE
    ]


def _extras() -> list[Check]:
    return [
        Check(name, "ok", version)
        if (version := _version(name))
        else Check(name, "missing", "not installed", f"needed by {use}")
        for name, use in EXTRAS.items()
    ]


def _accelerator() -> Check:
    if not _version("torch"):
        return Check("gpu", "missing", "cannot be told without torch")
    import torch

    if not torch.cuda.is_available():
        return Check("gpu", "missing", "no CUDA device that torch can use; it trains on the CPU")
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return Check("gpu", "ok", ", ".join(names))


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free
    found = f"{free / 1e9:.1f} GB free in {Path.cwd()}"
    if free < LOW_DISK_BYTES:
        return Check("disk", "missing", found, "make room: checkpoints of a run take several GB")
    return Check("disk", "ok", found)


def _plugin() -> Check:
    root = Path(__file__).parents[3]
    if (root / ".claude-plugin" / "plugin.json").exists():
        return Check("plugin", "ok", f"neural-trainer {__version__} in {root}")
    return Check(
        "plugin", "missing", f"neural-trainer {__version__} as a package, without the plugin",
        "claude plugin marketplace add PATH, then claude plugin install neural-trainer",
    )  # fmt: skip


def _version(package: str) -> str:
    """Return the installed version; empty where there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
