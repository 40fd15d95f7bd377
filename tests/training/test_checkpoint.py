"""Checkpoints: whole or not at all, the last whole one taken, and only that of the same model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from neural_trainer.errors import ConfigError, RunRefused
from neural_trainer.training import checkpoint as checkpoints
from neural_trainer.training.char_gpt import CharGPT
from neural_trainer.training.checkpoint import (
    best_checkpoint,
    find_checkpoint,
    load_state,
    load_weights,
    read_checkpoint,
    rotate,
    write_checkpoint,
)

FILES = ("model.safetensors", "state.pt", "ema.safetensors", "checkpoint.json")


def model() -> nn.Module:
    torch.manual_seed(0)
    return CharGPT(9, context=4, width=8, num_layers=1, num_heads=2, dropout=0.0, tied=True)


def written(step: int, run: Path = Path("run"), eval_loss: float | None = None) -> Path:
    state = {"taken": step, "pair": (1, None), "tensor": torch.arange(3)}
    average = {"weight": torch.full((2,), 0.5)}
    return write_checkpoint(run, step, {"steps": 9}, model(), state, average, eval_loss)


def test_what_is_written_is_read_again(project: Path) -> None:
    folder = written(7, eval_loss=1.5)
    assert folder == Path("run/checkpoints/step-00000007")
    found = read_checkpoint(folder)
    assert (found.step, found.config, found.eval_loss) == (7, {"steps": 9}, 1.5)
    assert found.run_folder == Path("run")
    state, average = load_state(found)
    assert (state["taken"], state["pair"], state["tensor"].tolist()) == (7, (1, None), [0, 1, 2])
    assert average is not None
    assert average["weight"].tolist() == [0.5, 0.5]
    other = model()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    load_weights(found, other)
    for name, tensor in model().state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor), name
    assert other.head.weight is other.tokens.weight
    assert set(load_file(folder / "model.safetensors")) < set(model().state_dict())


def test_its_files_are_for_all_who_may_read_the_run(project: Path) -> None:
    before = os.umask(0o022)
    try:
        folder = written(1)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["flipped", "cut", "gone", "emptied", "longer"])
def test_a_broken_one_is_told_and_the_one_before_it_is_taken(
    project: Path, name: str, harm: str
) -> None:
    written(1), written(2)
    path = Path("run/checkpoints/step-00000002", name)
    content = bytearray(path.read_bytes())
    if harm == "gone":
        path.unlink()
    else:
        # A flip inside of a tensor, or of a number, that no format would notice by itself.
        place = content.index(b"9") if name == "checkpoint.json" else len(content) // 2
        content[place] ^= 1
        broken = {"cut": content[:-1], "emptied": b"", "longer": content + b"x"}
        path.write_bytes(broken.get(harm, content))
    said: list[str] = []
    assert find_checkpoint(Path("run"), said.append).step == 1
    assert len(said) == 1
    assert "step-00000002" in said[0]
    assert name in said[0]
    with pytest.raises(ConfigError):
        read_checkpoint(path.parent)


@pytest.mark.parametrize(
    ("target", "step"),
    [
        pytest.param("run", 3, id="run"),
        pytest.param("run/checkpoints/step-00000002", 2, id="checkpoint"),
        pytest.param("run/checkpoints/step-00000001/state.pt", 1, id="file"),
    ],
)
def test_what_a_target_names(project: Path, target: str, step: int) -> None:
    for number in (1, 2, 3):
        written(number)
    assert find_checkpoint(Path(target), pytest.fail).step == step


def test_none_that_is_whole_is_refused(project: Path) -> None:
    with pytest.raises(RunRefused, match="no checkpoint"):
        find_checkpoint(Path("run"), pytest.fail)
    (written(1) / "state.pt").unlink()
    said: list[str] = []
    with pytest.raises(RunRefused, match="none of 1 checkpoints is whole"):
        find_checkpoint(Path("run"), said.append)
    assert len(said) == 1


def test_a_write_that_fails_leaves_nothing_behind(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(1)

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="No space"):
        written(2)
    assert [path.name for path in Path("run/checkpoints").iterdir()] == ["step-00000001"]


def test_one_written_again_at_its_step_takes_the_place_of_the_first(project: Path) -> None:
    written(1, eval_loss=3.0)
    assert read_checkpoint(written(1, eval_loss=2.0)).eval_loss == 2.0
    assert [path.name for path in Path("run/checkpoints").iterdir()] == ["step-00000001"]


@pytest.mark.parametrize(
    ("keep", "best", "left"),
    [
        pytest.param(1, None, [5], id="newest"),
        pytest.param(2, 1, [1, 4, 5], id="newest-and-best"),
        pytest.param(2, 5, [4, 5], id="best-is-newest"),
        pytest.param(9, None, [1, 2, 3, 4, 5], id="all"),
    ],
)
def test_rotation(project: Path, keep: int, best: int | None, left: list[int]) -> None:
    for step in range(1, 6):
        written(step)
    Path("run/checkpoints/.step-00000009.123").mkdir()  # of a process that was killed
    rotate(Path("run"), keep, best)
    names = sorted(path.name for path in Path("run/checkpoints").iterdir())
    assert names == [f"step-{step:08d}" for step in left]


def test_the_best_is_that_of_the_lowest_held_out_loss(project: Path) -> None:
    for step, loss in ((1, 3.0), (2, 1.0), (3, None), (4, 2.0), (5, float("nan"))):
        written(step, eval_loss=loss)
    assert best_checkpoint(Path("run")) == (2, Path("run/checkpoints/step-00000002"))
    assert best_checkpoint(Path("nowhere")) is None


@pytest.mark.parametrize(
    ("other", "words"),
    [
        pytest.param({"width": 12}, "of another shape", id="shape"),
        pytest.param({"num_layers": 2}, "missing", id="deeper"),
        pytest.param({"tied": False}, "1 tensors are missing", id="untied"),
    ],
)
def test_another_model_is_refused_in_one_line(
    project: Path, other: dict[str, Any], words: str
) -> None:
    sizes = {"context": 4, "width": 8, "num_layers": 1, "num_heads": 2, "tied": True} | other
    found = read_checkpoint(written(1))
    with pytest.raises(ConfigError, match=words) as caught:
        load_weights(found, CharGPT(9, dropout=0.0, **sizes))
    assert "is of another model" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_format_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "FORMAT", 2)
    folder = written(1)
    monkeypatch.undo()
    with pytest.raises(ConfigError, match="has format 2; this trainer reads format 1"):
        read_checkpoint(project / folder)


def test_a_state_that_would_run_code_is_not_loaded(project: Path) -> None:
    class Harmful:
        def __reduce__(self) -> Any:
            return (Path("touched").touch, ())

    folder = write_checkpoint(Path("run"), 1, {}, model(), {"harm": Harmful()})
    with pytest.raises(Exception, match="Weights only load failed"):
        load_state(read_checkpoint(folder))
    assert not Path("touched").exists()


def test_the_record_is_plain_json(project: Path) -> None:
    record = json.loads((written(3) / "checkpoint.json").read_text())
    assert set(record) == {"format", "step", "eval_loss", "config", "files", "sha256"}
    assert set(record["files"]) == set(FILES) - {"checkpoint.json"}
