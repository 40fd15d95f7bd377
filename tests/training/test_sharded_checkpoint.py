"""Checkpoints in shards: checked by their sums, of the same model alone, never code."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import shared_cases
import torch
from rank_processes import Job, run_ranks
from torch import nn

from neural_trainer.errors import ConfigError
from neural_trainer.layers.case import Case
from neural_trainer.training.checkpoint import (
    RECORD_FILE,
    Checkpoint,
    find_checkpoint,
    new_checkpoint,
    read_checkpoint,
)
from neural_trainer.training.config_file import build_config
from neural_trainer.training.sharded_checkpoint import METADATA_FILE
from neural_trainer.training.state import TrainingState

TREE: dict[str, Any] = {
    "case": "shared_cases:tokens",
    "optimizer": {"lr": 0.05},
    "training": {"steps": 4, "eval_every": 1, "threads": 1, "distributed": "fsdp"},
    "checkpoint": {"every": 1, "keep": 2, "best": False},
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run folder of two ranks that have written four checkpoints and keep two."""
    folder = tmp_path_factory.mktemp("written")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        words = (json.dumps([("run", TREE, None)]),)
        for end in run_ranks(Job("two", 2, "shared_cases:train_all", words))[0]:
            assert end.code == 0, end.said
    return folder / "two" / "run"


@pytest.fixture
def run(written: Path, project: Path) -> Path:
    shutil.copytree(written, "run")
    return Path("run")


def test_the_newest_are_kept_and_nothing_else_is_left(run: Path) -> None:
    assert sorted(path.name for path in (run / "checkpoints").iterdir()) == [
        "step-00000003",
        "step-00000004",
    ]
    record = json.loads((run / "checkpoints" / "step-00000004" / RECORD_FILE).read_text())
    assert set(record["files"]) == {
        "state.pt", "shards/.metadata", "shards/__0_0.distcp", "shards/__1_0.distcp"
    }  # fmt: skip


@pytest.mark.parametrize("name", [METADATA_FILE, "__0_0.distcp", "__1_0.distcp"])
@pytest.mark.parametrize("harm", ["flipped", "cut", "gone"])
def test_a_broken_one_is_told_and_the_one_before_it_is_taken(
    run: Path, name: str, harm: str
) -> None:
    path = run / "checkpoints" / "step-00000004" / "shards" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if harm == "cut" else content)
    said: list[str] = []
    assert find_checkpoint(run, said.append).step == 3
    assert len(said) == 1
    assert f"step-00000004/shards/{name}" in said[0]


def restored(
    checkpoint: Checkpoint,
    case: Case | None = None,
    optimizer: dict[str, Any] | None = None,
    **training: Any,
) -> TrainingState:
    tree = {**TREE, "optimizer": {**TREE["optimizer"], **(optimizer or {})}}
    tree["training"] = {**TREE["training"], **training}
    state = TrainingState(build_config(tree), case or shared_cases.tokens(), torch.device("cpu"))
    state.restore(checkpoint)
    return state


def other_model(width: int, extra: bool) -> Case:
    case = shared_cases.tokens()
    model: Any = case.model
    if width != 9:
        model.norm = nn.LayerNorm(width, dtype=torch.float64)
    if extra:
        model.extra = nn.Linear(2, 2, dtype=torch.float64)
    return case


@pytest.mark.parametrize(
    ("case", "words"),
    [
        pytest.param(other_model(8, False), r"2 of another shape, such as norm", id="shape"),
        pytest.param(other_model(9, True), r"2 tensors are missing, 0 unknown", id="deeper"),
    ],
)
def test_another_model_is_refused_in_one_line(run: Path, case: Case, words: str) -> None:
    found = find_checkpoint(run, pytest.fail)
    with pytest.raises(ConfigError, match=f"is of another model: .*{words}") as caught:
        restored(found, case)
    assert "\n" not in str(caught.value)


def test_another_optimizer_or_an_average_that_was_not_kept_is_refused(run: Path) -> None:
    found = find_checkpoint(run, pytest.fail)
    with pytest.raises(ConfigError, match="was written with another optimizer: it lacks"):
        restored(found, optimizer={"name": "sgd"})
    with pytest.raises(ConfigError, match="holds no average of the weights"):
        restored(found, ema_decay=0.9)


def test_settings_of_the_optimizer_are_those_of_the_config(run: Path) -> None:
    state = restored(find_checkpoint(run, pytest.fail), optimizer={"lr": 0.5})
    assert [group["lr"] for group in state.optimizers[0].param_groups] == [0.5, 0.5]
    assert state.step == 4


class Harmful:
    def __reduce__(self) -> Any:
        return (Path("touched").touch, ())


def test_metadata_that_would_run_code_are_refused_unrun(run: Path) -> None:
    shards = run / "checkpoints" / "step-00000004" / "shards"
    (shards / METADATA_FILE).write_bytes(pickle.dumps(Harmful()))
    # With sums that are right, as a stranger would make them.
    with new_checkpoint(Path("other"), 4, {}, None) as (partial, _):
        shutil.copytree(shards.parent, partial, dirs_exist_ok=True)
        (partial / RECORD_FILE).unlink()
    found = read_checkpoint(Path("other/checkpoints/step-00000004"))
    with pytest.raises(ConfigError, match=r"names .*, which torch's metadata never do"):
        restored(found)
    assert not Path("touched").exists()
