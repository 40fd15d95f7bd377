"""Bad input, from the command line: one line that says what it is, and exit code 1."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from neural_trainer.cli import main
from neural_trainer.errors import ConfigError
from neural_trainer.layers.case import Case
from neural_trainer.training.bad_input import out_of_range_told
from neural_trainer.training.config_file import build_config
from neural_trainer.training.fitting import largest_fitting
from neural_trainer.training.state import TrainingState
from neural_trainer.training.step import train_step

CASES = """
import torch
from pathlib import Path
from torch import nn
from torch.utils.data import DataLoader, Dataset
from neural_trainer.layers.case import Case

class Files(Dataset):
    def __len__(self): return 8
    def __getitem__(self, index):
        return len(Path(f"image-{index}.bin").read_bytes())

def case(batches):
    model = nn.Linear(3, 4)
    def loss_fn(model, batch): return nn.functional.cross_entropy(model(batch[0]), batch[1])
    return Case(model, loss_fn, batches, eval_batches=batches)

def batch(label=1, value=1.0):
    inputs, labels = torch.ones(5, 3), torch.zeros(5, dtype=torch.int64)
    inputs[3, 1], labels[2] = value, label
    return inputs, labels

def good(): return case([batch()])
def nothing(): return case([])
def used_up(): return case(iter([batch()]))
def no_evaluation(): return Case(**{**vars(case([batch()])), "eval_batches": []})
def label_too_high(): return case([batch(), batch(label=4)])
def label_negative(): return case([batch(label=-1)])
def not_a_number(): return case([batch(), batch(value=float("nan"))])
def no_file(): return case(Path("absent.txt").read_text())
def no_file_in_a_batch(): return case(DataLoader(Files(), batch_size=2))
def no_file_in_a_worker(): return case(DataLoader(Files(), batch_size=2, num_workers=1))
"""


@pytest.fixture
def cases(project: Path) -> Path:
    (project / "bad_cases.py").write_text(CASES)
    return project


@pytest.mark.parametrize(
    ("factory", "words"),
    [
        pytest.param("nothing", "yielded nothing", id="nothing"),
        pytest.param("used_up", "re-iterable", id="used-up"),
        pytest.param("no_evaluation", "eval_batches yielded nothing", id="no-evaluation"),
        pytest.param("label_too_high", "step 2: .* run from 0 to 4; expected 0 to", id="label"),
        pytest.param("label_negative", "labels run from -1 to 0", id="negative-label"),
        pytest.param("not_a_number", "step 2: 1 of 15 .* NaN or infinite .*sample 3", id="nan"),
        pytest.param("no_file", "missing data: .*absent.txt", id="no-file"),
        pytest.param("no_file_in_a_batch", "missing data: .*image-0.bin", id="no-file-in-a-batch"),
        pytest.param("no_file_in_a_worker", "missing data: .*image-0.bin", id="in-a-worker"),
        pytest.param("absent", "has no function 'absent'", id="no-factory"),
        pytest.param("not_a_nubmer", "did you mean not_a_number", id="near-factory"),
    ],
)
def test_one_line_and_exit_code_1(
    cases: Path, factory: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = "optimizer: {lr: 0.1}\ntraining: {steps: 4, eval_every: 2}\n"
    (cases / "train.yaml").write_text(f"case: bad_cases:{factory}\n{config}")
    assert main(["train", "train.yaml"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    told = [line for line in captured.err.splitlines() if "held-out data" not in line]
    assert len(told) == 1, captured.err
    assert re.search(words, told[0]), told[0]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param("other-model", "is of another model", id="other-model"),
        pytest.param("other-optimizer", "another optimizer", id="other-optimizer"),
        pytest.param("version", "is a config of version 9; .* reads version 1", id="version"),
        pytest.param("all-broken", "none of 1 checkpoints is whole", id="all-broken"),
        pytest.param("no-run", "no checkpoint", id="no-run"),
        pytest.param("no-config", "needs CONFIG.yaml", id="no-config"),
    ],
)
def test_a_resume_that_cannot_be(
    cases: Path, harm: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = "case: bad_cases:good\noptimizer: {lr: 0.1}\ntraining: {steps: 2, eval_every: 0}\n"
    (cases / "train.yaml").write_text(config)
    assert main(["train", "train.yaml"]) == 0
    command = ["train", "--resume", "runs/train"]
    if harm == "other-model":
        module = (cases / "bad_cases.py").read_text().replace("nn.Linear(3, 4)", "nn.Linear(3, 5)")
        (cases / "other_cases.py").write_text(module)
        command += ["--set", "case=other_cases:good"]
    elif harm == "other-optimizer":
        command += ["--set", "optimizer=null", "case=own_optimizer:good"]
        own = "torch.optim.SGD([*model.parameters()][:1])"
        module = (cases / "bad_cases.py").read_text().replace(
            "eval_batches=batches)", f"eval_batches=batches, optimizer={own})"
        )  # fmt: skip
        (cases / "own_optimizer.py").write_text(module)
    elif harm == "version":
        (cases / "train.yaml").write_text("version: 9\n" + config)
        command = ["train", "train.yaml"]
    elif harm == "all-broken":
        next(cases.glob("runs/train/checkpoints/*/state.pt")).write_bytes(b"")
    elif harm == "no-run":
        command[-1] = "runs/other"
    else:
        command = ["train"]
    capsys.readouterr()
    assert main(command) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == (2 if harm == "all-broken" else 1), told
    assert re.search(words, told[-1]), told


def test_a_failed_assertion_on_a_device_says_the_labels() -> None:
    batch = (torch.zeros(3, 2), torch.tensor([0, 12, -100]))
    with pytest.raises(ConfigError, match="run from 0 to 12"), out_of_range_told(batch, "step 1"):
        raise RuntimeError("CUDA error: device-side assert triggered\nCUDA kernel errors might")
    with pytest.raises(RuntimeError, match="else"), out_of_range_told(batch, "step 1"):
        raise RuntimeError("something else")


@pytest.mark.parametrize("fits", [0, 1, 5, 6, 7, 63])
def test_the_largest_that_fits_is_found(fits: int) -> None:
    tried: list[int] = []

    def attempt(count: int) -> None:
        tried.append(count)
        if count > fits:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    assert largest_fitting(attempt, 64) == fits
    assert len(tried) <= 6
    assert 0 not in tried


def test_another_error_while_it_is_looked_for_is_raised() -> None:
    def attempt(count: int) -> None:
        raise RuntimeError("shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="multiplied"):
        largest_fitting(attempt, 8)


def test_a_batch_that_does_not_fit_is_told_with_the_largest_that_does() -> None:
    seen: list[int] = []

    def loss_fn(model: Any, batch: Any) -> Any:
        seen.append(len(batch[0]))
        if len(batch[0]) > 11:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return model(batch[0]).square().mean()

    case = Case(nn.Linear(3, 1), loss_fn, [(torch.ones(32, 3), torch.zeros(32))])
    config = build_config({"case": "a:b", "optimizer": {}, "training": {"accumulate": 2}})
    state = TrainingState(config, case, torch.device("cpu"))
    with pytest.raises(ConfigError) as caught:
        train_step(state, torch.device("cpu"))
    told = str(caught.value)
    assert "step 1: a batch of 32 samples does not fit" in told
    assert "the largest that does has 11: your loader's batch_size=11" in told
    assert "training.accumulate=6" in told
    assert "\n" not in told
    assert max(seen[1:]) < 32


LARGE = """
import resource, sys, torch
from torch import nn
from neural_trainer.layers.case import Case

def make_case():
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 400_000_000,) * 2)
    model = nn.Linear(1, 1_000_000)  # 4 MB of outputs a sample, and as much of their gradient
    def loss_fn(model, batch): return model(batch).square().mean()
    return Case(model, loss_fn, [torch.ones(1000, 1)])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and RLIMIT_AS")
def test_memory_that_the_system_does_not_give_is_told(project: Path) -> None:
    assert hasattr(resource, "RLIMIT_AS")
    (project / "large.py").write_text(LARGE)
    config = "case: large:make_case\noptimizer: {name: sgd, momentum: 0}\nval_split: {name: none}\n"
    (project / "train.yaml").write_text(config + "training: {threads: 1}\n")
    done = subprocess.run(
        [sys.executable, "-m", "neural_trainer", "train", "train.yaml"],
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "scripts"), "PATH": ""},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert len(told) == 1, done.stderr
    found = re.search(r"a batch of 1000 .* the largest that does has (\d+):", told[0])
    assert found, told
    assert 1 <= int(found[1]) <= 100
