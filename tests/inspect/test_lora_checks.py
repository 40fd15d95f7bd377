"""The LoRA example passes the checks whole, with the libraries that it needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from library_python import run_there


@pytest.mark.slow
def test_the_lora_example_passes_whole(tmp_path: Path) -> None:
    script = Path(__file__).parent / "lora_checks.py"
    needs = ("torch", "transformers", "peft", "safetensors")
    told = json.loads(run_there(script, tmp_path, needs=needs))
    assert told["passed"]
    passed = {check["check"] for check in told["checks"] if check["outcome"] == "passed"}
    assert {"gradients-reach", "frozen", "optimizer-covers", "causality"} <= passed
