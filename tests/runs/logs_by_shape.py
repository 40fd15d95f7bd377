"""Logs of shapes that many programs share, and what must be read in them."""

# ruff: noqa: E501

from __future__ import annotations

import math

from expected_log import Log

NAN = math.nan

BY_SHAPE = {
    "pipes": Log(
        "step 10 | loss 2.3 | lr 1e-3\nstep 20 | loss 2.1 | lr 5e-4\n",
        {"loss": {10: 2.3, 20: 2.1}, "lr": {10: 1e-3, 20: 5e-4}},
    ),
    "commas": Log(
        "Using cuda:0\nloss: 2.3, acc=0.5\nloss: 2.2, acc=0.6\nloss: 2.1, acc=0.7\n",
        {"loss": {0: 2.3, 1: 2.2, 2: 2.1}, "accuracy": {0: 0.5, 1: 0.6, 2: 0.7}},
        axis="row",
    ),
    "epochs-and-iterations": Log(
        "".join(
            f"Epoch [{e}/2] Iter {i}/100 loss {v} ETA 0:10:00\n"
            for e, i, v in [(1, 50, 0.9), (1, 100, 0.8), (2, 50, 0.7), (2, 100, 0.6)]
        ),
        {"loss": {50: 0.9, 100: 0.8, 150: 0.7, 200: 0.6}, "epoch": {50: 1, 100: 1, 150: 2, 200: 2}},
    ),
    "iterations-that-go-on-over-epochs": Log(
        "epoch 0 iter 5/20 loss 3\nepoch 0 iter 10/20 loss 2\n"
        "epoch 1 iter 15/20 loss 1.5\nepoch 1 iter 20/20 loss 1\n",
        {"loss": {5: 3, 10: 2, 15: 1.5, 20: 1}},
    ),
    "running-means": Log(
        "step 1 loss 1.0932 (1.1202)\nstep 2 loss: 1.05 (avg: 1.11)\nstep 3 loss 0.9 (1.0)\n",
        {"loss": {1: 1.0932, 2: 1.05, 3: 0.9}},
    ),
    "values-below-the-epoch": Log(
        "Epoch 5\n  train loss : -0.4\n  val loss : -0.3\nEpoch 6\n  train loss : -0.5\n"
        "  val loss : -0.35\nEpoch 7\n",
        {"loss": {5: -0.4, 6: -0.5}, "eval/loss": {5: -0.3, 6: -0.35}},
        axis="epoch",
    ),
    "values-above-the-epoch": Log(
        "".join(
            f"train loss: {1 / e}\nval loss: {2 / e}\nEpoch {e} done in 3.2s\n" for e in (1, 2, 4)
        ),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "eval/loss": {1: 2, 2: 1, 4: 0.5}},
        axis="epoch",
    ),
    "prefixes-and-thousands": Log(
        "2024-01-02 10:11:12,345 [INFO] train.py:88 - Step 1,000: loss=1,234.5 acc=12.5%\n"
        "2024-01-02 10:12:12,345 [INFO] train.py:88 - Step 2,000: loss=1,034.5 acc=22.5%\n",
        {"loss": {1000: 1234.5, 2000: 1034.5}, "accuracy": {1000: 12.5, 2000: 22.5}},
    ),
    "non-finite": Log(
        "step 1 loss 2.0 norm 1\nstep 2 loss inf norm nan\nstep 3 loss -nan norm NaN\n",
        {"loss": {1: 2, 2: math.inf, 3: NAN}, "grad_norm": {1: 1, 2: NAN, 3: NAN}},
    ),
    "not-available": Log(
        "step 1, loss: 2.0, acc: N/A\nstep 2, loss: 1.5, acc: N/A\nstep 3, loss: None, acc: 0.5\n",
        {"loss": {1: 2, 2: 1.5}, "accuracy": {3: 0.5}},
    ),
    "written-over": Log(
        "loss: 9.0\rloss: 3.0\nloss: 8.0\rloss: 2.0\nloss: 7.0\rloss: 1.0\n",
        {"loss": {0: 3, 1: 2, 2: 1}},
        axis="row",
    ),
    "progress-bar": Log(
        "".join(
            f"Epoch {e}:  {10 * i}%|██   | {i}/4 [00:10<00:12,  4.30it/s, loss={1 / (4 * e + i)}]\r"
            for e in range(2)
            for i in (2, 4)
        ),
        {"loss": {2: 1 / 2, 4: 1 / 4, 6: 1 / 6, 8: 1 / 8}},
    ),
    "two-runs": Log("step 1 loss 3\nstep 2 loss 2\nstep 3 loss 1\n" * 2, {}),
    "tensors": Log(
        "step 1 loss tensor(0.5, device='cuda:0', grad_fn=<NllLossBackward0>)\n"
        "step 2 loss tensor(0.4, device='cuda:0', grad_fn=<NllLossBackward0>)\n",
        {"loss": {1: 0.5, 2: 0.4}},
    ),
    "metric-before-the-step": Log(
        "Training loss (for one batch) at step 0: 2.5000\n"
        "Training loss (for one batch) at step 200: 0.5000\nCost after iteration 300: 0.4\n",
        {"loss": {0: 2.5, 200: 0.5}},
    ),
    "scores-by-split": Log(
        "Epoch: 010, Loss: 1.8462, Train: 0.7143, Val: 0.6000, Test: 0.6110\n"
        "Epoch: 020, Loss: 1.5462, Train: 0.8143, Val: 0.7000, Test: 0.7110\n",
        {
            "loss": {10: 1.8462, 20: 1.5462}, "accuracy": {10: 0.7143, 20: 0.8143},
            "eval/accuracy": {10: 0.6, 20: 0.7}, "test/accuracy": {10: 0.611, 20: 0.711},
        },
        axis="epoch",
    ),
    "episodes": Log(
        "".join(f"Episode {e}\tTotal Steps: {e * 200}\tReward: {r}\tEpsilon: 0.9\n" for e, r in [(1, -20), (2, -15), (3, -10)]),
        {"reward": {200: -20, 400: -15, 600: -10}},
        axis="timestep",
    ),
    "episode-lengths": Log(
        "".join(f"Episode: {e} | Steps: {s} | Reward: {s / 2}\n" for e, s in [(1, 20), (2, 15), (3, 30), (4, 12), (5, 40), (6, 11)]),
        {"reward": {1: 10, 2: 7.5, 3: 15, 4: 6, 5: 20, 6: 5.5}},
        axis="episode",
    ),
}  # fmt: skip
