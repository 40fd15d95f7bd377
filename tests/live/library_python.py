"""The Python of `make libraries`, in which tests of integrations run; skipped where it lacks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOME = Path(os.environ.get("NEURAL_TRAINER_LIBRARIES", ROOT / ".libraries"))
QUIET = {
    "HF_HUB_OFFLINE": "1", "WANDB_SILENT": "true", "WANDB_MODE": "offline",
    "OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu", "TOKENIZERS_PARALLELISM": "false",
    "MPLBACKEND": "agg", "CUDA_VISIBLE_DEVICES": "",
}  # fmt: skip


def python_with(*needs: str) -> Path:
    """Return the Python that has these packages; skip where there is none."""
    python = HOME / "bin" / "python"
    if not python.exists():
        pytest.skip(f"needs {', '.join(needs)}: make libraries")
    look = (
        "import sys, importlib.util as u; print(*[n for n in sys.argv[1:] if not u.find_spec(n)])"
    )
    found = subprocess.run(
        [python, "-c", look, *needs], capture_output=True, text=True, check=True, timeout=60
    )
    if absent := found.stdout.split():
        pytest.skip(f"needs {', '.join(absent)}, which .libraries does not hold")
    return python


def run_there(script: Path, folder: Path, *words: str, needs: tuple[str, ...]) -> str:
    """Run a script in `folder` with the libraries and return what it prints; skip without them."""
    python = python_with(*needs)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **QUIET}
    environment["PYTHONPATH"] = str(ROOT / "scripts")
    done = subprocess.run(
        [python, script, *words],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    return done.stdout
