"""What run.json may say of a run: no secret, whatever the config is made of."""

from __future__ import annotations

import argparse
import json
import math
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from neural_trainer.live.provenance import (
    MASK,
    git_state,
    masked,
    masked_command,
    plain,
    provenance,
)


@dataclass
class Settings:
    """A user's config as a dataclass."""

    lr: float = 0.1
    sizes: tuple[int, ...] = (1, 2)


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        pytest.param(None, None, id="none"),
        pytest.param(
            {"lr": 0.1, "nested": {1: "a"}}, {"lr": 0.1, "nested": {"1": "a"}}, id="mapping"
        ),
        pytest.param(Settings(), {"lr": 0.1, "sizes": [1, 2]}, id="dataclass"),
        pytest.param(argparse.Namespace(lr=0.1), {"lr": 0.1}, id="namespace"),
        pytest.param({"f": Path("data/x")}, {"f": str(Path("data/x"))}, id="path"),
        pytest.param({"x": math.inf, "y": math.nan}, {"x": "inf", "y": "nan"}, id="non-finite"),
    ],
)
def test_plain(config: Any, kept: Any) -> None:
    assert plain(config) == kept
    json.dumps(plain(config), allow_nan=False)


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        pytest.param({"hf_token": "abc"}, {"hf_token": MASK}, id="token"),
        pytest.param({"wandb": {"api_key": "abc"}}, {"wandb": {"api_key": MASK}}, id="nested-key"),
        pytest.param({"API-KEYS": ["a", "b"]}, {"API-KEYS": [MASK, MASK]}, id="list-of-keys"),
        pytest.param({"password": 1234}, {"password": MASK}, id="password-of-digits"),
        pytest.param({"db": "pg://me:pw@host/x"}, {"db": f"pg://{MASK}@host/x"}, id="login-in-url"),
        pytest.param({"num_tokens": 300}, {"num_tokens": 300}, id="count-of-tokens"),
        pytest.param({"tokenizer": "gpt2"}, {"tokenizer": "gpt2"}, id="tokenizer"),
        pytest.param({"key_dim": 64, "lr": 0.1}, {"key_dim": 64, "lr": 0.1}, id="key-dimension"),
        pytest.param(
            {"use_token": True, "token": None}, {"use_token": True, "token": None}, id="flags"
        ),
    ],
)
def test_masked(config: Any, kept: Any) -> None:
    assert masked(config) == kept


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        pytest.param(["t.py", "--lr", "0.1"], ["t.py", "--lr", "0.1"], id="plain"),
        pytest.param(["t.py", "--hub-token=ab"], ["t.py", f"--hub-token={MASK}"], id="equals"),
        pytest.param(
            ["t.py", "--api_key", "ab", "c"], ["t.py", "--api_key", MASK, "c"], id="apart"
        ),
        pytest.param(["t.py", "s3://k:s@h/"], ["t.py", f"s3://{MASK}@h/"], id="url"),
    ],
)
def test_masked_command(command: list[str], kept: list[str]) -> None:
    assert masked_command(command) == kept


def test_git_state_is_none_outside_a_repository_and_knows_a_dirty_one(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "f").write_text("1")
    subprocess.run([*git, "add", "f"], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    state = git_state(tmp_path)
    assert state is not None
    assert len(state["commit"]) == 40
    assert state["dirty"] is False
    (tmp_path / "f").write_text("2")
    changed = git_state(tmp_path)
    assert changed == {"commit": state["commit"], "dirty": True}


def test_provenance_is_json_and_holds_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET_ENV", "hunter2hunter2")
    text = json.dumps(provenance({"lr": 0.1, "token": "hunter3"}, tmp_path), allow_nan=False)
    assert "hunter" not in text
    assert {"command", "cwd", "config", "git", "python", "platform", "num_cpus", "pid"} <= set(
        json.loads(text)
    )
