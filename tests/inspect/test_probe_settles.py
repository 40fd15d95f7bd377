"""`probe` with the log of a run: it runs the checks that settle, and says what each settled."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checked_cases import sound
from made_faulty import FAULTY
from made_healthy import HEALTHY
from report_schema import faults

from neural_trainer.cli import main
from neural_trainer.layers.case import Case
from neural_trainer.runs.run import Run

KEPT: dict[str, Case] = {}
"""The case that `kept` returns: what a probe must leave as it was."""


def kept() -> Case:
    return KEPT["case"]


def unfinished() -> Case:
    raise RuntimeError("no data\nhere")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return tmp_path


def write_log(run: Run, path: Path) -> str:
    steps: dict[float, dict[str, float]] = {}
    for name, series in run.signals.items():
        for step, value in zip(series.step.tolist(), series.value.tolist(), strict=True):
            steps.setdefault(step, {"step": step})[name] = value
    path.write_text("".join(json.dumps(steps[step]) + "\n" for step in sorted(steps)))
    return path.name


def probed(target: str, log: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["probe", target, "--log", log, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["schema"] == "neural-trainer/settled/1"
    assert faults(told["report"]) == []
    return told


def confidence(told: dict[str, Any], cause: str) -> float:
    causes = told["report"]["root_causes"]
    return next((float(c["confidence"]) for c in causes if c["cause"] == cause), 0.0)


# A loss that turns NaN at once: a bad batch and a logarithm of zero show the same.
CASES = {
    "values-in-the-data-that-are-nan": ("planted_cases:nan_in_data", "bad-batch", True),
    "data-that-is-finite": ("checked_cases:sound", "bad-batch", False),
}


@pytest.mark.parametrize("name", CASES)
def test_a_check_settles_between_causes_that_a_log_cannot_tell(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, cause, is_there = CASES[name]
    log = write_log(FAULTY["nan-sudden"](0), folder / "run.jsonl")
    told = probed(target, log, capsys)
    (check,) = [item for item in told["checks"] if item["check"] == "data-finite"]
    assert check["outcome"] == ("failed" if is_there else "passed")
    (settled,) = [item for item in check["settled"] if item["cause"] == cause]
    assert settled["before"] > 0.05
    assert settled["after"] == pytest.approx(confidence(told, cause))
    if is_there:
        assert told["report"]["root_causes"][0]["cause"] == cause
        assert settled["after"] > 0.8
    else:
        assert settled["after"] < 0.6 * settled["before"]


def test_the_fault_of_a_model_whose_log_looks_sound_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(HEALTHY["power-law"](0), folder / "run.jsonl")
    assert main(["probe", "planted_cases:head_not_in_optimizer", "--log", log]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "optimizer-covers FAILED" in printed
    assert "settled: parameters-not-in-optimizer" in printed
    assert "FAULTY. Parameters that are to be trained are in no optimizer." in printed
    assert "stated ratios" in printed


def test_a_sound_model_leaves_a_healthy_log_healthy(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = write_log(HEALTHY["power-law"](0), folder / "run.jsonl")
    told = probed("checked_cases:sound", log, capsys)
    assert "failed" not in {item["outcome"] for item in told["checks"]}
    assert told["report"]["verdict"] == "healthy"


def everything(case: Case) -> list[Any]:
    """Return all that a probe could have changed, as plain values."""
    loader: Any = case.train_batches
    tensors = [*case.model.state_dict().values(), *(p.grad for p in case.model.parameters())]
    state = {} if case.optimizer is None else case.optimizer.state_dict()["state"]
    moments = [value.tolist() for entry in state.values() for value in entry.values()]
    generator = getattr(loader, "generator", None)
    return [
        [None if tensor is None else tensor.tolist() for tensor in tensors], moments,
        [module.training for module in case.model.modules()],
        [parameter.requires_grad for parameter in case.model.parameters()],
        random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist(),
        None if generator is None else generator.get_state().tolist(), torch.is_grad_enabled(),
    ]  # fmt: skip


@pytest.mark.parametrize("log", [True, False], ids=["with-a-log", "without"])
def test_every_state_is_what_it_was(log: bool, folder: Path) -> None:
    case = KEPT["case"] = sound()
    case.model.train()
    for batch in case.train_batches:  # so that there are gradients and moments to be kept
        case.loss_fn(case.model, batch).backward()
        if case.optimizer is not None:
            case.optimizer.step()
        break
    before = everything(case)
    name = write_log(HEALTHY["power-law"](0), folder / "run.jsonl")
    assert main(["probe", f"{__name__}:kept", *(["--log", name] if log else [])]) == 0
    assert everything(case) == before


def test_without_a_log_layers_are_shown_then_checks_and_their_causes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = "planted_cases:head_not_in_optimizer"
    assert main(["probe", target]) == 0
    table, _, checks = capsys.readouterr().out.partition(f"{target}: 18 checks")
    assert "gradient norm" in table
    assert "[parameters-not-in-optimizer]" in checks
    assert "neural-trainer explain parameters-not-in-optimizer" in checks
    assert main(["probe", target, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    failed = [item for item in told["checks"]["checks"] if item["outcome"] == "failed"]
    assert "parameters-not-in-optimizer" in [item["cause"] for item in failed]
    assert told["layers"]


BAD = {
    "no-log": (["probe", "checked_cases:sound", "--log", "gone.csv"], "gone.csv: no such file"),
    "no-factory": (["probe", "checked_cases:soud", "--log", "run.jsonl"], "did you mean sound?"),
    "layers-of-a-log": (
        ["probe", "checked_cases:sound", "--log", "run.jsonl", "--layer", "0*"],
        "--layer and --out are of a probe alone",
    ),
    "a-factory-that-raises": (
        ["probe", f"{__name__}:unfinished", "--log", "run.jsonl"], "raised RuntimeError: no data",
    ),
    "a-factory-that-raises-without-a-log": (
        ["probe", f"{__name__}:unfinished"], "raised RuntimeError: no data",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_log(HEALTHY["power-law"](0), folder / "run.jsonl")
    arguments, said = BAD[name]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert said in printed.err


def test_what_user_code_prints_is_talk(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "talking.py").write_text(
        "print('chatter')\nfrom checked_cases import sound as make\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    log = write_log(HEALTHY["power-law"](0), folder / "run.jsonl")
    assert main(["probe", "talking:make", "--log", log, "--json"]) == 0
    printed = capsys.readouterr()
    assert "chatter" in printed.err
    assert json.loads(printed.out)["target"] == "talking:make"
