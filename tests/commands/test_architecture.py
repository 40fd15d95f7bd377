"""The verb architecture: budgets, JSON, 80 columns, and factories that do not as they should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural_trainer.cli import main
from neural_trainer.inspect.architecture.dry_run import STORED

CASES = """
import torch
from torch import nn
from neural_trainer.layers.case import Case


def make(deep=1):
    torch.manual_seed(0)
    hidden = [m for _ in range(deep) for m in (nn.Linear(16, 16), nn.ReLU())]
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), *hidden, nn.Linear(16, 2))
    batch = (torch.randn(4, 8), torch.tensor([0, 1, 0, 1]))
    return Case(model, lambda m, b: nn.functional.cross_entropy(m(b[0]), b[1]), [batch])


def make_deep():
    return make(30)


def raises():
    raise OSError("no data\\nin two lines")


def leaves():
    raise SystemExit("usage: train.py --data DIR")


def needs_gpu():
    raise AssertionError("Torch not compiled with CUDA enabled")


def nonsense():
    return 42


def hangs():
    while True:
        pass


def no_model():
    case = make()
    return Case("a model", case.loss_fn, case.train_batches)
"""


@pytest.fixture(autouse=True)
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "architecture_cases.py").write_text(CASES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))


def call(name: str, *options: str) -> int:
    return main(["architecture", f"architecture_cases:{name}", *options])


@pytest.mark.parametrize("options", [(), ("--all",), ("--dry",)], ids=["plain", "all", "dry"])
def test_text_fits_80_columns(capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    assert call("make_deep", *options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith("Next: neural-trainer ")
    assert ("initial variance: it needs" in " ".join(lines)) is (options == ("--dry",))


BUDGETS = {
    "kept": (("--max-params", "1K", "--max-size", "1MB", "--max-vram", "1GiB"), 0),
    "too-many-parameters": (("--max-params", "400"), 3),
    "too-large-a-file": (("--max-size", "1KB"), 3),
    "too-much-memory": (("--max-vram", "5KB"), 3),
    "sharded": (("--max-vram", "5KB", "--sharding", "FSDP", "--devices", "4"), 0),
}


@pytest.mark.parametrize(("options", "code"), BUDGETS.values(), ids=BUDGETS)
def test_budgets(capsys: pytest.CaptureFixture[str], options: tuple[str, ...], code: int) -> None:
    assert call("make", *options) == code
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Budget")]
    assert len(told) == sum(option.startswith("--max") for option in options)
    assert any("FAILED" in line for line in told) is (code == 3)


def test_findings_fail_where_asked() -> None:
    assert call("make_deep") == 0
    assert call("make_deep", "--exit-code") == 3
    assert call("make", "--exit-code") == 0


def test_json_has_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("make", "--json", "--max-params", "1K") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "neural-trainer/architecture/1"
    assert told["parameters"] == {"total": 450, "trainable": 450}
    assert told["memory"][0]["precision"] == STORED
    assert told["budgets"] == [{"name": "params", "allowed": 1000, "taken": 450, "kept": True}]


REFUSED = {
    "raises": "raised OSError: no data;",
    "leaves": "raised SystemExit: usage",
    "needs_gpu": "needs a GPU",
    "nonsense": "returned a int; expected a Case",
    "no_model": "model is a str",
    "absent": "has no function 'absent'",
}


@pytest.mark.parametrize("name", REFUSED)
def test_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert call(name) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert REFUSED[name] in told.err


def test_a_factory_that_hangs_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("hangs", "--time-limit", "0.1") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert "had not returned after 0.1 s" in told.err
    assert "raise --time-limit" in told.err


def test_sharding_needs_devices(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("make", "--sharding", "FSDP") == 1
    assert "needs --devices N" in capsys.readouterr().err
    assert call("make", "--devices", "1") == 1
    assert "expected 2 or more" in capsys.readouterr().err


def test_a_budget_that_is_no_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("make", "--max-vram", "six gigabytes") == 1
    assert "is no budget; expected a size such as 100MB" in capsys.readouterr().err
