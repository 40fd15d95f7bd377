"""Logs of trainers of language and speech, in their own forms, and what must be read in them."""

# ruff: noqa: E501, RUF001

from __future__ import annotations

import math

from expected_log import Log

TITAN = "\x1b[34m[titan] 2024-10-10 10:10:1{i},123 - root - INFO - \x1b[31mstep: {i}  "
NAN = math.nan

LANGUAGE = {
    "word-language-model": Log(
        "| epoch   1 |   200/ 400 batches | lr 20.00 | ms/batch 30.78 | loss  8.03 | ppl  3085.47\n"
        "| epoch   1 |   400/ 400 batches | lr 20.00 | ms/batch 30.78 | loss  7.03 | ppl  1085.47\n"
        "| end of epoch   1 | time: 12.34s | valid loss  6.12 | valid ppl   467.33 |\n"
        "| epoch   2 |   200/ 400 batches | lr 5.00 | ms/batch 30.78 | loss  6.03 | ppl  385.47\n",
        {"loss": {200: 8.03, 400: 7.03, 600: 6.03}, "eval/loss": {400: 6.12}, "lr": {200: 20, 400: 20, 600: 5}},
    ),
    "a-count-and-numbers-by-place": Log(
        "".join(f"INFO:PointNetLK, 2022-03-11 09:3{i}:30,690, epoch, 000{i}, 0.{i}27450, 0.01{i}011, 0.5\n" for i in (1, 2)),
        {"list/0": {1: 0.12745, 2: 0.22745}, "list/1": {1: 0.011011, 2: 0.012011}},
        axis="epoch",
    ),
    "a-part-of-evaluation-between-two": Log(
        "".join(
            f"09-02 20:39:{i} - INFO - __main__ - Epoch: {i}, Loss: 1.{i}\n"
            f"09-02 20:39:{i} - INFO - __main__ - Val. Total Loss: 2.{i}, Rec.: 3.{i}, AUC: 4{i}.5%, \u03c3=0.{i}\n" for i in (11, 12)
        ),
        {"loss": {11: 1.11, 12: 1.12}, "eval/loss": {11: 2.11, 12: 2.12}, "eval/Rec": {11: 3.11, 12: 3.12}, "eval/\u03c3": {11: 0.11, 12: 0.12}},
        axis="epoch",
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
}  # fmt: skip
