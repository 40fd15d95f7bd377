"""Norms of JAX's and Flax's gradients, against JAX's own, through the Monitor too."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from library_python import run_there

from neural_trainer.runs.read import read

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parent / "library_runs" / "jax_norms.py"


def test_norms_of_pytrees(tmp_path: Path) -> None:
    run_there(SCRIPT, tmp_path, needs=("jax", "flax"))
    account = json.loads((tmp_path / "account.json").read_text())
    for name, (found, own) in account["norms"].items():
        assert found["grad_norm"] == pytest.approx(own, rel=1e-5), name
        assert found["finite"] == 1.0
    paths = {name: set(found) for name, (found, _) in account["norms"].items()}
    assert paths["linen"] >= {"grad_norm/params/kernel", "grad_norm/params/bias"}
    assert paths["frozen"] == paths["linen"]
    assert paths["nnx"] >= {"grad_norm/dense/kernel", "grad_norm/dense/bias"}
    assert paths["struct"] == {"grad_norm", "grad_norm/weight", "finite"}
    assert account["others"]["grad_norm"] == pytest.approx(math.sqrt(2) * 1e30, rel=1e-6)
    assert set(account["others"]) == {"grad_norm", "grad_norm/w", "finite"}
    assert account["broken"] == 0.0
    assert "inside of jax.jit" in account["traced"]

    run = read(str(tmp_path / "run"))
    assert run.signals["loss"].value == pytest.approx([1, 1 / 2, 1 / 3])
    norm = account["norms"]["linen"][1]
    assert run.signals["grad_norm"].value == pytest.approx([norm] * 3, rel=1e-5)
    assert len(run.signals["grad_norm/params/kernel"]) == 3
