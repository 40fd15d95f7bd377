"""Launching what users have: the examples, a logger of their own, two processes of torchrun."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from launching import Launch, command, launched
from library_python import python_with

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENCE_S = 300.0  # the libraries alone take half a minute to import on a busy machine


def test_the_plain_example_is_refused(project: Path) -> None:
    words = ("launch", "--", sys.executable, str(EXAMPLES / "plain_loop.py"))
    done = command(*words, project=project)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


@pytest.mark.slow
def test_the_plain_example_is_accepted_by_what_it_prints(project: Path) -> None:
    words = ("launch", "--yes", "--json", "--log-from", "stdout", "--", sys.executable)
    done = command(*words, str(EXAMPLES / "plain_loop.py"), project=project)
    assert done.returncode == 0
    record = json.loads(done.stdout)
    assert record["steps"] == 400
    assert record["eval_loss"]["last"]["value"] < 0.05
    assert record["alarms"] == []


@pytest.mark.slow
def test_two_processes_of_torchrun_fill_one_folder(project: Path) -> None:
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
    words = ("launch", "--yes", "--json", "--", *torchrun, str(EXAMPLES / "monitored_loop.py"))
    done = command(*words, project=project, timeout_s=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["steps"] == 400
    assert record["alarms"] == []
    assert (project / "runs" / "monitored_loop" / "rank-1.jsonl").exists()


TENSORBOARD = """
from torch.utils.tensorboard import SummaryWriter
with SummaryWriter("tb") as writer:
    for step in range(1, 41):
        writer.add_scalar("train/loss", 1 + 1 / step, step)
"""


@pytest.mark.slow
@launched(TENSORBOARD)
def test_a_logger_is_found_and_followed(launch: Launch) -> None:
    assert launch.end() == 0
    assert "seen by     tensorboard (run.py:3)" in launch.printed
    summary = launch.summary()
    assert summary["steps"] == 40
    assert summary["log"] == str(launch.project / "tb")


@pytest.mark.slow
def test_the_example_of_transformers(project: Path) -> None:
    python = str(python_with("transformers", "accelerate", "torch"))
    words = ("launch", "--yes", "--json", "--", python, str(EXAMPLES / "hf_trainer.py"))
    done = command(*words, project=project, timeout_s=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert "seen by     the Monitor" in done.stderr
    record = json.loads(done.stdout)
    assert (record["steps"], record["notes"]) == (240, [])
    assert record["verdict"] in ("healthy", "converged")
    assert record["eval_loss"]["last"]["value"] < 1.15


@pytest.mark.slow
def test_the_example_of_accelerate_by_its_launcher(project: Path) -> None:
    python = python_with("accelerate", "torch")
    accelerate = (str(python.with_name("accelerate")), "launch", "--cpu", "--num_processes=1")
    words = ("launch", "--yes", "--json", "--", *accelerate, str(EXAMPLES / "accelerate_loop.py"))
    done = command(*words, project=project, timeout_s=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["steps"], record["alarms"]) == (256, [])
