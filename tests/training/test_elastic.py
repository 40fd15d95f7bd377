"""torchrun starts all ranks again when one dies: the run ends as if none had."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from neural_trainer.live.run_folder import METRICS_FILE, SUMMARY_FILE, rank_file
from neural_trainer.runs.read import read

HERE = Path(__file__).parent
STEPS = 12
CONFIG: dict[str, Any] = {
    "case": "shared_cases:killed_once",
    "optimizer": {"lr": 0.05},
    "training": {"steps": STEPS, "eval_every": 4, "threads": 1, "ema_decay": 0.9},
    "checkpoint": {"every": 3, "keep": 2},
}


def torchrun(folder: Path, way: str, kill: str = "") -> str:
    """Train under torchrun in a folder; kill: rank/step at which it dies of SIGKILL, once."""
    folder.mkdir()
    config = {**CONFIG, "training": {**CONFIG["training"], "distributed": way}}
    (folder / "config.yaml").write_text(json.dumps(config))
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
         "--max-restarts=1", "-m", "neural_trainer", "train", "config.yaml"],
        env={"PYTHONPATH": os.pathsep.join([str(HERE.parents[1] / "scripts"), str(HERE)]),
             "PATH": os.environ["PATH"], "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1",
             "KILL": kill},
        cwd=folder, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[:6000]
    return done.stderr


def numbers(folder: Path) -> dict[str, list[tuple[float, float]]]:
    signals = read(folder / "runs" / "train").signals
    return {
        name: list(zip(signals[name].step.tolist(), signals[name].value.tolist(), strict=True))
        for name in ("loss", "eval/loss", "lr", "grad_norm")
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "rank", "seed"),
    [
        pytest.param("ddp", 1, 1, id="ddp"),
        pytest.param("fsdp", 0, 2, id="fsdp"),
        pytest.param("ddp", 0, None, id="before-the-first-checkpoint"),
    ],
)
def test_a_rank_killed_at_a_random_step_changes_no_loss(
    project: Path, way: str, rank: int, seed: int | None
) -> None:
    step = 2 if seed is None else random.Random(seed).randint(4, STEPS - 1)
    torchrun(project / "whole", way)
    said = torchrun(project / "killed", way, f"{rank}/{step}")
    assert f"rank {1 - rank} has lost another rank" in said
    whole, killed = numbers(project / "whole"), numbers(project / "killed")
    for name, expected in whole.items():
        assert [at for at, _ in killed[name]] == [at for at, _ in expected], name
        assert [value for _, value in killed[name]] == pytest.approx(
            [value for _, value in expected], rel=1e-12
        ), name
    folder = project / "killed" / "runs" / "train"
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == ["train"]
    assert json.loads((folder / SUMMARY_FILE).read_text())["ended"] == "completed"
    for name in (METRICS_FILE, rank_file(1)):
        steps = [json.loads(line)["step"] for line in (folder / name).read_text().splitlines()]
        losses = [json.loads(line) for line in (folder / name).read_text().splitlines()]
        assert steps == sorted(steps), name
        assert [line["step"] for line in losses if "loss" in line] == list(range(1, STEPS + 1))
