"""Logs of general libraries, trees and reinforcement learning, and what must be read in them."""

# ruff: noqa: E501

from __future__ import annotations

import math

from expected_log import Log

NAN = math.nan

LIBRARIES = {
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
    "clu": Log(
        "".join(f"I0124 12:41:1{i}.173336 139 logging_writer.py:48] [{100 * i}] loss={3 - i}, accuracy=0.{i}\n" for i in (0, 1, 2)),
        {"loss": {0: 3, 100: 2, 200: 1}, "accuracy": {0: 0, 100: 0.1, 200: 0.2}},
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
    "lightgbm-set-in": Log(
        "    Training until validation scores don't improve for 50 rounds.\n" + "".join(f"    [{i}]\tvalid_0's auc: 0.{i}\n" for i in (5, 6, 7))
        + "    Early stopping, best iteration is:\n    [6]\tvalid_0's auc: 0.6\n",
        {"valid's auc": {5: 0.5, 6: 0.6, 7: 0.7}},
        "boosting-rounds",
    ),
    "xgboost": Log(
        "[0]\ttrain-rmse:0.50000\teval-rmse:0.60000\n[1]\ttrain-rmse:0.40000\teval-rmse:0.55000\n[2]\ttrain-rmse:0.30000\teval-rmse:nan\n",
        {"loss": {0: 0.5, 1: 0.4, 2: 0.3}, "eval/loss": {0: 0.6, 1: 0.55, 2: NAN}},
        "boosting-rounds",
    ),
    "xgboost-quoted": Log(
        "> \n> [0]\tvalidation_0-logloss:0.69\n> [1]\tvalidation_0-logloss:0.70\n> [2]\tvalidation_0-logloss:0.72\n",
        {"eval/loss": {0: 0.69, 1: 0.7, 2: 0.72}},
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
