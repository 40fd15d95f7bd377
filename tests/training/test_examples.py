"""The examples start as they stand, under the real judge, and it finds nothing in them."""

from __future__ import annotations

import json
import runpy
import time
from pathlib import Path

import pytest
from library_python import run_there

from neural_trainer.cli import main
from neural_trainer.live.run_folder import ALERTS_FILE, SUMMARY_FILE
from neural_trainer.runs.read import read

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh working directory; the judge is the real one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_monitored_loop_learns_and_raises_no_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    example = runpy.run_path(str(EXAMPLES / "monitored_loop.py"))
    example["main"]()
    run = read("runs/spirals")
    assert run.signals["eval/accuracy"].value[-1] > 0.95
    summary = json.loads(Path("runs/spirals", SUMMARY_FILE).read_text())
    assert summary["notes"] == []
    assert summary["verdict"] in ("healthy", "converged")
    assert not Path("runs/spirals", ALERTS_FILE).exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "stated"),
    [
        # The stated losses stand at the top of the configs.
        pytest.param("char_gpt", 2.3, id="char-gpt"),
        pytest.param("image_classifier", 0.06, id="image-classifier"),
    ],
)
def test_an_example_comes_to_its_stated_loss_and_is_healthy(
    name: str, stated: float, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.process_time()
    assert main(["train", str(EXAMPLES / f"{name}.yaml"), "--json"]) == 0
    assert time.process_time() - began < 60
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] in ("healthy", "converged")
    assert told["recommendation"]["kind"] == "ready"
    assert told["eval_loss"]["last"]["value"] < stated
    assert f"below {stated:g}" in (EXAMPLES / f"{name}.yaml").read_text()
    assert not Path(told["folder"], ALERTS_FILE).exists()
    assert Path(told["recommendation"]["checkpoint"], "model.safetensors").exists()


@pytest.mark.slow
def test_the_lora_example_is_healthy_and_resumes_exactly(project: Path) -> None:
    script = Path(__file__).parent / "lora_run.py"
    needs = ("torch", "transformers", "peft", "safetensors")
    told = json.loads(run_there(script, project, needs=needs).splitlines()[-1])
    assert told["verdict"] in ("healthy", "converged")
    assert told["kind"] == "ready"
    assert not told["alarms"]
    assert told["last"] < told["first"] - 0.15
    assert told["after"] == told["before"]
    assert len(told["before"]) == 8
