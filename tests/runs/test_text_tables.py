"""Tables in the midst of text logs, and lines of numbers whose meaning their place tells."""

# ruff: noqa: E501, RUF001

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from neural_trainer.errors import ReadError
from neural_trainer.runs import text_log
from neural_trainer.runs.line_tables import header_of
from neural_trainer.runs.read import read_all
from neural_trainer.runs.text_lines import states_of


class Log(NamedTuple):
    """A log and what must be read in it: for each signal its values by step."""

    text: str
    signals: dict[str, dict[float, float]]
    axis: str = "step"
    format: str = "text-log"


EPOCHS = (1, 2, 3)

LOGS = {
    "bars-and-a-rule": Log(
        "Using 4 threads\n   Steps | Rew% |  Buffer |   Loss\n---------+------+---------+-------\n"
        + "".join(f"  {100 * i:6d} | 0.{i} | 5000 | {1 / i:.4f}\n" for i in EPOCHS),
        {"loss": {100: 1, 200: 0.5, 300: 0.3333}, "Buffer": {100: 5000, 200: 5000, 300: 5000}},
    ),
    "one-sign-throughout": Log(
        "Training the networks\nGenerator error / Discriminator error\n" + "".join(f"{i}.25 / {9 - i}.5\n" for i in EPOCHS),
        {"Generator error": {0: 1.25, 1: 2.25, 2: 3.25}, "Discriminator error": {0: 8.5, 1: 7.5, 2: 6.5}},
        "row",
    ),
    "commas-under-a-heading": Log(
        "started\nepoch, train loss, val loss\n" + "".join(f"{i}, {i}.5, {9 - i}.5\n" for i in EPOCHS),
        {"loss": {1: 1.5, 2: 2.5, 3: 3.5}, "eval/loss": {1: 8.5, 2: 7.5, 3: 6.5}},
        "epoch",
    ),
    "two-blanks": Log(
        "  epoch    train_loss    valid_acc    valid_loss     dur\n-------  ------------  -----------  ------------  ------\n"
        + "".join(f"      {e}        \x1b[36m{1 / e:.4f}\x1b[0m       0.8{e}        {2 / e:.4f}  0.15\n" for e in EPOCHS),
        {"loss": {1: 1, 2: 0.5, 3: 0.3333}, "eval/loss": {1: 2, 2: 1, 3: 0.6667}, "eval/accuracy": {1: 0.81, 2: 0.82, 3: 0.83}},
        "epoch",
    ),
    "a-word-before-each-line": Log(
        "PROGRESS: iter   tr_logloss   va_logloss\n"
        + "".join(f"PROGRESS: {e:4d}      0.1{e}      0.2{e}\n" for e in range(1, 4)) + "   4      9.5      9.5\n...\n",
        {"loss": {1: 0.11, 2: 0.12, 3: 0.13}, "eval/loss": {1: 0.21, 2: 0.22, 3: 0.23}},
    ),
    "two-lines-of-names": Log(  # MATLAB
        "[STEP 2] Train\n|=====================================================|\n"
        "|  Epoch  |  Iteration  |  Mini-batch  |  Mini-batch  |  Base Learning  |\n|         |             |     RMSE     |     Loss     |      Rate       |\n"
        "|=====================================================|\n"
        + "".join(f"|   {i // 100 + 1} |    {i} |     {40 - i / 10} |    {500 - i}.0 |    0.0010 |\n" for i in (1, 50, 100, 150))
        + "|=====================================================|\n",
        {
            "loss": {1: 499, 50: 450, 100: 400, 150: 350}, "lr": dict.fromkeys((1, 50, 100, 150), 0.001), "epoch": {1: 1, 50: 1, 100: 2, 150: 2},
            "Mini-batch RMSE": {1: 39.9, 50: 35, 100: 30, 150: 25},
        },
    ),
    "two-lines-of-names-between-blanks": Log(  # Vowpal Wabbit
        "average    since         example     example  current  current  current\nloss       last          counter      weight    label  predict features\n"
        + "".join(f"0.{i}00000   0.{i}50000          {i}      {i}.0     1.0000   0.2500        7\n" for i in (1, 2, 4)),
        {"loss": {1: 0.1, 2: 0.2, 4: 0.4}, "since last": {1: 0.15, 2: 0.25, 4: 0.45}}, "example",
    ),
    "rich-key-and-value": Log(
        "".join(
            "        train        \n        ╷         ╷        \n  key   │ value   │ mean    \n ╶──────┼─────────┼──────╴ \n"
            f"  loss  │ {5 / i:.4f}  │ 7.5   \n  mel/loss │ 1.{i}  │ 1.9   \n        val        \n  key   │ value   │ mean    \n  loss  │ {6 / i:.4f}  │ 8.5   \n"
            f"  ⠧ Iteration (train) {100 * i}/2500000   0:04:09 / 111:43:06\n"
            for i in (1, 2, 4)
        ),
        {"loss": {100: 5, 200: 2.5, 400: 1.25}, "loss/mel": {100: 1.1, 200: 1.2, 400: 1.4}, "eval/loss": {100: 6, 200: 3, 400: 1.5}},
    ),
    "two-groups-of-one-name": Log(
        "".join(
            "      Epoch   box_loss   seg_loss  Instances       Size\n"
            f"    {e}/500     0.{e}      0.{e}5        123       1024: 100%|███| 7/7 [05:44<00:00,  4.0it/s]\n"
            "                 Class     Images  Instances      Box(P          R      mAP50)     Mask(P          R      mAP50): \n"
            f"                   all       1375      50347      0.9{e}      0.8{e}      0.7{e}      0.6{e}      0.5{e}      0.4{e}\n\n"
            for e in EPOCHS
        ),
        {"loss/box": {1: 0.1, 2: 0.2, 3: 0.3}, "val/mAP50": {1: 0.71, 2: 0.72, 3: 0.73}, "val/Mask/mAP50": {1: 0.41, 2: 0.42, 3: 0.43}},
        "epoch",
    ),
    "spacy": Log(
        "ℹ Pipeline: ['tagger']\nE    #       LOSS TAGGER  TAG_ACC  SCORE \n---  ------  -----------  -------  ------\n"
        + "".join(f"  {i // 2}  {200 * i:6d}       {900.5 / i:.2f}    4{i}.50    0.4{i}\n" for i in EPOCHS)
        + "✔ Saved pipeline to output directory\n",
        {"loss/tagger": {200: 900.5, 400: 450.25, 600: 300.17}, "epoch": {200: 0, 400: 1, 600: 1}, "TAG_ACC": {200: 41.5, 400: 42.5, 600: 43.5}},
    ),
    "chainer-with-bars-between": Log(
        "epoch       main/loss   validation/main/loss\n"
        + "".join(
            f"{e}           {1.5 / e:.6f}    {1.2 / e:.6f}\n     total [####......] 1{e}.00%\n"
            f"this epoch [#####.....] 5{e}.00%\n       100 iter, {e} epoch / 9 epochs\n"
            for e in EPOCHS
        ),
        {"loss": {1: 1.5, 2: 0.75, 3: 0.5}, "eval/loss": {1: 1.2, 2: 0.6, 3: 0.4}},
        "epoch",
    ),
    "model-card": Log(
        "# a model\n\nIt gets:\n- Loss: 0.4\n\n### Training results\n\n"
        "| Training Loss | Epoch | Step | Validation Loss | Accuracy |\n|:-------------:|:-----:|:----:|:---------------:|:--------:|\n"
        "| No log        | 1.0   | 50   | 0.6             | 0.7      |\n| 0.8           | 2.0   | 100  | 0.5             | 0.8      |\n"
        "| 0.7           | 3.0   | 150  | 0.4             | 0.9      |\n\n### Framework versions\n\n- Transformers 4.30.2\n",
        {"loss": {100: 0.8, 150: 0.7}, "eval/loss": {50: 0.6, 100: 0.5, 150: 0.4}, "eval/accuracy": {50: 0.7, 100: 0.8, 150: 0.9}},
    ),
    "yolo": Log(
        "".join(
            "      Epoch    GPU_mem   box_loss   cls_loss  Instances       Size\n"
            + "".join(f"        {e}/3      2.5G      {b / e:.3f}      3.1         50        640: {p}%|███| {p // 25}/4 [00:02<00:00]\r" for p, b in ((50, 9), (100, 2)))
            + "\n                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|███| 4/4 [00:01<00:00,  3.01it/s]\n"
            f"                   all        128        929       0.6{e}      0.5      0.7{e}      0.4{e}\n                  bird        128          9       0.1      0.1      0.1      0.1\n"
            for e in EPOCHS
        ),
        {"loss/box": {1: 2, 2: 1, 3: 0.667}, "val/mAP50": {1: 0.71, 2: 0.72, 3: 0.73}, "val/mAP50-95": {1: 0.41, 2: 0.42, 3: 0.43}},
        "epoch",
    ),
    "terms-of-a-loss": Log(
        "Step      Train loss                Test loss               Test metric\n"
        + "".join(f"{1000 * i}         [{i}.00e-01, 2.00e-01]      [3.00e-01, {i}.00e-01]    [5.00e-02]\n" for i in (0, 1, 2)),
        {"loss": {0: 0.2, 1000: 0.3, 2000: 0.4}, "test/loss": {0: 0.3, 1000: 0.4, 2000: 0.5}},
    ),
    "splits-side-by-side": Log(
        "".join(
            f"2020-01-01 10:00:0{e},123 - INFO - trainer - Epoch {e}/9\n"
            f"2020-01-01 10:00:0{e},123 - INFO - writer -                     Training |  Validation\n"
            f"2020-01-01 10:00:0{e},124 - INFO - writer - accuracy        |     0.8{e}  |     0.7{e}\n"
            f"2020-01-01 10:00:0{e},124 - INFO - writer - gpu_0_memory_MB |  8708.000  |       N/A\n"
            f"2020-01-01 10:00:0{e},124 - INFO - writer - loss            |     0.{5 - e}00  |     0.{6 - e}00\n"
            for e in (0, 1, 2)
        ),
        {"loss": {0: 0.5, 1: 0.4, 2: 0.3}, "eval/loss": {0: 0.6, 1: 0.5, 2: 0.4}, "accuracy": {0: 0.8, 1: 0.81, 2: 0.82}, "eval/accuracy": {0: 0.7, 1: 0.71, 2: 0.72}},
        "epoch",
    ),
    "positions-tell": Log(
        "".join(
            f"05/01 11:0{e}:00 AM epoch {e} lr {0.2 / (e + 1):e}\n"
            + "".join(f"05/01 11:0{e}:10 AM train {i:03d} {4 - e - i / 100:e} {10.5 + i:f} {40.25 + i:f}\n" for i in (0, 50))
            + f"05/01 11:0{e}:50 AM valid {0:03d} {3.5 - e:e} {12.5:f} {45.5:f}\n05/01 11:0{e}:58 AM valid_acc {20.5 + e:f}\n"
            for e in (0, 1)
        ),
        {
            "loss": {0: 4, 50: 3.5, 51: 3, 101: 2.5}, "accuracy": {0: 10.5, 50: 60.5, 51: 10.5, 101: 60.5},
            "eval/loss": {50: 3.5, 101: 2.5}, "lr": {0: 0.2, 50: 0.1},
        },
    ),
    "rules-of-dashes": Log(
        "".join(
            f"[train] epoch #{i} | Saved\n---------------------------  --------\nEvaluation/AverageReturn     {20 + i}\n"
            f"Evaluation/Iteration         {i}\nPolicy/Entropy               0.5{i}\n---------------------------  --------\n"
            for i in (0, 1, 2)
        ),
        {"reward": {0: 20, 1: 21, 2: 22}},
        format="console-table",
    ),
}  # fmt: skip


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_log(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_text(log.text, encoding="utf-8")
    (run,) = read_all(path)
    assert (run.format, run.axis) == (log.format, log.axis)
    for name, expected in log.signals.items():
        assert name in run.signals, sorted(run.signals)
        assert run.signals[name].step.tolist() == pytest.approx(list(expected))
        assert run.signals[name].value.tolist() == pytest.approx(list(expected.values()), rel=1e-3)


@pytest.mark.parametrize(
    "line",
    [
        "loss:0.5, accuracy:0.9, recall:0.8",
        "| Model | Params | Accuracy |",
        "Saved  the model  to disk",
        "loss 0.5 | accuracy 0.6",
        "epoch",
        "|---|---|",
        "lr = 0.1  loss = mse",
        "the loss and the accuracy fell",
        "loss / hour",
        "loss/accuracy",
        "plots of loss, accuracy",
        "loss, accuracy, and more",
    ],
)
def test_no_header(line: str) -> None:
    assert header_of(line) is None


def test_a_table_of_models_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(
        "| Model | Accuracy | F1 |\n|---|---|---|\n| ours-18 | 69.8 | 0.7 |\n| ours-50 | 76.1 | 0.8 |\n"
        "\nWe train for 90 epochs.\n"
    )
    with pytest.raises(ReadError):
        read_all(path)


@pytest.mark.parametrize("name", LOGS)
def test_rows_matched_whole_give_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    gathered = []
    for frequent in (2, 1_000_000):
        monkeypatch.setattr(text_log, "_FREQUENT", frequent)
        lines = text_log.Lines()
        lines.add(states_of(LOGS[name].text * 4))
        gathered.append({same: group.table() for same, group in lines.groups.items()})
    quick, slow = gathered
    assert list(quick) == list(slow)
    for same, table in slow.items():
        np.testing.assert_array_equal(quick[same], table)


def test_a_box_that_is_cut_at_its_top(tmp_path: Path) -> None:
    rule, boxes = "-" * 30 + "\n", list[str]()
    for i in (1, 2, 3):
        told = f"| rollout/ | |\n|    ep_rew_mean | {i}.5 |\n| time/ | |\n|    total_timesteps | {i} |\n"
        boxes.append(rule + told + rule)
    path = tmp_path / "train.log"
    path.write_text("".join(boxes).removeprefix(rule + "| rollout/ | |\n"))
    (run,) = read_all(path)
    assert run.logged_as["reward"] == "rollout/ep_rew_mean"
    assert run.signals["reward"].step.tolist() == [1, 2, 3]
    assert run.signals["reward"].value.tolist() == [1.5, 2.5, 3.5]
    assert "ep_rew_mean" not in run.signals
