"""Text logs of many frameworks: names, steps and values of lines written in each one's form."""

# ruff: noqa: E501, RUF001

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_trainer.errors import ReadError
from neural_trainer.runs import text_log
from neural_trainer.runs.read import read_all
from neural_trainer.runs.readers import text
from neural_trainer.runs.run import Run
from neural_trainer.runs.text_lines import states_of


class Log(NamedTuple):
    """A log and what must be read in it: for each signal its values by step."""

    text: str
    signals: dict[str, dict[float, float]]
    format: str = "text-log"
    axis: str = "step"


NAN = math.nan
GLOG = "I0124 12:41:13.173336 27399 solver.cpp:237] "
TITAN = "\x1b[34m[titan] 2024-10-10 10:10:1{i},123 - root - INFO - \x1b[31mstep: {i}  "

LOGS = {
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
    "timm": Log(
        "Train: 0 [   0/10 (  0%)]  Loss: 6.91 (6.91)  Time: 0.5s, 512.1/s  LR: 1.000e-05\n"
        "Train: 0 [   5/10 ( 50%)]  Loss: 6.81 (6.86)  Time: 0.5s, 512.1/s  LR: 1.000e-05\n"
        "Train: 1 [   0/10 (  0%)]  Loss: 6.51 (6.51)  Time: 0.5s, 512.1/s  LR: 2.000e-05\n",
        {"loss": {0: 6.91, 5: 6.81, 10: 6.51}, "lr": {0: 1e-5, 5: 1e-5, 10: 2e-5}},
    ),
    "word-language-model": Log(
        "| epoch   1 |   200/ 400 batches | lr 20.00 | ms/batch 30.78 | loss  8.03 | ppl  3085.47\n"
        "| epoch   1 |   400/ 400 batches | lr 20.00 | ms/batch 30.78 | loss  7.03 | ppl  1085.47\n"
        "| end of epoch   1 | time: 12.34s | valid loss  6.12 | valid ppl   467.33 |\n"
        "| epoch   2 |   200/ 400 batches | lr 5.00 | ms/batch 30.78 | loss  6.03 | ppl  385.47\n",
        {"loss": {200: 8.03, 400: 7.03, 600: 6.03}, "eval/loss": {400: 6.12}, "lr": {200: 20, 400: 20, 600: 5}},
    ),
    "quickstart": Log(
        "".join(
            f"Epoch {e}\n-------------------------------\nloss: {3 / e}  [   64/60000]\n"
            f"loss: {2 / e}  [ 6464/60000]\nTest Error: \n Accuracy: {e}.5%, Avg loss: {2.5 / e} \n\n"
            for e in (1, 2)
        ),
        {
            "loss": {64: 3, 6464: 2, 60064: 1.5, 66464: 1}, "test/loss": {6464: 2.5, 66464: 1.25},
            "test/accuracy": {6464: 1.5, 66464: 2.5},
        },
    ),
    "gan": Log(
        "[Epoch 0/2] [Batch 0/3] [D loss: 0.7] [G loss: 1.0]\n"
        "[Epoch 0/2] [Batch 2/3] [D loss: 0.6] [G loss: 1.1]\n"
        "[Epoch 1/2] [Batch 0/3] [D loss: 0.5] [G loss: 1.2]\n",
        {"loss/d": {0: 0.7, 2: 0.6, 3: 0.5}, "loss/g": {0: 1.0, 2: 1.1, 3: 1.2}},
    ),
    "tutorial-cifar": Log(
        "[1,  2000] loss: 2.217\n[1,  4000] loss: 1.852\n[2,  2000] loss: 1.5\n"
        "[2,  4000] loss: 1.4\n",
        {"loss": {2000: 2.217, 4000: 1.852, 6000: 1.5, 8000: 1.4}},
    ),
    "tutorial-transfer": Log(
        "Epoch 0/24\n----------\ntrain Loss: 0.9 Acc: 0.5\nval Loss: 0.8 Acc: 0.6\n\n"
        "Epoch 1/24\n----------\ntrain Loss: 0.7 Acc: 0.7\nval Loss: 0.6 Acc: 0.8\n\n"
        "Training complete in 1m 3s\nBest val Acc: 0.8\n",
        {
            "loss": {0: 0.9, 1: 0.7}, "accuracy": {0: 0.5, 1: 0.7},
            "eval/loss": {0: 0.8, 1: 0.6}, "eval/accuracy": {0: 0.6, 1: 0.8},
        },
        axis="epoch",
    ),
    "examples-mnist": Log(
        "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.30\nTrain Epoch: 1 [30000/60000 (50%)]\tLoss: 0.5\n"
        "\nTest set: Average loss: 0.0520, Accuracy: 9831/10000 (98%)\n\n"
        "Train Epoch: 2 [0/60000 (0%)]\tLoss: 0.30\nTrain Epoch: 2 [30000/60000 (50%)]\tLoss: 0.2\n"
        "\nTest set: Average loss: 0.0420, Accuracy: 9900/10000 (99%)\n\n",
        {
            "loss": {0: 2.3, 30000: 0.5, 60000: 0.3, 90000: 0.2},
            "test/loss": {30000: 0.052, 90000: 0.042},
            "test/accuracy": {30000: 0.9831, 90000: 0.99},
        },
    ),
    "examples-imagenet": Log(
        "Epoch: [0][  0/4]\tTime  6.6 (  6.6)\tData  5.6 (  5.6)\tLoss 7.10e+00 (7.10e+00)\t"
        "Acc@1   0.00 (  0.00)\tAcc@5   1.00 (  1.00)\n"
        "Epoch: [0][  2/4]\tTime  6.6 (  6.6)\tData  5.6 (  5.6)\tLoss 6.90e+00 (7.00e+00)\t"
        "Acc@1   2.00 (  1.00)\tAcc@5   3.00 (  2.00)\n"
        "Test: [ 0/2]\tTime  5.6 (  5.6)\tLoss 6.8e+00 (6.8e+00)\tAcc@1   4.00 (  4.00)\tAcc@5   8.00 (  8.00)\n"
        "Test: [ 1/2]\tTime  5.6 (  5.6)\tLoss 6.4e+00 (6.6e+00)\tAcc@1   2.00 (  3.00)\tAcc@5   8.00 (  8.00)\n"
        " * Acc@1 3.000 Acc@5 8.000\n"
        "Epoch: [1][  0/4]\tTime  6.6 (  6.6)\tData  5.6 (  5.6)\tLoss 6.50e+00 (6.50e+00)\t"
        "Acc@1   5.00 (  5.00)\tAcc@5   9.00 (  9.00)\n",
        {"loss": {0: 7.1, 2: 6.9, 4: 6.5}, "test/loss": {2: 6.6}},
    ),
    "hugging-face": Log(
        "  0%|          | 0/30 [00:00<?, ?it/s]\r"
        " 33%|███▎      | 10/30 [00:05<00:10,  1.99it/s]\r"
        "                                               \r"
        "{'loss': 2.3, 'grad_norm': 1.5, 'learning_rate': 5e-05, 'epoch': 0.33}\n"
        " 33%|███▎      | 10/30 [00:05<00:10,  1.99it/s]\r"
        "  0%|          | 0/4 [00:00<?, ?it/s]\x1b[A\r100%|██████████| 4/4 [00:00<00:00]\r"
        "{'eval_loss': 2.2, 'eval_runtime': 0.5, 'epoch': 0.33}\n"
        " 66%|██████▋   | 20/30 [00:10<00:05,  1.99it/s]\r"
        "{'loss': 2.1, 'grad_norm': 1.4, 'learning_rate': 2.5e-05, 'epoch': 0.67}\n",
        {
            "loss": {10: 2.3, 20: 2.1}, "grad_norm": {10: 1.5, 20: 1.4}, "eval/loss": {10: 2.2},
            "lr": {10: 5e-5, 20: 2.5e-5}, "epoch": {10: 0.33, 20: 0.67},
        },
    ),
    "hugging-face-without-bars": Log(
        "{'loss': '2.3', 'learning_rate': '5e-05', 'epoch': '0.5'}\n"
        "{'loss': '2.1', 'learning_rate': '2.5e-05', 'epoch': '1.0'}\n"
        "{'eval_loss': '2.0', 'eval_accuracy': '0.6', 'epoch': '1.0'}\n"
        "{'train_runtime': 10.5, 'train_samples_per_second': 3.5, 'train_loss': 2.2, 'epoch': 1.0}\n",
        {
            "loss": {0.5: 2.3, 1: 2.1}, "eval/loss": {1: 2.0}, "eval/accuracy": {1: 0.6},
            "lr": {0.5: 5e-5, 1: 2.5e-5},
        },
        axis="epoch",
    ),
    "hugging-face-typographic": Log(
        "".join(f"{{‘loss’: {v}, ‘epoch’: {e}}}\n" * 8 for e, v in [(1.0, 3), (2.0, 2), (3.0, 1)]),
        {"loss": {1: 3, 2: 2, 3: 1}},
        axis="epoch",
    ),
    "nanogpt": Log(
        "number of parameters: 10.65M\nstep 0: train loss 4.2874, val loss 4.2823\n"
        "iter 0: loss 4.2654, time 29682.50ms, mfu -100.00%\n"
        "iter 10: loss 3.1456, time 19.50ms, mfu 19.10%\n"
        "iter 20: loss 2.7319, time 19.50ms, mfu 19.10%\n"
        "step 20: train loss 2.60, val loss 2.61\niter 30: loss 2.5, time 19.50ms, mfu 19.10%\n",
        {"loss": {0: 4.2654, 10: 3.1456, 20: 2.7319, 30: 2.5}, "eval/loss": {0: 4.2823, 20: 2.61}},
    ),
    "build-nanogpt": Log(
        "validation loss: 10.9511\nHellaSwag accuracy: 2534/10042=0.2523\n"
        "step     0 | loss: 10.955029 | lr 8.3916e-07 | norm: 15.3661 | dt: 29.47ms | tok/sec: 17790.11\n"
        "step     1 | loss: 10.605029 | lr 1.6783e-06 | norm: 13.3661 | dt: 29.47ms | tok/sec: 17790.11\n"
        "validation loss: 9.5\n"
        "step     2 | loss: 9.455029 | lr 2.5174e-06 | norm: 11.3661 | dt: 29.47ms | tok/sec: 17790.11\n"
        "validation loss: 9.1\n",
        {
            "loss": {0: 10.955029, 1: 10.605029, 2: 9.455029},
            "grad_norm": {0: 15.3661, 1: 13.3661, 2: 11.3661},
            "eval/loss": {0: 10.9511, 1: 9.5, 2: 9.1},
        },
    ),
    "build-nanogpt-file": Log(
        "0 val 10.9509\n0 hella 0.2463\n0 train 10.955029\n1 train 10.6\n2 train 10.1\n2 val 10.0\n",
        {"loss": {0: 10.955029, 1: 10.6, 2: 10.1}, "eval/loss": {0: 10.9509, 2: 10.0}},
    ),
    "llm-c": Log(
        "val loss 11.009\n"
        "step    1/19560 | loss 10.995 (+nanz)| norm 15.2 (+nanz)| lr 8.57e-07 | 3788.44 ms | 35.6% bf16 MFU | 138391 tok/s\n"
        "step    2/19560 | loss 10.905 (+1.20z)| norm 14.2 (-0.30z)| lr 1.71e-06 | 3646.20 ms | 37.0% bf16 MFU | 143790 tok/s\n"
        "evaluating HellaSwag: 1/79\revaluating HellaSwag: 79/79\rHellaSwag: 2521/10042 = 0.251046\n"
        "val loss 10.8\n"
        "step    3/19560 | loss   nan (+nanz)| norm   nan (+nanz)|slurmstepd: error: CANCELLED\n",
        {
            "loss": {1: 10.995, 2: 10.905, 3: NAN}, "grad_norm": {1: 15.2, 2: 14.2, 3: NAN},
            "lr": {1: 8.57e-7, 2: 1.71e-6}, "eval/loss": {0: 11.009, 2: 10.8},
            "throughput": {1: 138391, 2: 143790},
        },
    ),
    "llm-c-main-log": Log(
        "s:0 tel:11.01\ns:0 trl:10.9 lr:0.00001 norm:15.1\ns:1 trl:10.5 lr:0.00002 norm:14\n"
        "s:2 trl:10.1 lr:0.00003 norm:13\ns:2 tel:10.2\ns:2 eval:0.28\n",
        {"loss": {0: 10.9, 1: 10.5, 2: 10.1}, "eval/loss": {0: 11.01, 2: 10.2}, "lr": {0: 1e-5, 1: 2e-5, 2: 3e-5}},
    ),
    "modded-nanogpt": Log(
        "import os\nimport sys\nfrom torch import nn\ndef f(step):\n    lr = 0.5\n    return 1\n"
        "class M(nn.Module):\n    x = 3\n@torch.compile\ndef g():\n"
        "    print0(f\"step:{step}/{n} val_loss:{val_loss:.4f} step_avg:{t:.2f}ms\")\n"
        "====================================\nRunning Python 3.12.7\n"
        "step:0/10 val_loss:10.8258 train_time:0ms step_avg:nanms\n"
        "step:1/10 train_time:109ms step_avg:nanms\nstep:2/10 train_time:218ms step_avg:nanms\n"
        "step:5/10 val_loss:7.5 train_time:518ms step_avg:140.10ms\n"
        "step:10/10 val_loss:6.5 train_time:1018ms step_avg:140.10ms\n",
        {"eval/loss": {0: 10.8258, 5: 7.5, 10: 6.5}},
    ),
    "megatron": Log(
        "  loss_scale ...................... 12.0\n  lr .............................. 0.0001\n"
        " iteration       10/     200 | consumed samples:           40 | elapsed time per iteration (ms): 2152.2 | learning rate: 0.000E+00 | global batch size:     4 | loss scale: 8388608.0 | number of skipped iterations:  10 | number of nan iterations:   0 |\n"
        " iteration       20/     200 | consumed samples:           80 | elapsed time per iteration (ms): 1354.9 | learning rate: 3.750E-05 | global batch size:     4 | lm loss: 1.203115E+01 | loss scale: 32768.0 | grad norm: 16.999 | number of skipped iterations:   8 | number of nan iterations:   1 |\n"
        " iteration       30/     200 | consumed samples:          120 | elapsed time per iteration (ms): 1354.9 | learning rate: 7.500E-05 | global batch size:     4 | lm loss: 1.103115E+01 | loss scale: 32768.0 | grad norm: 12.000 | number of skipped iterations:   0 | number of nan iterations:   0 |\n"
        "-----------------------------------------------------\n"
        " validation loss at iteration 30 | lm loss value: 8.017406E+00 | lm loss PPL: 3.033300E+03 | \n",
        {
            "loss": {20: 12.03115, 30: 11.03115}, "lr": {10: 0, 20: 3.75e-5, 30: 7.5e-5},
            "loss_scale": {10: 8388608, 20: 32768, 30: 32768}, "grad_norm": {20: 16.999, 30: 12},
            "skipped_steps": {10: 10, 20: 8, 30: 0}, "number of nan iterations": {10: 0, 20: 1, 30: 0},
            "eval/loss": {30: 8.017406}, "eval/perplexity": {30: 3033.3},
            "step_time_s": {10: 2.1522, 20: 1.3549, 30: 1.3549},
        },
    ),
    "megatron-with-placeholders": Log(
        "".join(
            f"{i}:  iteration {i:8d}/ 500 | elapsed time per iteration (s): 3.21 | lm-loss: {12 / i:E} |"
            " loss scale: -1.0 | grad norm: 0.000 | number of nan iterations:   0 |\n".replace(
                f"{i}:", "0:", 1
            )
            for i in (1, 2, 3)
        ),
        {"loss": {1: 12, 2: 6, 3: 4}, "step_time_s": {1: 3.21, 2: 3.21, 3: 3.21}},
    ),
    "gpt-neox": Log(
        " samples/sec: 12.3 | iteration      100/  320000 | elapsed time per iteration (ms): 1234.0 | learning rate: 1.000E-05 | lm_loss: 1.09E+01 | loss scale: 65536.0 | number of skipped iterations:   1 |\n"
        " samples/sec: 12.5 | iteration      200/  320000 | elapsed time per iteration (ms): 1230.0 | learning rate: 2.000E-05 | lm_loss: 9.9E+00 | loss scale: 65536.0 | number of skipped iterations:   0 |\n",
        {"loss": {100: 10.9, 200: 9.9}, "skipped_steps": {100: 1, 200: 0}},
    ),
    "deepspeed": Log(
        "[2021-06-10 20:47:51,765] [INFO] [logging.py:60:log_dist] [Rank 0] step=10, skipped=2, lr=[0.00015, 0.00015], mom=[(0.9, 0.999), (0.9, 0.999)]\n"
        "[2021-06-10 20:48:51,765] [INFO] [logging.py:60:log_dist] [Rank 0] step=20, skipped=3, lr=[0.0001, 0.0001], mom=[(0.9, 0.999), (0.9, 0.999)]\n"
        "steps: 20 loss: 11.5 iter time (s): 1.2 samples/sec: 100.5\n",
        {"lr": {10: 0.00015, 20: 0.0001}, "loss": {20: 11.5}},
    ),
    "fairseq": Log(
        "| epoch 001:    100 / 500 loss=12.3, nll_loss=11.9, ppl=3822, wps=1e4, num_updates=100, lr=1e-5, gnorm=2.1, wall=50\n"
        "| epoch 001:    200 / 500 loss=10.3, nll_loss=10.1, ppl=1097, wps=1e4, num_updates=200, lr=2e-5, gnorm=1.1, wall=90\n"
        "| epoch 001 | valid on 'valid' subset | loss 9.5 | nll_loss 9.1 | ppl 549 | num_updates 200\n"
        "| epoch 002:    100 / 500 loss=8.3, nll_loss=8.1, ppl=297, wps=1e4, num_updates=300, lr=3e-5, gnorm=0.9, wall=120\n",
        {
            "loss": {100: 12.3, 200: 10.3, 300: 8.3}, "grad_norm": {100: 2.1, 200: 1.1, 300: 0.9},
            "eval/loss": {200: 9.5}, "eval/perplexity": {200: 549}, "lr": {100: 1e-5, 200: 2e-5, 300: 3e-5},
        },
    ),
    "fairseq-json": Log(
        "".join(
            f'2022-03-01 10:00:0{i} | INFO | train_inner | {{"epoch": 1, "update": 0.0{i}, "loss": "{13 - i}", '
            f'"ppl": "12", "num_updates": "{100 * i}", "lr": "{i}e-05", "gnorm": "1.5"}}\n'
            for i in (1, 2, 3)
        ),
        {"loss": {100: 12, 200: 11, 300: 10}, "lr": {100: 1e-5, 200: 2e-5, 300: 3e-5}},
    ),
    "torchtitan": Log(
        "".join(
            TITAN.format(i=i)
            + f"\x1b[32mloss: {v:7.4f}  \x1b[33mmemory: 12.00GiB(12.90%)  \x1b[34mtps: 1,234  \x1b[35mmfu: 12.3%\x1b[39m\n"
            for i, v in [(1, 12.2), (2, 11.7), (3, 10.5)]
        ),
        {"loss": {1: 12.2, 2: 11.7, 3: 10.5}, "throughput": {1: 1234, 2: 1234, 3: 1234}},
    ),
    "caffe": Log(
        GLOG.replace("237", "48") + "Initializing solver from parameters: \ntest_iter: 200\nbase_lr: 0.01\n"
        + GLOG + "Iteration 0, Testing net (#0)\n"
        + GLOG + "    Test net output #0: accuracy = 0.001\n"
        + GLOG + "    Test net output #1: loss = 7.1 (* 1 = 7.1 loss)\n"
        + GLOG + "    Test net output #2: loss/top-5 = 0.005\n"
        + "".join(
            GLOG + f"Iteration {i} (6.2 iter/s, 3.2s/20 iters), loss = {v}\n"
            + GLOG + f"    Train net output #0: loss = {v - 0.1} (* 1 = {v - 0.1} loss)\n"
            + GLOG + f"Iteration {i}, lr = 0.01\n"
            for i, v in [(0, 7.5), (20, 87.3365), (40, 6.9)]
        )
        + GLOG + "Iteration 40, Testing net (#0)\n" + GLOG + "    Test net output #0: accuracy = 0.002\n"
        + GLOG + "    Test net output #1: loss = 6.9 (* 1 = 6.9 loss)\n"
        + GLOG + "    Test net output #2: loss/top-5 = 0.006\n",
        {
            "loss": {0: 7.5, 20: 87.3365, 40: 6.9}, "lr": {0: 0.01, 20: 0.01, 40: 0.01},
            "test/accuracy": {0: 0.001, 40: 0.002}, "test/loss": {0: 7.1, 40: 6.9},
            "test/loss/top-5": {0: 0.005, 40: 0.006},
        },
    ),
    "mxnet": Log(
        "".join(
            f"INFO:root:Epoch[{e}] Batch [{b}]\tSpeed: 1200.50 samples/sec\taccuracy=0.{e}{b}\n"
            for e in (0, 1) for b in (20, 40)
        ).replace("INFO:root:Epoch[1] Batch [20]", "INFO:root:Epoch[0] Train-accuracy=0.55\nINFO:root:Epoch[0] Time cost=12.3\nINFO:root:Epoch[0] Validation-accuracy=0.45\nINFO:root:Epoch[1] Batch [20]"),
        {"accuracy": {20: 0.02, 40: 0.04, 60: 0.12, 80: 0.14}, "eval/accuracy": {40: 0.45}},
    ),
    "estimator": Log(
        "INFO:tensorflow:loss = 2.3, step = 1\nINFO:tensorflow:global_step/sec: 12.3\n"
        "INFO:tensorflow:loss = 1.3, step = 101 (12.3 sec)\n"
        "INFO:tensorflow:Saving dict for global step 200: accuracy = 0.9, global_step = 200, loss = 0.2\n",
        {"loss": {1: 2.3, 101: 1.3}, "eval/loss": {200: 0.2}, "eval/accuracy": {200: 0.9}},
    ),
    "mmdet": Log(
        "2021-08-12 19:08:23,123 - mmdet - INFO - Epoch [1][50/100]\tlr: 9.890e-05, eta: 2 days, 16:50:58, time: 1.2, data_time: 0.05, memory: 5000, loss_cls: 0.6, acc: 80.1, loss: 5.0\n"
        "2021-08-12 19:09:23,123 - mmdet - INFO - Epoch [1][100/100]\tlr: 1.990e-04, eta: 16:50:58, time: 1.2, data_time: 0.05, memory: 5000, loss_cls: 0.5, acc: 81.1, loss: 4.0\n"
        "2021-08-12 19:09:33,123 - mmdet - INFO - Epoch(val) [1][5000]\tbbox_mAP: 0.0100, bbox_mAP_50: 0.0300\n"
        "2021-08-12 19:10:23,123 - mmdet - INFO - Epoch [2][50/100]\tlr: 2.990e-04, eta: 15:50:58, time: 1.2, data_time: 0.05, memory: 5000, loss_cls: 0.4, acc: 82.1, loss: nan\n",
        {
            "loss": {50: 5, 100: 4, 150: NAN}, "loss/cls": {50: 0.6, 100: 0.5, 150: 0.4},
            "lr": {50: 9.89e-5, 100: 1.99e-4, 150: 2.99e-4}, "eval/bbox_mAP": {100: 0.01},
            "data_time_s": {50: 0.05, 100: 0.05, 150: 0.05},
        },
    ),
    "mmengine": Log(
        "2023/01/05 10:00:00 - mmengine - INFO - Epoch(train)  [1][ 50/100]  lr: 1.0000e-03  eta: 0:10:00  time: 0.5  data_time: 0.1  memory: 5000  loss: 3.0  loss_cls: 2.0\n"
        "2023/01/05 10:01:00 - mmengine - INFO - Epoch(train)  [1][100/100]  lr: 1.0000e-03  eta: 0:09:00  time: 0.5  data_time: 0.1  memory: 5000  loss: 2.0  loss_cls: 1.0\n"
        "2023/01/05 10:01:10 - mmengine - INFO - Epoch(val)  [1][ 50/ 50]    eta: 0:00:01  time: 0.1  data_time: 0.01  memory: 500\n"
        "2023/01/05 10:01:20 - mmengine - INFO - Epoch(val) [1][50/50]    coco/bbox_mAP: 0.2000  coco/bbox_mAP_50: 0.4000\n"
        "2023/01/05 10:02:00 - mmengine - INFO - Epoch(train)  [2][ 50/100]  lr: 1.0000e-03  eta: 0:08:00  time: 0.5  data_time: 0.1  memory: 5000  loss: 1.0  loss_cls: 0.5\n",
        {"loss": {50: 3, 100: 2, 150: 1}, "eval/coco/bbox_mAP": {100: 0.2}},
    ),
    "detectron2": Log(
        "".join(
            f"[08/12 19:0{i}:23 d2.utils.events]:  eta: 1:23:45  iter: {20 * i - 1}  total_loss: {6 - i}  loss_cls: 1.2  loss_box_reg: 0.5  time: 0.5012  data_time: 0.01  lr: 0.0001  max_mem: 2500M\n"
            for i in (1, 2, 3)
        ),
        {"loss": {19: 5, 39: 4, 59: 3}, "loss/cls": {19: 1.2, 39: 1.2, 59: 1.2}, "lr": {19: 1e-4, 39: 1e-4, 59: 1e-4}},
    ),
    "detr": Log(
        "".join(
            f"Epoch: [{e}]  [{i:4d}/20]  eta: 0:10:00  lr: 0.000100  class_error: 77.22 (80.1)  loss: {v} (25.6)  loss_ce: 1.5 (1.9)  time: 0.5  data: 0.1  max mem: 3000\n"
            for e, i, v in [(0, 0, 30), (0, 10, 25), (1, 0, 20), (1, 10, 18)]
        ),
        {"loss": {0: 30, 10: 25, 20: 20, 30: 18}, "loss/ce": {0: 1.5, 10: 1.5, 20: 1.5, 30: 1.5}},
    ),
    "pix2pix": Log(
        "================ Training Loss (Mon Nov 12 14:03:54 2018) ================\n"
        "(epoch: 1, iters: 100, time: 0.123, data: 0.05) G_GAN: 0.9 G_L1: 20.1 D_real: 0.6 D_fake: 0.7 \n"
        "(epoch: 1, iters: 200, time: 0.123, data: 0.05) G_GAN: 1.1 G_L1: 18.1 D_real: 0.5 D_fake: 0.6 \n"
        "(epoch: 2, iters: 100, time: 0.123, data: 0.05) G_GAN: 1.2 G_L1: 15.1 D_real: 0.4 D_fake: 0.5 \n"
        "(epoch: 2, iters: 200, time: 0.123, data: 0.05) G_GAN: 1.3 G_L1: 14.1 D_real: 0.4 D_fake: 0.5 \n",
        {"loss/g_l1": {100: 20.1, 200: 18.1, 300: 15.1, 400: 14.1}},
    ),
    "nnunet-v1": Log(
        "2023-09-02 02:46:31.443465: lr: 0.01 \n"
        + "".join(
            f"2023-09-02 02:4{e}:10.653710: \nepoch:  {e} \n"
            f"2023-09-02 02:4{e}:31.4: train loss : {-0.4 - e / 10:.4f} \n"
            f"2023-09-02 02:4{e}:32.4: validation loss: {-0.5 - e / 10:.4f} \n"
            f"2023-09-02 02:4{e}:33.4: Average global foreground Dice: [0.9, nan, 0.7] \n"
            "2023-09-02 02:47:34.4: (interpret this as an estimate for the Dice of the different classes.) \n"
            f"2023-09-02 02:4{e}:34.4: lr: 0.00{9 - e} \n2023-09-02 02:47:34.4: This epoch took 300.1 s\n"
            for e in (0, 1, 2)
        ),
        {
            "loss": {0: -0.4, 1: -0.5, 2: -0.6}, "eval/loss": {0: -0.5, 1: -0.6, 2: -0.7},
            "Average global foreground Dice/1": {0: NAN, 1: NAN, 2: NAN}, "lr": {0: 0.009, 1: 0.008, 2: 0.007},
        },
        axis="epoch",
    ),
    "nnunet-v2": Log(
        "".join(
            f"2023-10-02 02:46:1{e}.653710: Epoch {e} \n2023-10-02 02:46:1{e}.7: Current learning rate: 0.01 \n"
            f"2023-10-02 02:47:1{e}.7: train_loss {-0.4 - e / 10:.4f} \n"
            f"2023-10-02 02:47:1{e}.8: val_loss {-0.5 - e / 10:.4f} \n"
            f"2023-10-02 02:47:1{e}.9: Pseudo dice [np.float32(0.5), np.float32(0.6)] \n"
            f"2023-10-02 02:47:1{e}.9: Epoch time: 81.21 s \n2023-10-02 02:47:19.1: Yayy! New best EMA pseudo Dice: 0.5\n"
            for e in (0, 1, 2)
        ),
        {
            "loss": {0: -0.4, 1: -0.5, 2: -0.6}, "eval/loss": {0: -0.5, 1: -0.6, 2: -0.7},
            "Pseudo dice/0": {0: 0.5, 1: 0.5, 2: 0.5}, "lr": {0: 0.01, 1: 0.01, 2: 0.01},
        },
        axis="epoch",
    ),
    "coqui": Log(
        "".join(
            f"\x1b[1m   --> STEP: {s}/2 -- GLOBAL_STEP: {g}\x1b[0m\n     | > loss_0: {v}  (2.8)\n     | > grad_norm_0: 5.0  (5.5)\n"
            "     | > current_lr_0: 0.0002\n     | > step_time: 0.5  (0.6)\n\n"
            for s, g, v in [(1, 25, 2.9), (2, 50, 2.5)]
        )
        + "\x1b[1m > EVALUATION \x1b[0m\n\n  --> EVAL PERFORMANCE\n     | > avg_loss_0: 2.4 (+0.000)\n\n"
        + "\x1b[1m   --> STEP: 1/2 -- GLOBAL_STEP: 75\x1b[0m\n     | > loss_0: 2.1  (2.1)\n     | > grad_norm_0: 4.0  (4.5)\n",
        {"loss/0": {25: 2.9, 50: 2.5, 75: 2.1}, "eval/loss/0": {50: 2.4}},
    ),
    "ml-agents": Log(
        "2021-05-01 10:00:00 INFO [stats.py:145] Hummer. Step: 10000. Time Elapsed: 10.2 s. Mean Reward: -57.270. Std of Reward: 1.500. Training.\n"
        "2021-05-01 10:00:00 INFO [stats.py:145] Hummer. Step: 15000. Time Elapsed: 15.2 s. No episode was completed since last summary. Training.\n"
        "2021-05-01 10:00:00 INFO [stats.py:145] Hummer. Step: 20000. Time Elapsed: 20.2 s. Mean Reward: -47.000. Std of Reward: 1.000. Training.\n",
        {"reward": {10000: -57.27, 20000: -47.0}},
    ),
    "rsl-rl": Log(
        "".join(
            "################################################################################\n"
            f"                       \x1b[1m Learning iteration {i}/1500 \x1b[0m                       \n\n"
            "                       Computation: 50000 steps/s (collection: 0.8s, learning 0.1s)\n"
            f"               Value function loss: {1 / i}\n                    Surrogate loss: -0.0050\n"
            f"             Mean action noise std: 0.98\n                       Mean reward: {i}.50\n"
            "               Mean episode length: 21.00\n"
            "--------------------------------------------------------------------------------\n"
            f"                   Total timesteps: {i * 98304}\n                    Iteration time: 0.98s\n"
            "                        Total time: 1.98s\n                               ETA: 1400.1s\n"
            for i in (1, 2, 4)
        ),
        {"reward": {1: 1.5, 2: 2.5, 4: 4.5}, "loss/value_function": {1: 1, 2: 0.5, 4: 0.25}},
    ),
    "espnet": Log(
        "[host] 2021-09-01 10:00:00,100 (trainer:732) INFO: 1epoch:train:1-50batch: iter_time=0.1, loss_ctc=3.2, loss=4.5, acc=0.5, optim0_lr0=1.0e-05\n"
        "[host] 2021-09-01 10:01:00,100 (trainer:732) INFO: 1epoch:train:51-100batch: iter_time=0.1, loss_ctc=3.0, loss=4.0, acc=0.6, optim0_lr0=2.0e-05\n"
        "[host] 2021-09-01 10:02:00,100 (trainer:732) INFO: 2epoch:train:1-50batch: iter_time=0.1, loss_ctc=2.0, loss=3.0, acc=0.7, optim0_lr0=3.0e-05\n",
        {"loss": {50: 4.5, 100: 4.0, 150: 3.0}},
    ),
    "opennmt": Log(
        "[2021-01-01 10:00:00,100 INFO] Step 50/100000; acc:   4.20; ppl: 1234.50; xent: 7.12; lr: 0.00001; 1234/5678 tok/s;     12 sec\n"
        "[2021-01-01 10:01:00,100 INFO] Step 100/100000; acc:   5.20; ppl: 834.50; xent: 6.72; lr: 0.00002; 1234/5678 tok/s;     24 sec\n"
        "[2021-01-01 10:01:10,100 INFO] Validation perplexity: 700.5\n[2021-01-01 10:01:10,100 INFO] Validation accuracy: 6.5\n",
        {"accuracy": {50: 4.2, 100: 5.2}, "perplexity": {50: 1234.5, 100: 834.5}, "eval/perplexity": {100: 700.5}},
    ),
    "clu": Log(
        "".join(f"I0124 12:41:1{i}.173336 139 logging_writer.py:48] [{100 * i}] loss={3 - i}, accuracy=0.{i}\n" for i in (0, 1, 2)),
        {"loss": {0: 3, 100: 2, 200: 1}, "accuracy": {0: 0, 100: 0.1, 200: 0.2}},
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
    "keras-2": Log(
        "Using TensorFlow backend.\nEpoch 1/3\n"
        "\r  1/100 [..............................] - ETA: 5:00 - loss: 2.9000 - accuracy: 0.1000"
        + "\b" * 88 + "\r 50/100 [===============>..............] - ETA: 1s - loss: 2.5000 - accuracy: 0.2000" + "\b" * 88
        + "\r100/100 [==============================] - 3s 30ms/step - loss: 2.3000 - accuracy: 0.3000 - val_loss: 2.1000 - val_accuracy: 0.3500\n"
        "Epoch 2/3\n100/100 [==============================] - 3s 30ms/step - loss: 2.0000 - accuracy: 0.4000 - val_loss: nan - val_accuracy: 0.4500\n"
        "\nEpoch 00002: val_loss did not improve from 2.10000\n\nEpoch 00002: ReduceLROnPlateau reducing learning rate to 0.0005.\n"
        "Epoch 3/3\n 10/100 [==>...........................] - ETA: 1s - loss: 1.9000 - accuracy: 0.5",
        {"loss": {1: 2.3, 2: 2.0}, "eval/loss": {1: 2.1, 2: NAN}, "accuracy": {1: 0.3, 2: 0.4}, "lr": {2: 0.0005}},
        "keras-progress", "epoch",
    ),
    "keras-3": Log(
        "".join(
            f"Epoch {e}/3\n\x1b[1m  1/938\x1b[0m \x1b[37m━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1m2:27\x1b[0m 157ms/step - accuracy: 0.0938 - loss: 2.3\r"
            f"\x1b[1m938/938\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m3s\x1b[0m 2ms/step - accuracy: 0.9{e} - loss: {1 / e} - val_accuracy: 0.8{e} - val_loss: {2 / e} - learning_rate: 0.0010\n"
            for e in (1, 2, 4)
        ),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "eval/loss": {1: 2, 2: 1, 4: 0.5}, "lr": {1: 1e-3, 2: 1e-3, 4: 1e-3}},
        "keras-progress", "epoch",
    ),
    "keras-quiet": Log(
        "Epoch 1/2\n938/938 - 3s - loss: 0.3 - acc: 0.9 - val_loss: 0.2 - val_acc: 0.95 - 3s/epoch - 3ms/step\n"
        "Epoch 2/2\n938/938 - 3s - loss: 0.2 - acc: 0.95 - val_loss: 0.15 - val_acc: 0.97 - 3s/epoch - 3ms/step\n"
        "313/313 - 1s - loss: 0.14 - acc: 0.97\n",
        {"loss": {1: 0.3, 2: 0.2}, "eval/loss": {1: 0.2, 2: 0.15}, "eval/accuracy": {1: 0.95, 2: 0.97}},
        "keras-progress", "epoch",
    ),
    "stable-baselines-3": Log(
        "".join(
            "-----------------------------------------\n| rollout/                |             |\n"
            f"|    ep_len_mean          | {20 + i}          |\n|    ep_rew_mean          | {i * 10}         |\n"
            f"| time/                   |             |\n|    fps                  | 1000        |\n|    total_timesteps      | {2048 * i}        |\n"
            f"| train/                  |             |\n|    learning_rate        | 0.0003      |\n|    loss                 | {5 / i}        |\n"
            "-----------------------------------------\n"
            for i in (1, 2, 4)
        ),
        {"reward": {2048: 10, 4096: 20, 8192: 40}, "loss": {2048: 5, 4096: 2.5, 8192: 1.25}, "lr": {2048: 3e-4, 4096: 3e-4, 8192: 3e-4}},
        "console-table", "timestep",
    ),
    "stable-baselines": Log(
        "".join(
            f"--------------------------------------\n| approxkl           | 0.001         |\n| ep_reward_mean     | nan           |\n"
            f"| policy_loss        | {-0.01 * i}     |\n| total_timesteps    | {128 * i}           |\n--------------------------------------\n"
            for i in (1, 2, 3)
        ),
        {"loss/policy": {128: -0.01, 256: -0.02, 384: -0.03}},
        "console-table", "timestep",
    ),
    "spinning-up": Log(
        "".join(
            f"---------------------------------------\n|             Epoch |               {i} |\n|      AverageEpRet |            {20 + i} |\n"
            f"|            LossPi |       -0.005 |\n| TotalEnvInteracts |            {4000 * (i + 1)} |\n|              Time |            2.5 |\n---------------------------------------\n"
            for i in (0, 1, 2)
        ),
        {"reward": {4000: 20, 8000: 21, 12000: 22}},
        "console-table", "timestep",
    ),
    "lightgbm": Log(
        "[LightGBM] [Info] Number of data points in the train set: 1000\nTraining until validation scores don't improve for 50 rounds\n"
        "[10]\ttraining's binary_logloss: 0.5\tvalid_1's binary_logloss: 0.6 \n[20]\ttraining's binary_logloss: 0.4\tvalid_1's binary_logloss: 0.55 \n"
        "[30]\ttraining's binary_logloss: 0.3\tvalid_1's binary_logloss: 0.57 \nEarly stopping, best iteration is:\n[20]\ttraining's binary_logloss: 0.4\tvalid_1's binary_logloss: 0.55 \n",
        {"loss": {10: 0.5, 20: 0.4, 30: 0.3}, "eval/loss": {10: 0.6, 20: 0.55, 30: 0.57}},
        "boosting-rounds",
    ),
    "xgboost": Log(
        "[0]\ttrain-rmse:0.50000\teval-rmse:0.60000\n[1]\ttrain-rmse:0.40000\teval-rmse:0.55000\n[2]\ttrain-rmse:0.30000\teval-rmse:nan\n",
        {"loss": {0: 0.5, 1: 0.4, 2: 0.3}, "eval/loss": {0: 0.6, 1: 0.55, 2: NAN}},
        "boosting-rounds",
    ),
    "xgboost-two-sets": Log(
        "[0]\tvalidation_0-logloss:0.66\tvalidation_1-logloss:0.67\n[10]\tvalidation_0-logloss:0.56\tvalidation_1-logloss:0.60\n",
        {"loss": {0: 0.66, 10: 0.56}, "eval/loss": {0: 0.67, 10: 0.6}},
        "boosting-rounds",
    ),
    "xgboost-cross-validation": Log(
        "[0]\ttrain-auc:0.66+0.01\ttest-auc:0.62+0.02\n[1]\ttrain-auc:0.70+0.01\ttest-auc:0.65+0.02\n",
        {"train-auc": {0: 0.66, 1: 0.7}},
        "boosting-rounds",
    ),
    "catboost": Log(
        "Learning rate set to 0.03\n0:\tlearn: 0.86\ttest: 0.9\tbest: 0.9 (0)\ttotal: 61ms\tremaining: 1m 1s\n"
        "100:\tlearn: 0.66\ttest: 0.8\tbest: 0.8 (100)\ttotal: 6.1s\tremaining: 54s\n\nbestTest = 0.8\nbestIteration = 100\n",
        {"loss": {0: 0.86, 100: 0.66}, "eval/loss": {0: 0.9, 100: 0.8}},
        "boosting-rounds",
    ),
    "darknet": Log(
        "yolov3\nLearning Rate: 0.001, Momentum: 0.9, Decay: 0.0005\n"
        "Region 82 Avg IOU: -nan, Class: -nan, Obj: -nan, No Obj: 0.5, .5R: -nan, .75R: -nan,  count: 0\n"
        " 1: 800.5, 800.5 avg, 0.000000 rate, 5.1 seconds, 64 images\n"
        "Region 82 Avg IOU: 0.3, Class: 0.4, Obj: 0.4, No Obj: 0.5, .5R: 0.1, .75R: 0.0,  count: 4\n"
        " 2: 700.5, 790.5 avg, 0.000100 rate, 5.1 seconds, 128 images\n",
        {"loss": {1: 800.5, 2: 700.5}, "lr": {1: 0, 2: 1e-4}},
    ),
    "darknet-alexey": Log(
        "\n (next mAP calculation at 1000 iterations) \n 999: 1.5, 1.6 avg loss, 0.001 rate, 2.1 seconds, 63936 images, 5.5 hours left\nLoaded: 0.00 seconds\n"
        " 1000: nan, nan avg loss, 0.001 rate, 2.1 seconds, 64000 images, 5.4 hours left\n mean_average_precision (mAP@0.50) = 0.512 \n",
        {"loss": {999: 1.5, 1000: NAN}, "mean_average_precision": {1000: 0.512}},
    ),
    "mlperf-0.5": Log(
        ":::MLPv0.5.0 ssd 1544236956.85 (<string>:1) run_clear_caches\n:::MLPv0.5.0 ssd 1544236957.85 (a.py:2) opt_momentum: 0.9\n"
        ':::MLPv0.5.0 ssd 1544242369.47 (m.py:251) eval_accuracy: {"epoch": 42, "value": 0.17}\n:::MLPv0.5.0 ssd 1544242369.47 (m.py:254) eval_target: 0.212\n'
        ':::MLPv0.5.0 ssd 1544243288.28 (m.py:251) eval_accuracy: {"epoch": 48, "value": 0.21}\n',
        {"eval/accuracy": {42: 0.17, 48: 0.21}},
        "mlperf", "epoch",
    ),
    "mlperf-mllog": Log(
        "".join(
            f':::MLLOG {{"namespace": "", "time_ms": {1592000000000 + 1000 * e}, "event_type": "POINT_IN_TIME", "key": "eval_accuracy", "value": 0.{e}, "metadata": {{"file": "a.py", "lineno": 1, "epoch_num": {e}}}}}\n'
            for e in (1, 2, 3)
        ),
        {"eval/accuracy": {1: 0.1, 2: 0.2, 3: 0.3}},
        "mlperf", "epoch",
    ),
}  # fmt: skip


def _close(run: Run, name: str, expected: dict[float, float]) -> None:
    series = run.signals[name]
    assert series.step.tolist() == pytest.approx(list(expected))
    assert series.value.tolist() == pytest.approx(list(expected.values()), nan_ok=True)


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_log(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_text(log.text, encoding="utf-8")
    runs = read_all(path)
    assert len(runs) == (1 if log.signals else 2)
    for name, expected in log.signals.items():
        assert name in runs[0].signals, sorted(runs[0].signals)
        _close(runs[0], name, expected)
    assert (runs[0].format, runs[0].axis) == (log.format, log.axis)


def test_lines_before_the_program_ends_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text(LOGS["modded-nanogpt"].text)
    (run,) = text.read(path)
    assert set(run.signals) == {"eval/loss", "step_time_s"}


def test_lines_matched_whole_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    gathered = []
    for frequent in (2, 1_000_000):
        monkeypatch.setattr(text_log, "_FREQUENT", frequent)
        lines = text_log.Lines()
        for log in LOGS.values():
            lines.add(states_of(log.text * 4))
        gathered.append({same: group.table() for same, group in lines.groups.items()})
    quick, slow = gathered
    assert len(slow) > len(LOGS)
    assert list(quick) == list(slow)
    for same, table in slow.items():
        np.testing.assert_array_equal(quick[same], table)


NO_LOGS = {
    "notes-on-rates": "".join(
        f"Training {i} --> lr = 0.{i}, weight decay = 0.01, batch size = 4, T_max = 20\n"
        for i in (1, 2, 3)
    ),
    "positions-alone": "".join(
        f"[2024-09-12 22:02:5{i}s] iter:{5 * i} epoch:{i} | 10\n" for i in (1, 2, 3, 4)
    ),
    "settings-in-a-block": 'model config {\n  "learning_rate": 0.1,\n  "dropout": 0.5\n}\n',
    "session-headers": "".join(
        f"================ Training Loss (Mon Nov 12 14:0{i}:54 2018) ================\n" for i in range(9)
    ),
    "source": "import os\n" * 6 + "def f(x, lr=0.1):\n    loss = 0.5\n    acc = 1.0\n    return 0\n" * 30,
    "tests-with-a-log-in-them": "import os\nimport re\n" * 5 + "LOG = 'loss: 0.5'\n" + "def test(): pass\n" * 9,
    "settings": "lr: 0.1\nloss: mse\nepochs: 10\nbatch_size: 32\nmodel:\n  depth: 12\n  width: 64\n" * 2,
    "arguments-that-count": "INFO Namespace(bs=1, epochs=150, lr=0.0001, start_epoch=0)\n" * 3,
    "arguments": "Namespace(lr=0.1, epochs=10, loss_scale=128.0, seed=1)\n",
    "prose": "In 2017, the loss of 3 models fell.\nSection 2 has 4 errors; 12 rewards were given in 3 steps.\n" * 5,
    "json": '{\n  "step": 1,\n  "loss": 0.5\n}\n',
    "installation": "Collecting torch==2.1\n  Downloading torch-2.1.whl (670.2 MB)\n  45%|####  | 300/670 [00:10<00:12]\n",
    "traceback": 'Traceback (most recent call last):\n  File "train.py", line 297, in <module>\n    main()\n' * 3,
    "best-of-each-epoch": "Start Evaluating 1 Epoch..0%..50%....BEST_ACC: 12.5% (12.5%)....[success][66.5 s]\n" * 3,
    "numbers": "1 2 3\n4 5 6\n7 8 9\n",
    "network": "  (0): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2))\n  (1): BatchNorm2d(64, eps=1e-05, momentum=0.1)\n" * 9,
}  # fmt: skip


@pytest.mark.parametrize("content", NO_LOGS.values(), ids=NO_LOGS)
def test_no_log(content: str, tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_text(content)
    assert not text.sniff(content.encode(), path)
    with pytest.raises(ReadError, match=r"no metric in \d+ lines of text; expected lines such as"):
        text.read(path)


def test_a_file_called_a_log_says_why_it_is_none(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text(NO_LOGS["prose"])
    with pytest.raises(ReadError, match="no metric in 10 lines"):
        read_all(path)


def test_metrics_far_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "slurm-1.txt"
    path.write_text("Loading shard of the data\n" * 9000 + LOGS["pipes"].text)
    assert path.stat().st_size > 1 << 17
    (run,) = read_all(path)
    _close(run, "loss", {10: 2.3, 20: 2.1})


def test_long_lines(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    tensor = "tensor([" + "0.123456, " * 400_000 + "])\n"
    path.write_text(
        "step 1 loss 3\n" + tensor + "step 2 loss 2\n" + "=" * 3_000_000 + "\nstep 3 loss 1\n"
    )
    (run,) = text.read(path)
    _close(run, "loss", {1: 3, 2: 2, 3: 1})


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "latin-1"])
def test_encoding(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_bytes("durée: é\r\nstep 1 loss 3\r\nstep 2 loss 2\r\n".encode(codec))
    (run,) = text.read(path)
    _close(run, "loss", {1: 3, 2: 2})


def _is_one_line(message: str) -> None:
    assert "\n" not in message


def _is_sound(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        runs = read_all(path)
    except ReadError as error:
        _is_one_line(str(error))
        return
    assert runs
    for run in runs:
        assert run.signals
        for series in run.signals.values():
            assert len(series) == len(series.value) > 0
            assert (np.diff(series.step) > 0).all()


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_truncated(log: Log, tmp_path: Path) -> None:
    data = log.text.encode()
    for size in range(1, len(data), max(1, len(data) // 12)):
        _is_sound(tmp_path / "log", data[:size])


FOREVER = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FOREVER
@given(
    name=st.sampled_from(sorted(LOGS)),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=9),
)
def test_flipped_bytes(name: str, flips: list[tuple[float, int]], tmp_path: Path) -> None:
    data = bytearray(LOGS[name].text.encode())
    for at, mask in flips:
        data[int(at * len(data))] ^= mask
    _is_sound(tmp_path / "log", bytes(data))


PIECES = [
    "step", "epoch", "loss", "val", "train", "acc", "lr", "test", "reward", " ", ": ", "=", "/", "(", ")",
    "[", "]", ", ", "|", "\t", "\n", "\r", "%", "-", "1", "2", "10", "0.5", "nan", "inf", "1e-3", "00:12", "ms",
    "\x1b[1m", "\b", "Epoch 1/3\n", "10/10 [==] - 1s - loss: ", "[3]\t", "#", "2024-01-01 10:00:00", "1e999",
]  # fmt: skip


@FOREVER
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=80))
def test_any_pieces(pieces: list[str], tmp_path: Path) -> None:
    _is_sound(tmp_path / "log", "".join(pieces).encode())
