"""Text logs of several trainings that no counter tells apart, and of one that looks like several."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.runs.read import read_all

Signals = dict[str, dict[float, float]]

SUMMARY = "{{'train_runtime': {t}, 'train_samples_per_second': 0.7, 'train_loss': {loss}, 'epoch': {epoch}}}\n"

KERAS = "".join(
    f"Epoch {e}/2\n10/10 [==============================] - 2s 5ms/step - loss: {3 - e}.5\n"
    for e in (1, 2)
)

LOGS: dict[str, tuple[str, list[Signals]]] = {
    "summaries-of-a-trainer": (
        SUMMARY.format(t=11.5, loss=1.5, epoch=1.0) + "100% 8/8 [00:11<00:00,  1.40s/it]\n"
        + SUMMARY.format(t=9.5, loss=1.25, epoch=1.0) + "100% 8/8 [00:09<00:00,  1.17s/it]\n",
        [
            {"loss": {1: 1.5}, "train_runtime": {1: 11.5}},
            {"loss": {1: 1.25}, "train_runtime": {1: 9.5}},
        ],
    ),
    "ends-of-training": (
        "".join(
            f"| end of epoch {e:3} | time: 2.5s | valid loss  {v} | valid ppl  9.5\n"
            f" | End of training | test loss  {v + 1} | test ppl   9.25\n"
            for e, v in [(6, 4.5), (12, 5.5), (6, 3.5)]
        ),
        [
            {"eval/loss": {6: 4.5}, "test/loss": {6: 5.5}},
            {"eval/loss": {12: 5.5}, "test/loss": {12: 6.5}},
            {"eval/loss": {6: 3.5}, "test/loss": {6: 4.5}},
        ],
    ),
    "another-program-behind-it": (
        "".join(f"  step {i}/60  loss={i / 8}  lr=1e-04\n" for i in (10, 20, 30, 40))
        + "Saved\n"
        + "".join(
            f"{i}%|#| {i}/90 [11:20<2:25:07, 23.22s/it]\n{{'loss': {i}.5, 'reward': 0.0, 'epoch': 0.{i}}}\n"
            for i in (1, 2, 3)
        ),
        [
            {"loss": {10: 1.25, 20: 2.5, 30: 3.75, 40: 5}},
            {"loss": {1: 1.5, 2: 2.5, 3: 3.5}, "reward": {1: 0, 2: 0, 3: 0}},
        ],
    ),
    "another-program-behind-keras": (
        KERAS + "Training Loss: 0.5\nNow with another model\n\n"
        + "".join(f"Epoch {e}, Training loss: {e}.25\nEpoch {e}, Validation Loss: {e}.5\n" for e in (1, 2, 3)),
        [{"loss": {1: 2.5, 2: 1.5}}, {"loss": {1: 1.25, 2: 2.25, 3: 3.25}, "eval/loss": {1: 1.5, 2: 2.5, 3: 3.5}}],
    ),
    "remarks-behind-keras": (
        KERAS + "Epoch 2: val_loss did not improve\nTraining Loss: 0.5\nTest Loss: 0.75\nTraining Loss: 0.25\n",
        [{"loss": {1: 2.5, 2: 1.5}}],
    ),
    "evaluation-behind-a-summary": (
        "".join(f"{{'loss': {e}.5, 'epoch': {e}.0}}\n" for e in (1, 2))
        + SUMMARY.format(t=9.5, loss=1.5, epoch=2.0)
        + "{'eval_loss': 0.5, 'eval_runtime': 1.5, 'epoch': 2.0}\n",
        [{"loss": {1: 1.5, 2: 2.5}, "eval/loss": {2: 0.5}, "train_runtime": {2: 9.5}}],
    ),
    "blocks-behind-a-summary": (
        "".join(f"{{'loss': {e}.5, 'epoch': {e}.0}}\n{{'eval_loss': {e}.25, 'epoch': {e}.0}}\n" for e in (1, 2))
        + SUMMARY.format(t=9.5, loss=1.5, epoch=2.0)
        + "***** train metrics *****\n  epoch                    =        2.0\n  train_loss               =        1.5\n"
        "  train_runtime            = 0:00:09.50\n  train_samples            =        100\n"
        "***** eval metrics *****\n  epoch                    =        2.0\n  eval_loss                =        2.25\n",
        [{"loss": {1: 1.5, 2: 2.5}, "eval/loss": {1: 1.25, 2: 2.25}, "train_runtime": {2: 9.5}}],
    ),
    "end-of-one-training": (
        "".join(f"| epoch {e} | loss  {e}.5 | ppl  9.5\n| end of epoch {e} | valid loss  {e}.25 | valid ppl  9.5\n" for e in (1, 2, 3))
        + "| End of training | test loss  4.5 | test ppl  9.25\n",
        [{"loss": {1: 1.5, 2: 2.5, 3: 3.5}, "eval/loss": {1: 1.25, 2: 2.25, 3: 3.25}, "test/loss": {3: 4.5}}],
    ),
    "pass-over-other-data-behind-it": (
        "".join(f"step {i} loss {i / 8}\n" for i in (1, 2, 3)) + "".join(f"[{i}/9] loss {i}.5\n" for i in (1, 2, 3)),
        [{}],
    ),
    "test-loop-behind-it": (
        "".join(f"step {i} loss {i / 8}\n" for i in (1, 2, 3))
        + "".join(f"Test: [{i}/9] Time 0.5 Loss {i}.5\n" for i in (1, 2, 3)),
        [{"loss": {1: 0.125, 2: 0.25, 3: 0.375}}],
    ),
    "epochs-between-steps": (
        "".join(
            f"step {i} loss {i / 8}\n" + (f"Epoch {i // 2}: train loss 9.5\n" if i % 2 == 0 else "")
            for i in range(1, 9)
        ),
        [{"loss": {i: i / 8 for i in range(1, 9)}}],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), LOGS.values(), ids=LOGS)
def test_trainings(content: str, expected: list[Signals], tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_text(content)
    runs = read_all(path)
    names = ["stdout"] if len(expected) == 1 else [f"stdout#{i + 1}" for i in range(len(expected))]
    assert [run.name for run in runs] == names
    for run, signals in zip(runs, expected, strict=True):
        for name, values in signals.items():
            series = run.signals[name]
            assert dict(zip(series.step.tolist(), series.value.tolist(), strict=True)) == values
