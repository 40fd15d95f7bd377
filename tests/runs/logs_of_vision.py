"""Logs of trainers of images, in their own forms, and what must be read in them."""

# ruff: noqa: E501

from __future__ import annotations

import math

from expected_log import Log

GLOG = "I0124 12:41:13.173336 27399 solver.cpp:237] "
NAN = math.nan

VISION = {
    "timm": Log(
        "Train: 0 [   0/10 (  0%)]  Loss: 6.91 (6.91)  Time: 0.5s, 512.1/s  LR: 1.000e-05\n"
        "Train: 0 [   5/10 ( 50%)]  Loss: 6.81 (6.86)  Time: 0.5s, 512.1/s  LR: 1.000e-05\n"
        "Train: 1 [   0/10 (  0%)]  Loss: 6.51 (6.51)  Time: 0.5s, 512.1/s  LR: 2.000e-05\n",
        {"loss": {0: 6.91, 5: 6.81, 10: 6.51}, "lr": {0: 1e-5, 5: 1e-5, 10: 2e-5}},
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
        {
            "loss": {0: 7.1, 2: 6.9, 4: 6.5},
            "step_time_s": {0: 6.6, 2: 6.6, 4: 6.6},
            "data_time_s": {0: 5.6, 2: 5.6, 4: 5.6},
            "test/loss": {2: 6.6},
        },
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
}  # fmt: skip
