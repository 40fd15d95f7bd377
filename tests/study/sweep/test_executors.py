"""Where workers run: a GPU for each on one machine, jobs of SLURM, trials of Ray Tune."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from library_python import python_with
from toy_sweep import TOY, asked, kept_all, lay_down, report

pytest.importorskip("optuna")


def test_each_worker_has_its_gpu(tmp_path: Path) -> None:
    executor = {"kind": "local", "workers": 2, "gpus": [3, 5]}
    lay_down(tmp_path, trials=2, executor=executor)
    seen = 'open("gpus.txt", "a").write(os.environ["CUDA_VISIBLE_DEVICES"] + "\\n")\n'
    (tmp_path / "toy.py").write_text(TOY + seen)
    found = report(tmp_path, "toy.yaml", "--yes")
    assert found["states"] == {"complete": 2}
    gpus = {row["node"].rpartition(":gpu")[2] for row in found["trials"]}
    assert set((tmp_path / "gpus.txt").read_text().split()) == gpus
    assert gpus <= {"3", "5"}


def test_trials_of_our_own_command_take_the_python_of_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEURAL_TRAINER_PYTHON", raising=False)
    lay_down(tmp_path, trials=1)
    seen = 'open("python.txt", "w").write(os.environ["NEURAL_TRAINER_PYTHON"])\n'
    (tmp_path / "toy.py").write_text(TOY + seen)
    report(tmp_path, "toy.yaml", "--yes")
    assert (tmp_path / "python.txt").read_text() == sys.executable


def test_jobs_of_submitit(tmp_path: Path) -> None:
    options = {"cluster": "local", "timeout_min": 10}
    lay_down(tmp_path, **asked(trials=2, executor={"kind": "slurm", "options": options}))
    kept_all(2, report(tmp_path, "toy.yaml", "--yes"))


@pytest.mark.slow  # Ray takes 10 s to start
def test_two_workers_of_ray(tmp_path: Path) -> None:
    python = python_with("ray", "optuna")
    executor = {"kind": "ray", "workers": 2, "options": {"cpu": 0.5}}
    lay_down(tmp_path, trials=2, executor=executor)
    kept_all(2, report(tmp_path, "toy.yaml", "--yes", python=str(python)))
