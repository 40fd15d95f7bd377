"""Which folders train networks: what the hooks look for before they speak."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOOKS = ROOT / "hooks"
sys.path.insert(0, str(HOOKS))

from training_project import HEAD_BYTES, MAX_DEPTH, MAX_FILES, trains_networks  # noqa: E402


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


TRAINING_FILES = {
    "torch-import": ("train.py", "import os\nimport torch\n"),
    "torch-submodule": ("a/model.py", "import torch.nn as nn\n"),
    "torch-from": ("src/pkg/net/model.py", "from torch import nn\r\n"),
    "second-of-an-import": ("train.py", "import numpy as np, torch\n"),
    "inside-a-function": ("train.py", "def f():\n    import keras\n"),
    "jax": ("train.py", "import jax.numpy as jnp\n"),
    "lightning": ("train.py", "import pytorch_lightning as pl\n"),
    "transformers": ("train.py", "from transformers import Trainer\n"),
    "notebook": ("look.ipynb", '{"cells": [{"source": [\n    "import torch\\n"\n]}]}'),
    "dense-notebook": (
        "look.ipynb",
        '{"cells":[{"source":"import os\\nimport tensorflow as tf"}]}',
    ),
    "requirements": ("requirements.txt", "numpy\ntorch>=2.1\n"),
    "requirements-bare": ("requirements-gpu.txt", "tensorflow-gpu\n"),
    "pyproject": ("pyproject.toml", '[project]\ndependencies = ["numpy", "torch>=2"]\n'),
    "poetry": ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = "^2.1"\n'),
    "conda": ("environment.yml", "dependencies:\n  - pytorch::pytorch=2.1\n"),
    "conda-pip": ("environment.yaml", "dependencies:\n  - pip:\n    - jax[cuda12]\n"),
    "watched-before": (".neural-trainer/runs.jsonl", ""),
}


OTHER_FILES = {
    "empty-name": ("notes.md", "import torch\n"),
    "similar-name": ("main.py", "import torchlight\nimport jaxon\n"),
    "own-module": ("main.py", "from mypackage.torch import x\n"),
    "words": ("main.py", '"""We do not import torchvision."""\nprint("torch")\n'),
    "requirements-similar": ("requirements.txt", "torchlight==1\n# torch\nflask\n"),
    "dependency-of-a-dependency": (".venv/lib/torch/x.py", "import torch\n"),
    "node-modules": ("node_modules/x/y.py", "import torch\n"),
    "git": (".git/hooks/x.py", "import torch\n"),
    "too-deep": ("/".join("abcdefgh"[: MAX_DEPTH + 1]) + "/x.py", "import torch\n"),
    "past-the-head": ("main.py", "x = 1\n" * HEAD_BYTES + "import torch\n"),
    "web": ("app.py", "import flask\n"),
}


@pytest.mark.parametrize("name", TRAINING_FILES)
def test_a_training_project_is_recognised(name: str, tmp_path: Path) -> None:
    path, text = TRAINING_FILES[name]
    _write(tmp_path / path, text)
    assert trains_networks(str(tmp_path))


@pytest.mark.parametrize("name", OTHER_FILES)
def test_another_project_is_left_alone(name: str, tmp_path: Path) -> None:
    path, text = OTHER_FILES[name]
    _write(tmp_path / path, text)
    assert not trains_networks(str(tmp_path))


def test_odd_folders_are_survived(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.py").symlink_to(tmp_path / "self.py")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "zeros.py").write_bytes(b"\0" * 4096)
    (tmp_path / "closed").mkdir(mode=0)
    assert not trains_networks(str(tmp_path))
    assert not trains_networks(str(tmp_path / "missing"))


def test_the_look_is_bounded(tmp_path: Path) -> None:
    for number in range(MAX_FILES):
        _write(tmp_path / f"a{number:04}.py", "x = 1\n")
    _write(tmp_path / "b.py", "import torch\n")
    assert not trains_networks(str(tmp_path))
    _write(tmp_path / "requirements.txt", "torch\n")  # manifests come first
    assert trains_networks(str(tmp_path))
