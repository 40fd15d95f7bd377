"""What run.json says of a run's origin: all of it, no secret, whatever it is made of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from neural_trainer.live.provenance import provenance

SCRIPTS = Path(__file__).parents[2] / "scripts"


def test_the_record_holds_what_is_needed_to_run_again(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("1,2\n")
    record = provenance({"lr": 0.1, "seed": 3, "train": "train.csv"}, tmp_path)
    assert set(record) >= {
        "command", "cwd", "config", "seeds", "git", "python", "platform", "packages", "torch",
        "cuda", "environment", "hardware", "data_files", "reproducibility", "pid",
    }  # fmt: skip
    assert record["config"] == {"lr": 0.1, "seed": 3, "train": "train.csv"}
    assert record["seeds"]["config"] == {"seed": 3}
    assert record["data_files"][0]["path"] == "train.csv"
    states = {each["name"]: each["state"] for each in record["reproducibility"]}
    assert states["data fingerprinted"] == "held"
    assert states["code committed"] == "not held"
    assert record["torch"] == torch.__version__
    json.dumps(record, allow_nan=False)


def test_data_that_the_caller_describes_is_fingerprinted_too(tmp_path: Path) -> None:
    (tmp_path / "train").write_text("1,2\n")
    (found,) = provenance({}, tmp_path, data={"classes": 10, "from": "train"})["data_files"]
    assert (found["named_by"], found["path"]) == ("data.from", "train")


def test_no_secret_of_config_command_environment_or_diff_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "train.py").write_text("")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    (tmp_path / "train.py").write_text("wandb.login(key='x')\nAPI_KEY = 'hunter-in-diff'\n")
    monkeypatch.setenv("MY_SECRET_ENV", "hunter-in-environment")
    monkeypatch.setenv("JAX_TOKEN", "hunter-in-environment")
    monkeypatch.setattr(sys, "argv", ["train.py", "--password", "hunter-in-command"])
    config = {
        "a": {"b": [{"token": "hunter-in-config"}, "https://me:hunter-in-url@host/x"]},
        "hub": {"credentials": ["hunter-in-list", 12345678]},
    }
    text = json.dumps(provenance(config, tmp_path, data={"api_key": "hunter-in-data"}))
    assert "hunter" not in text
    assert "12345678" not in text
    assert "API_KEY = ***" in text


class Hostile:
    """Fails at everything that is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


def test_a_hostile_config_makes_a_bounded_record(tmp_path: Path) -> None:
    config: dict[str, Any] = {
        "object": Hostile(),
        "array": np.zeros((3000, 3000)),
        "data": ["x/" + "y" * 300] * 5000,
        "glob": "/**/*" * 100,
        "seed": 10**400,
    }
    config["itself"] = config
    text = json.dumps(provenance(config, tmp_path), allow_nan=False)
    assert len(text) < 1_000_000


def test_neither_torch_nor_anything_heavy_is_imported_for_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from neural_trainer.live.provenance import provenance\n"
        "provenance({'lr': 0.1}, Path.cwd())\n"
        "raise SystemExit(str({'torch', 'pandas', 'scipy', 'yaml'} & set(sys.modules) or '') or 0)"
    )
    environment = {"PYTHONPATH": str(SCRIPTS), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
