"""Text logs: what counts, what is counted and which data a line speaks of, in hand-written loops."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from neural_trainer.runs.read import read_all


class Log(NamedTuple):
    """A log and what must be read in it: for each signal its values by step."""

    text: str
    signals: dict[str, dict[float, float]]
    axis: str = "step"


EPOCHS = (1, 2, 3)

LOGS = {
    "rounded-steps": Log(
        "".join(f"step:{s} ep:9K epch:{e}.5 loss:{1 / e} grdn:2.{e} lr:1.0e-05\n" for e, s in ((1, 800), (2, "1K"), (3, "1K"), (4, "1K"), (5, "1K"))),
        {"loss": {1.5: 1, 2.5: 0.5, 3.5: 1 / 3, 4.5: 0.25, 5.5: 0.2}, "grad_norm": {1.5: 2.1, 2.5: 2.2, 3.5: 2.3, 4.5: 2.4, 5.5: 2.5}},
        "epoch",
    ),
    "percent-is-no-step": Log(
        "".join(f"steps: {25 * i}%|██ | {10 * i}/40 [00:01<00:42,  1.07s/it, avr_loss={1 / i}]\r" for i in (1, 2, 4)),
        {"loss": {10: 1, 20: 0.5, 40: 0.25}},
    ),
    "metrics-before-a-bar": Log(
        "".join(f"crf_nll: {9 - i}.5, epoch: 0/50::  22%|██ | {i}/90 [02:06<07:06,  2.59it/s]\r" for i in (1, 2, 3)),
        {"crf_nll": {1: 8.5, 2: 7.5, 3: 6.5}},
    ),
    "epoch-over-step": Log(
        "".join(f"2023-01-30 18:4{i}:07,107 DEBUG TRAIN Batch 4/{100 * i} loss 1{i}.5 loss_ctc 16.{i} lr 0.0003{i} rank 0\n" for i in EPOCHS)
        + "2023-01-30 18:49:55,773 DEBUG CV Batch 4/0 loss 28.5 loss_ctc 24.1 history loss 27.9 rank 0\n",
        {"loss": {100: 11.5, 200: 12.5, 300: 13.5}, "epoch": {100: 4, 200: 4, 300: 4}, "eval/loss": {300: 28.5}},
    ),
    "epoch-and-step-as-one": Log(
        "".join(f"[04/14 20:5{i}:27 events]:  epoch/iter: {19 + i // 2}/{100 * i}  total_loss: 2{i}.5  lr: 3.50e-04\n" for i in EPOCHS),
        {"loss": {100: 21.5, 200: 22.5, 300: 23.5}, "epoch": {100: 19, 200: 20, 300: 20}},
    ),
    "seconds-are-no-step": Log(
        "".join(f"Epoch {e}/16\n{15 + e}s - loss: {1 / e} - val_loss: {2 / e}\n" for e in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "eval/loss": {1: 2, 2: 1, 4: 0.5}},
        "epoch",
    ),
    "terms-behind-the-loss": Log(
        "".join(f"epoch {e}\nwin rate = 0.4{e} (80.2 / 184)\nloss = p:0.00{e} v:0.018 total:0.02{e}\nupdated model({e}9)\n" for e in EPOCHS),
        {"loss": {1: 0.021, 2: 0.022, 3: 0.023}, "loss/p": {1: 0.001, 2: 0.002, 3: 0.003}, "win rate": {1: 0.41, 2: 0.42, 3: 0.43}},
        "epoch",
    ),
    "name-behind-a-rate": Log(
        "".join(f"Training: 2022-05-05 03:09:4{i},211-Speed 72{i}.28 samples/sec   Loss 4{i}.5   LearningRate 0.1   Epoch: 0   Global Step: {100 * i}   Required: 367 hours\n" for i in EPOCHS),
        {"loss": {100: 41.5, 200: 42.5, 300: 43.5}, "throughput": {100: 721.28, 200: 722.28, 300: 723.28}},
    ),
    "loss-called-total": Log(
        "".join(f"[epoch: {e}/9] total: {1 / e} recon: 0.{e} \n" for e in EPOCHS),
        {"loss": {1: 1, 2: 0.5, 3: 1 / 3}},
        "epoch",
    ),
    "split-alone-is-the-loss": Log(
        "".join(f"epoch {e}/9  train 0.03{9 - e}  val 0.02{9 - e}  mr 0.75  lr 1.7{9 - e}e-04\n" for e in EPOCHS),
        {"loss": {1: 0.038, 2: 0.037, 3: 0.036}, "eval/loss": {1: 0.028, 2: 0.027, 3: 0.026}},
        "epoch",
    ),
    "split-alone-that-rises": Log(
        "".join(f"epoch {e}/9  train 0.{2 * e}1  val 0.{2 * e}0\n" for e in EPOCHS),
        {"train": {1: 0.21, 2: 0.41, 3: 0.61}, "val": {1: 0.2, 2: 0.4, 3: 0.6}},
        "epoch",
    ),
    "halves-by-a-letter": Log(
        "".join(f"Epoch {e}: v_recons {3 / e}  recons {2 / e}  v_loss {5 / e}  loss {4 / e}\n" for e in (1, 2, 4)),
        {"loss": {1: 4, 2: 2, 4: 1}, "eval/loss": {1: 5, 2: 2.5, 4: 1.25}},
        "epoch",
    ),
    "unnamed-terms": Log(
        "".join(f"2023-01-01 10:00:0{i},123\tmodel\tINFO\tTrain Epoch: 1 [{20 * i}%]\n2023-01-01 10:00:0{i},200\tmodel\tINFO\t[2.{i}, 3.{i}, {200 * i}, 9.4e-05]\n" for i in (0, 1, 2)),
        {"list/0": {0: 2, 200: 2.1, 400: 2.2}, "list/1": {0: 3, 200: 3.1, 400: 3.2}, "lr": {0: 9.4e-5, 200: 9.4e-5, 400: 9.4e-5}},
    ),
    "step-and-rate-alone": Log(
        "".join(f"INFO:xx:Train Epoch: {e} [9%]\nINFO:xx:[{100 * e}, 9.4e-05]\nINFO:xx:loss_mel=1.{e}, loss_kl=1.5\n" for e in EPOCHS),
        {"loss/mel": {100: 1.1, 200: 1.2, 300: 1.3}, "lr": {100: 9.4e-5, 200: 9.4e-5, 300: 9.4e-5}},
    ),
    "names-before-numbers": Log(
        "".join(f"L133 ::: train, round, loss, acc ===> 00{e}, {1 / e}, 0.5{e},\nL139 ::: val, round, loss, acc ===> 00{e}, {2 / e}, 0.4{e},\n" for e in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "eval/loss": {1: 2, 2: 1, 4: 0.5}, "eval/accuracy": {1: 0.41, 2: 0.42, 4: 0.44}},
        "round",
    ),
    "names-before-commas": Log(
        "".join(f"epoch 1, phase train, step {10 * i}, loss_train, 0.{9 - i}\n" for i in EPOCHS) + "epoch 1 | val_dsc: 0.7\n",
        {"loss": {10: 0.8, 20: 0.7, 30: 0.6}, "val_dsc": {30: 0.7}},
    ),
    "accuracy-behind-a-comma": Log(
        "".join(f"Epoch {e} @ 11:4{e} AM : 0.9{e} C.E. Loss, 98.4{e}% Accuracy\n" for e in EPOCHS),
        {"loss": {1: 0.91, 2: 0.92, 3: 0.93}, "accuracy": {1: 98.41, 2: 98.42, 3: 98.43}},
        "epoch",
    ),
    "mean-over-the-last": Log(
        "".join(f"Step {100 * i} | Avg Reward (last 10):  {i}.5 | Episodes: {16 * i}\n  -> saved the best (avg reward: 1.5)\n" for i in EPOCHS),
        {"reward": {100: 1.5, 200: 2.5, 300: 3.5}},
    ),
    "episodes-called-avg": Log(
        "".join(f"Episode {100 * i}\tAvg: -{9 / i}\tBest: -3.0\tSteps: {500 // i}\n" for i in EPOCHS),
        {"Avg": {100: -9, 200: -4.5, 300: -3}},
        "episode",
    ),
    "rounds": Log(
        "".join(f"Round {r}\n\\Eval metrics: loss={1 / r}\n\tTrain metrics: loss=0.{r}\n" for r in (1, 2, 4)),
        {"loss": {1: 0.1, 2: 0.2, 4: 0.4}, "eval/loss": {1: 1, 2: 0.5, 4: 0.25}},
        "round",
    ),
    "policy-steps": Log(
        "".join(f"Rank-0: policy_step={100 * i}, reward_env_2={i}.5\n" for i in EPOCHS),
        {"reward_env_2": {100: 1.5, 200: 2.5, 300: 3.5}},
        "timestep",
    ),
    "ticks": Log(
        "".join(f"tick {i}     kimg {4 * i}.5      time {i}d 0{i}h 2{i}m      sec/tick 5{i}.4   sec/kimg 144.85  maintenance 0.{i} gpumem 7.49   augment 0.01{i}\n" for i in EPOCHS),
        {"augment": {4.5: 0.011, 8.5: 0.012, 12.5: 0.013}, "maintenance": {4.5: 0.1, 8.5: 0.2, 12.5: 0.3}},
        "kimg",
    ),
    "index-in-a-name": Log(
        "".join(f" Epoch[ 2 of 4]-Minibatch[ {10 * i}1-  10, 0.03%]: TrainLossPerSample =  0.{i}; EvalErr[0]PerSample = 0.2{i}; SamplesPerSecond = 143.3\n" for i in EPOCHS),
        {"loss": {101: 0.1, 201: 0.2, 301: 0.3}, "EvalErr_0PerSample": {101: 0.21, 201: 0.22, 301: 0.23}},
    ),
    "name-between-bars": Log(
        "".join(f"epoch {e} | loss: {1 / e} | quality 0.2{e} | lr: 1e-3\n" for e in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "quality": {1: 0.21, 2: 0.22, 4: 0.24}},
        "epoch",
    ),
    "heading-above-an-epoch-of-evaluation": Log(
        "".join(f"epoch: {e},  loss is: 0.{e}5\ntesting in eval mode……\nepoch: {e},  loss is: 0.{e}9\nNow continue training……\n" for e in EPOCHS),
        {"loss": {1: 0.15, 2: 0.25, 3: 0.35}, "test/loss": {1: 0.19, 2: 0.29, 3: 0.39}},
        "epoch",
    ),
    "heading-above-the-next-epoch": Log(
        "".join(f"Epoch {e}: loss 0.{e}\nValidating...\nsaved\n" for e in EPOCHS),
        {"loss": {1: 0.1, 2: 0.2, 3: 0.3}},
        "epoch",
    ),
    "event-is-no-metric": Log(
        "".join(f"Epoch: {e}, Steps: 225 | Train Loss: {2 / e} Vali Loss: {1 / e} Test Loss: {3 / e}\nValidation loss decreased (inf --> {1 / e}).  Saving model ...\n" for e in (1, 2, 4)),
        {"loss": {1: 2, 2: 1, 4: 0.5}, "eval/loss": {1: 1, 2: 0.5, 4: 0.25}, "test/loss": {1: 3, 2: 1.5, 4: 0.75}},
        "epoch",
    ),
    "block-at-the-end": Log(
        'INFO - trainer - Ran out of patience\nINFO - util - Metrics: {\n  "epoch": 37,\n  "training_loss": 0.5,\n  "validation_accuracy": 0.25,\n  "best_validation_loss": 4.3\n}\n',
        {"loss": {37: 0.5}, "eval/accuracy": {37: 0.25}},
        "epoch",
    ),
    "names-in-chinese": Log(
        "".join(f"第 {e} 轮, 训练损失: {1 / e}, 验证准确率: 0.{e}, 学习率: 0.001\n" for e in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "eval/accuracy": {1: 0.1, 2: 0.2, 4: 0.4}, "lr": {1: 0.001, 2: 0.001, 4: 0.001}},
        "epoch",
    ),
    "names-in-spanish": Log(
        "".join(f"Época {e}/4 - Pérdida: {1 / e}\n" for e in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}},
        "epoch",
    ),
    "split-named-once": Log(
        "".join(f"Epoch {e} | Train Loss: {2 / e} | Token Acc: 0.{e} | Val Loss: {3 / e} | Token Acc: 0.{e}5\n" for e in (1, 2, 4)),
        {"loss": {1: 2, 2: 1, 4: 0.5}, "accuracy": {1: 0.1, 2: 0.2, 4: 0.4}, "eval/loss": {1: 3, 2: 1.5, 4: 0.75}, "eval/accuracy": {1: 0.15, 2: 0.25, 4: 0.45}},
        "epoch",
    ),
    "split-before-the-names": Log(
        "".join(f"epoch {e} >>>>>>>\ntraining set : loss {1 / e}, acc 0.{e}\ndev set : loss {2 / e}, acc 0.{e}5\n\n" for e in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "eval/loss": {1: 2, 2: 1, 4: 0.5}, "eval/accuracy": {1: 0.15, 2: 0.25, 4: 0.45}},
        "epoch",
    ),
    "split-of-the-counter": Log(
        "".join(f"[10:0{e}:00] Training epoch: {e}\n[10:0{e}:10] \tmean_loss: {1 / e}\n[10:0{e}:20] Eval epoch: {e}\n[10:0{e}:30] \tmean_loss: {2 / e}\n[10:0{e}:30] \tTop1: {10 * e}.00%\n" for e in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "eval/loss": {1: 2, 2: 1, 4: 0.5}, "eval/accuracy": {1: 10, 2: 20, 4: 40}},
        "epoch",
    ),
    "loss-of-splits": Log(
        "".join(f"Epoch 1 | iter {4 * i} step {i} | loss train: {1 / i}, val: {2 / i} | iter time: 300.00 ms (step)\n" for i in (1, 2, 4)),
        {"loss": {4: 1, 8: 0.5, 16: 0.25}, "eval/loss": {4: 2, 8: 1, 16: 0.5}, "step_time_s": {4: 0.3, 8: 0.3, 16: 0.3}},
    ),
    "score-without-a-colon": Log(
        "".join(f"Finished epoch {e} / 5: cost {4 / e}, train: 0.{e}, val 0.{e}5, lr 1.0e-05\nstarting iteration  {500 * e}\n" for e in (1, 2, 4)),
        {"loss": {1: 4, 2: 2, 4: 1}, "accuracy": {1: 0.1, 2: 0.2, 4: 0.4}, "eval/accuracy": {1: 0.15, 2: 0.25, 4: 0.45}},
        "epoch",
    ),
    "abbreviated": Log(
        "".join(f"==> it: {100 * i}, avg. loss: {1 / i}, running acc: 0.{i}\n==> it: {100 * i}, mem avg. loss: {3 / i}\n" for i in (1, 2, 4)),
        {"loss": {100: 1, 200: 0.5, 400: 0.25}, "accuracy": {100: 0.1, 200: 0.2, 400: 0.4}},
    ),
    "marian": Log(
        "".join(f"[2020-01-01 05:0{i}:33] Ep. 1 : Up. {500 * i} : Sen. 6,406 : Cost {8 / i} : Time 70.91s : 890.95 words/s : L.r. {i}.0000e-05\n[2020-01-01 05:0{i}:34] [valid] Ep. 1 : Up. {500 * i} : ce-mean-words : {6 / i} : new best\n" for i in (1, 2, 4)),
        {"loss": {500: 8, 1000: 4, 2000: 2}, "lr": {500: 1e-5, 1000: 2e-5, 2000: 4e-5}, "eval/loss": {500: 6, 1000: 3, 2000: 1.5}},
    ),
    "number-signs-and-env-steps": Log(
        "".join(f"Epoch #{e}: 1001it [00:02, 400.00it/s, env_step={1000 * e}, len=200, loss={1 / e}, rew={20 * e}.00]\n" for e in (1, 2, 4)),
        {"loss": {1000: 1, 2000: 0.5, 4000: 0.25}, "reward": {1000: 20, 2000: 40, 4000: 80}},
        "timestep",
    ),
    "learning-rate-in-a-sentence": Log(
        "".join(f"Epoch {e}: train loss {1 / e}\nAdjusting learning rate of group 0 to {10.0**-e:.4e}.\n" for e in EPOCHS),
        {"loss": {1: 1, 2: 0.5, 3: 1 / 3}, "lr": {1: 0.1, 2: 0.01, 3: 0.001}},
        "epoch",
    ),
    "torchtune": Log(
        "".join(f"{1 + i // 20}|{i}|Loss: {9 - i / 10}:  50%|███ | {i % 20}/20 [00:10<00:10]\n" for i in (10, 15, 25)),
        {"loss": {10: 8, 15: 7.5, 25: 6.5}},
    ),
    "kaldi": Log(
        "".join(f"LOG (nnet3-train[5.5]:Print():nnet-training.cc:286) Average objective function for 'output' for minibatches {i}-{i + 9} is -{3 - i / 10} over 6400 frames.\n" for i in (0, 10, 20)),
        {"loss": {9: 3, 19: 2, 29: 1}},
    ),
    "dash-for-a-colon": Log(
        "".join(f"{e} {i} loss - {7 - e - i / 10}\n" for e in (0, 1) for i in (0, 10)),
        {"loss": {0: 7, 10: 6, 11: 6, 21: 5}},
    ),
    "one-position-each-epoch": Log(
        "".join(f"Epoch: [{e}][40/44]\tLoss {4 / e} (5.0)\n" for e in (1, 2, 4)),
        {"loss": {40: 4, 84: 2, 172: 1}},
    ),
    "evaluation-between-bars": Log(
        "".join(f"Training progress:  {i}%|██   | {300 * i}/30000 [00:10<10:00, 50.00it/s, Loss={1 / i}]\r" + (f"\n[ITER {300 * i}] Evaluating test: L1 0.02 PSNR 2{i}.5 [01/01 10:00:00]\n" if i > 1 else "") for i in (1, 2, 4)),
        {"loss": {300: 1, 600: 0.5, 1200: 0.25}, "test/PSNR": {600: 22.5, 1200: 24.5}},
    ),
    "step-named-and-not": Log(
        "step 0: train loss 9.5, val loss 9.6\n" + "".join(f"{i} | loss {9 - i / 10} | lr {i}e-06 | 345.12ms | mfu 12.34%\n" for i in (0, 10, 20)) + "step 20: train loss 7.0, val loss 7.1\n",
        {"loss": {0: 9, 10: 8, 20: 7}, "eval/loss": {0: 9.6, 20: 7.1}, "lr": {0: 0, 10: 1e-5, 20: 2e-5}},
    ),
    "unknown-names-keep-pace": Log(
        "".join(f"REPORT\n  Batch = {100 * i}\n  alpha = {i}.5e-6\n  Correct = 9{i}.00%\n\n" for i in (1, 2, 3, 4)),
        {"alpha": {100: 1.5e-6, 200: 2.5e-6, 300: 3.5e-6, 400: 4.5e-6}, "Correct": {100: 91, 200: 92, 300: 93, 400: 94}},
    ),
    "agents": Log(
        "".join(f"(Runner pid=12) step:{i} - seqlen/min:1000 - actor/entropy:0.{i} - actor/lr:1e-06 - actor/grad_norm:0.5{i} - critic/rewards/mean:0.3{i}\n" for i in EPOCHS),
        {"entropy": {1: 0.1, 2: 0.2, 3: 0.3}, "lr": {1: 1e-6, 2: 1e-6, 3: 1e-6}, "grad_norm": {1: 0.51, 2: 0.52, 3: 0.53}, "reward": {1: 0.31, 2: 0.32, 3: 0.33}},
    ),
    "bars-said-twice-beside-an-epoch": Log(
        "".join(
            f" {33 * i}%|███ | {12 * i}/36 [1:22:05<2:22:05, 37.96s/it]\r{{'loss': '{1 / i}', 'epoch': '{i}'}}\n {33 * i}%|███ | {12 * i}/36 [1:22:05<2:22:05, 37.96s/it]\r"
            for i in EPOCHS
        ),
        {"loss": {12: 1, 24: 0.5, 36: 1 / 3}},
    ),
    "heading-in-stars": Log(
        "".join(f"INFO:tf:loss = {1 / i}, step = {i} (1.5 sec)\n" for i in (100, 200, 400)) + "INFO:tf:***** Eval results *****\nINFO:tf:  accuracy = 0.75\nINFO:tf:  loss = 0.5\n",
        {"loss": {100: 0.01, 200: 0.005, 400: 0.0025}, "eval/loss": {400: 0.5}, "eval/accuracy": {400: 0.75}},
    ),
    "heading-with-a-counter-of-its-own": Log(
        "".join(f"====training epoch {e + 1}====\nEpoch {e} | avg_loss = {1 / e}\n====validate epoch {e + 1}====\nEpoch {e} | avg_loss = {2 / e}\n\n" for e in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "eval/loss": {1: 2, 2: 1, 4: 0.5}},
        "epoch",
    ),
    "trained-and-evaluated": Log(
        "".join(f"Epoch {e} trained with loss: {1 / e}. It took 415.25.\nEpoch {e} evaluated with loss: {2 / e}, dice score: 0.{e}.\n" for e in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "eval/loss": {1: 2, 2: 1, 4: 0.5}},
        "epoch",
    ),
    "names-behind-the-numbers": Log(
        "".join(f"Epoch {e} @ 11:4{e} AM : {1.5 / e} C.E. Loss, 9{e}.50% Accuracy\n" for e in (1, 2, 4)),
        {"loss": {1: 1.5, 2: 0.75, 4: 0.375}, "accuracy": {1: 91.5, 2: 92.5, 4: 94.5}},
        "epoch",
    ),
    "numbered-and-dashed": Log(
        "".join(f"0000000{e}) perceptual - {50.5 / e}; warp_loss - {0.5 / e}\n" for e in (1, 2, 4)),
        {"perceptual": {1: 50.5, 2: 25.25, 4: 12.625}, "loss/warp": {1: 0.5, 2: 0.25, 4: 0.125}},
    ),
    "splits-alone": Log(
        "".join(f"epoch {e}/9  train 0.0{e}  val 0.1{e}  mr 0.75  lr {e}.5e-04\n" for e in (1, 2, 4)),
        {"train": {1: 0.01, 2: 0.02, 4: 0.04}, "val": {1: 0.11, 2: 0.12, 4: 0.14}, "lr": {1: 1.5e-4, 2: 2.5e-4, 4: 4.5e-4}},
        "epoch",
    ),
    "thousands-of-tokens": Log(
        "".join(f"step   {i} | loss {1 / i} | grad 0.8{i} | 3{i}.5k tok/s | mfu 37.44%\n" for i in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "grad_norm": {1: 0.81, 2: 0.82, 4: 0.84}, "throughput": {1: 31500, 2: 32500, 4: 34500}},
    ),
    "time-of-a-step": Log(
        "".join(f"iter {i}: loss {1 / i}, time {1500 * i}.00ms, mfu 1{i}.00%\n" for i in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "step_time_s": {1: 1.5, 2: 3, 4: 6}},
    ),
    "utilisation": Log(
        "".join(f"iter {i}: loss {1 / i}, time {1500 * i}.00ms, mfu 1{i}.50%\n" for i in (1, 2, 4)),
        {"mfu": {1: 11.5, 2: 12.5, 4: 14.5}},
    ),
    "evaluation-before-the-first-step": Log(
        "Iter 1: Val loss 2.125, Val took 17.125s\n" + "".join(f"Iter {i}: Train loss {1 / i}, Tokens/sec 3{i}.5, Peak mem 8.1 GB\n" for i in (10, 20, 40)),
        {"loss": {10: 0.1, 20: 0.05, 40: 0.025}, "eval/loss": {1: 2.125}},
    ),
    "time-of-a-step-behind-it": Log(
        "".join(f"INFO:tensorflow:Step {i} per-step time 0.{i}s loss={1 / i}\n" for i in (100, 200, 400)),
        {"loss": {100: 0.01, 200: 0.005, 400: 0.0025}, "step_time_s": {100: 0.1, 200: 0.2, 400: 0.4}},
    ),
    "tokens-of-each-device": Log(
        "".join(f"Step {i} | loss:{1 / i} lr:2e-05 tokens_per_second_per_gpu:4{i}.5\n" for i in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "throughput": {1: 41.5, 2: 42.5, 4: 44.5}},
    ),
    "hooks-in-one-step": Log(
        "".join(
            f"I tf_logging.py:115] cross_entropy = {2 / (i + 1)}, train_accuracy = 0.{i}{paced}\nI tf_logging.py:115] loss = {3 / (i + 1)}, step = {100 * i}{paced}\n"
            for i, paced in ((0, ""), (1, " (2.5 sec)"), (3, " (2.6 sec)"))
        ) + "I tf_logging.py:115] cross_entropy = 0.25, train_accuracy = 0.9 (2.4 sec)\n",
        {
            "loss": {0: 3, 100: 1.5, 300: 0.75},
            "accuracy": {0: 0, 100: 0.1, 300: 0.3},
            "cross_entropy": {0: 2, 100: 1, 300: 0.5},
        },
    ),
    "an-evaluation-first-that-no-hook-prints": Log(
        "val loss: 3.5\n" + "".join(f"step {i} loss: {1 / i}\nval loss: {2 / i}\n" for i in (10, 20, 40)),
        {"loss": {10: 0.1, 20: 0.05, 40: 0.025}, "eval/loss": {9: 3.5, 10: 0.2, 20: 0.1, 40: 0.05}},
    ),
    "the-best-told-again": Log(
        "".join(f"Epoch {e}\tAcc: 0.9{e}\tnmi: 0.8{e}\n" for e in (1, 2, 4)) + "Best Epoch 1\tAcc: 0.91\tnmi: 0.81\n",
        {"accuracy": {1: 0.91, 2: 0.92, 4: 0.94}, "nmi": {1: 0.81, 2: 0.82, 4: 0.84}},
        "epoch",
    ),
    "losses-printed-alone": Log(
        "".join(f"tensor({x}, device='cuda:0', grad_fn=<NllLossBackward0>)\n" for x in (2.5, 1.25, 0.5)),
        {"loss": {0: 2.5, 1: 1.25, 2: 0.5}},
        "row",
    ),
    "test-in-the-name-of-a-run": Log(
        "".join(f"INFO:mlagents.trainers: DDPGTest-0: Walker: Step: {1000 * i}. Mean Reward: {i}.5. Std of Reward: 0.5. Training.\n" for i in (1, 2, 4)),
        {"reward": {1000: 1.5, 2000: 2.5, 4000: 4.5}},
    ),
    "test-as-a-phase-with-an-index": Log(
        "".join(f"step {i} loss: {i}.5\ntest-0: loss: {i}.75\n" for i in (1, 2, 4)),
        {"loss": {1: 1.5, 2: 2.5, 4: 4.5}, "test/loss": {1: 1.75, 2: 2.75, 4: 4.75}},
    ),
    "scheduler-alone": Log(
        "".join(f"Adjusting learning rate of group 0 to {i}.0001e-03.\n" for i in (1, 2, 4)),
        {"lr": {0: 1.0001e-3, 1: 2.0001e-3, 2: 4.0001e-3}},
        "row",
    ),
    "scheduler-beside-a-loss": Log(
        "".join(f"Adjusting learning rate of group 0 to {i}.0000e-03.\nepoch {i} loss {i}.5\n" for i in (1, 2, 4)),
        {"loss": {1: 1.5, 2: 2.5, 4: 4.5}, "lr": {0: 1e-3, 1: 2e-3, 2: 4e-3}},
        "epoch",
    ),
    "loss-scale-of-deepspeed": Log(
        "".join(f"[2024-01-01 10:00:0{i},030] [INFO] [loss_scaler.py:183:update_scale] [deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: {64 // i}, reducing to {32 // i}\n" for i in (1, 2, 4)),
        {"loss_scale": {0: 64, 1: 32, 2: 16}},
        "row",
    ),
    "loss-scale-of-fairseq": Log(
        "".join(f"| epoch 001: {i} / 9 loss={i}.5\n| WARNING: overflow detected, setting loss scale to: {64 // i}.0\n" for i in (1, 2, 4)),
        {"loss": {1: 1.5, 2: 2.5, 4: 4.5}, "loss_scale": {1: 64, 2: 32, 4: 16}},
    ),
    "loss-scale-of-apex": Log(
        "".join(f"step {i} loss {i}.5\nGradient overflow.  Skipping step, loss scaler 0 reducing loss scale to {64 // i}.0\n" for i in (1, 2, 4)),
        {"loss": {1: 1.5, 2: 2.5, 4: 4.5}, "loss_scale": {1: 64, 2: 32, 4: 16}},
    ),
    "loss-scales-at-one-step": Log(
        "| epoch 027 | loss 6.5 | num_updates 1000 | loss_scale 0.5\n" + "".join(f"| WARNING: overflow detected, setting loss scale to: {1 / i}\n" for i in (4, 8, 16)),
        {"loss": {0: 6.5}, "loss_scale": {0: 0.5, 1: 0.25, 2: 0.125, 3: 0.0625}},
        "row",
    ),
    "speed-and-loss-of-mxnet": Log(
        "".join(f"INFO:root:Epoch[0] Batch [{i}-{i + 20}]\tSpeed: 1{i}.5 samples/sec\tacc=0.0{i}\tlossvalue={1 / (i + 1)}\n" for i in (20, 40, 60)),
        {"loss": {20: 1 / 21, 40: 1 / 41, 60: 1 / 61}},
    ),
    "time-beside-that-of-data": Log(
        "".join(f"[d2.utils.events]:  eta: 0:02:1{i}  iter: {i}  total_loss: {1 / i}  time: 0.3{i}  data_time: 0.0{i}  lr: 1e-05  max_mem: 433M\n" for i in (1, 2, 4)),
        {"loss": {1: 1, 2: 0.5, 4: 0.25}, "step_time_s": {1: 0.31, 2: 0.32, 4: 0.34}, "data_time_s": {1: 0.01, 2: 0.02, 4: 0.04}},
    ),
    "count-of-right-ones": Log(
        "".join(f"step {i}, loss = {1 / i}\nvalidation accuracy: 0.9{i} (9{i}00 / 10000)\n" for i in (10, 20, 40)),
        {"loss": {10: 0.1, 20: 0.05, 40: 0.025}, "eval/accuracy": {10: 0.91, 20: 0.92, 40: 0.94}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_log(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_text(log.text, encoding="utf-8")
    (run,) = read_all(path)
    assert (run.format, run.axis) == ("text-log", log.axis)
    for name, expected in log.signals.items():
        assert name in run.signals, sorted(run.signals)
        assert run.signals[name].step.tolist() == pytest.approx(list(expected))
        assert run.signals[name].value.tolist() == pytest.approx(list(expected.values()))


def test_placeholders_are_said(tmp_path: Path) -> None:
    path = tmp_path / "stdout"
    path.write_text(
        "".join(f"iteration {i} | lm loss: {9 / i} | loss scale: -1.0 | grad norm: 0.000 |\n" for i in EPOCHS)
    )  # fmt: skip
    (run,) = read_all(path)
    assert set(run.signals) == {"loss"}
    assert run.notes == ("placeholders, left out: loss scale, grad norm",)
