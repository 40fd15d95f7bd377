"""Logs behind what PM2 or docker compose puts before each line: read as without it."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.runs.read import read_all
from neural_trainer.runs.text_lines import prefix_of

LOGS = {
    "steps": "".join(f"step {i} loss {1 / i} lr 0.1\n" for i in range(1, 9)),
    "darknet": "".join(f"{i}: {2 / i}, {3 / i} avg, 0.001 rate, 2.5 seconds, {64 * i} images\n" for i in (1, 2, 4)),
    "table": "step  loss  acc\n" + "".join(f"{i}     {1 / i}   0.{i}\n" for i in range(1, 9)),
    "keras": "".join(f"Epoch {e}/3\n9/9 - 3s - loss: {1 / e} - val_loss: {2 / e}\n" for e in (1, 2, 3)),
    "rounds": "".join(f"[{i}]\ttrain-rmse:{1 / i:.5f}\teval-rmse:{2 / i:.5f}\n" for i in range(1, 9)),
    "no-last-end": "".join(f"step {i} loss {1 / i:.4f}\n" for i in range(1, 9)) + "step 9 loss 0.1111",
}  # fmt: skip
PREFIXES = {
    "pm2": "0|train    | ",
    "docker-compose": "trainer_1  | ",
    "container": "trainer-gpu | ",
    "coloured": "\x1b[36mtrainer_1  | \x1b[0m",
}


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES)
@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_read_as_without_it(log: str, prefix: str, tmp_path: Path) -> None:
    bare, behind = tmp_path / "bare.log", tmp_path / "behind.log"
    bare.write_text(log)
    behind.write_text("".join(prefix + line for line in log.splitlines(keepends=True)))
    (expected,), (run,) = read_all(bare), read_all(behind)
    assert (run.format, run.axis, set(run.signals)) == (
        expected.format,
        expected.axis,
        set(expected.signals),
    )
    for name, series in expected.signals.items():
        assert run.signals[name].step.tolist() == series.step.tolist()
        assert run.signals[name].value.tolist() == series.value.tolist()


@pytest.mark.parametrize(
    "line",
    [
        "epoch_{i} | loss 0.5 | acc 0.5\n",
        "train | epoch {i} | loss 0.5\n",
        "loss | step {i} | 0.5\n",
        "accuracy | 0.{i} | 0.6\n",
        "| epoch {i} | loss 0.5\n",
        "run_{i} | step 1 | loss 0.5\n",
        "step {i} | loss 0.5\n",
    ],
)
def test_what_tells_of_the_run_is_no_prefix(line: str) -> None:
    assert prefix_of("".join(line.format(i=i) for i in range(9))) == 0
