"""Resuming: the losses after it are those of the run that never stopped, bit for bit."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest

from neural_trainer.runs.read import read
from neural_trainer.training.checkpoint import find_checkpoint
from neural_trainer.training.config_file import build_config
from neural_trainer.training.trainer import train

STEPS = 15
TREE = {
    "optimizer": {"lr": 0.02},
    "schedule": {"warmup_steps": 3},
    "training": {"steps": STEPS, "eval_every": 4, "threads": 1},
    "checkpoint": {"every": 1, "keep": STEPS},
}
SMALL_GPT = {"num_layers": 1, "num_heads": 2, "width": 16, "context": 8, "dropout": 0.2}


def tree_of(case: str | dict[str, Any], **sections: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {key: dict(value) for key, value in TREE.items()}
    tree.update({"case": case} if isinstance(case, str) else {"model": case})
    for section, keys in sections.items():
        tree.setdefault(section, {}).update(keys)
    return tree


def recorded(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Return what the run recorded, times aside: they are never twice the same."""
    signals = read(folder).signals
    return {
        name: list(zip(series.step.tolist(), series.value.tolist(), strict=True))
        for name, series in signals.items()
        if name in ("loss", "eval/loss", "lr", "grad_norm")
    }


@pytest.mark.parametrize(
    ("tree", "steps"),
    [
        pytest.param(tree_of("drawn_at_random:plain"), range(1, STEPS), id="every-step"),
        pytest.param(tree_of("drawn_at_random:with_workers"), (1, 5, 6, 7, 13), id="workers"),
        pytest.param(tree_of("drawn_at_random:with_own_generator"), (4, 6, 13), id="generator"),
        pytest.param(tree_of("drawn_at_random:with_workers_and_own_generator"), (5, 12), id="both"),
        pytest.param(
            tree_of("drawn_at_random:plain", training={"accumulate": 4}),
            (1, 4, 9),
            id="accumulated",
        ),
        pytest.param(
            tree_of("drawn_at_random:plain", training={"ema_decay": 0.9}), (3, 8), id="average"
        ),
        pytest.param(
            tree_of("drawn_at_random:plain", optimizer={"name": "muon"}), (2, 9), id="muon"
        ),
        pytest.param(tree_of("drawn_at_random:plain", optimizer={"name": "sgd"}), (2,), id="sgd"),
        pytest.param(
            tree_of("drawn_at_random:plain", training={"precision": "bf16"}), (6,), id="bf16"
        ),
        pytest.param(
            tree_of("drawn_at_random:plain", training={"precision": "fp16"}), (1, 6), id="fp16"
        ),
        pytest.param(
            tree_of(SMALL_GPT, training={"activation_checkpointing": True}), (3, 11), id="gpt"
        ),
        pytest.param(
            tree_of({"name": "image_classifier", "num_samples": 96, "width": 4, "dropout": 0.1}),
            (6, 11),
            id="images",
        ),
    ],
)
def test_what_follows_is_as_if_it_had_never_stopped(
    tree: dict[str, Any], steps: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    config = build_config(tree)
    whole = recorded(train(config, Path("whole")))
    assert len(whole["loss"]) == STEPS
    for step in steps:
        shutil.copytree("whole", f"at-{step}")
        checkpoint = find_checkpoint(Path(f"at-{step}/checkpoints/step-{step:08d}"), pytest.fail)
        assert checkpoint.step == step
        folder = train(config, resume=checkpoint, say=lambda text: None)
        assert folder == Path(f"at-{step}")
        assert recorded(folder) == whole


def test_a_resume_goes_on_to_more_steps_than_the_run_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    tree = tree_of("drawn_at_random:plain", schedule={"name": "constant"})
    whole = recorded(train(build_config(tree), Path("whole")))["loss"]
    config = build_config(tree)
    short = dataclasses.replace(config, training=dataclasses.replace(config.training, steps=7))
    folder = train(short, Path("short"))
    resumed = train(config, resume=find_checkpoint(folder, pytest.fail), say=lambda text: None)
    assert recorded(resumed)["loss"] == whole


def test_a_setting_changed_at_a_resume_is_the_one_that_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    tree = tree_of("drawn_at_random:plain", schedule={"name": "constant"}, training={"steps": 4})
    folder = train(build_config(tree), Path("out"))
    tree["optimizer"]["lr"], tree["training"]["steps"] = 0.5, 6
    train(build_config(tree), resume=find_checkpoint(folder, pytest.fail), say=lambda text: None)
    assert read(folder).signals["lr"].value[-3:].tolist() == [0.02, 0.5, 0.5]


def test_evaluating_leaves_the_training_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    often, never = (
        recorded(
            train(
                build_config(
                    tree_of("drawn_at_random:plain", training={"eval_every": every}),
                ),
                Path(f"every-{every}"),
            )
        )
        for every in (1, 0)
    )
    assert often["loss"] == never["loss"]
    assert len(often["eval/loss"]) == STEPS
    assert "eval/loss" not in never
