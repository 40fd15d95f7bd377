"""Canonical names: the spellings of real logs, the direction of a metric, rival claims."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_trainer.runs import names
from neural_trainer.runs.signal_table import SIGNALS, Signal

SPELLINGS = {
    "hugging-face-train": ("loss", "loss"),
    "hugging-face-eval": ("eval_loss", "eval/loss"),
    "hugging-face-group": ("eval_g0_loss", "eval/loss/g0"),
    "hugging-face-predict": ("predict_loss", "test/loss"),
    "hugging-face-lr": ("learning_rate", "lr"),
    "hugging-face-metric": ("eval_rouge-1", None),
    "tensorboard-train": ("train/loss", "loss"),
    "tensorboard-valid": ("valid/loss", "eval/loss"),
    "train-prefix-val-name": ("train/val_loss", "eval/loss"),
    "chainer": ("validation/main/loss", "eval/loss"),
    "chainer-perplexity": ("main/perp", "perplexity"),
    "allennlp": ("loss/loss_train", "loss"),
    "allennlp-best": ("best_validation_loss", None),
    "flair": ("DEV_LOSS", "eval/loss"),
    "flair-lr": ("LEARNING_RATE", "lr"),
    "lightning-step": ("train_loss_step", "loss"),
    "lightning-loader": ("val_loss/dataloader_idx_0", "eval/loss"),
    "lightning-second-loader": ("val_loss/dataloader_idx_1", None),
    "lightning-lr": ("lr-AdamW", "lr"),
    "keras-epoch": ("epoch_loss", "loss"),
    "keras-head": ("val_mask_loss", "eval/loss/mask"),
    "ultralytics-part": ("train/box_loss", "loss/box"),
    "ultralytics-val-part": ("val/obj_loss", "eval/loss/obj"),
    "ultralytics-lr": ("x/lr0", "lr"),
    "ultralytics-second-lr": ("x/lr1", None),
    "ultralytics-map": ("metrics/mAP_0.5", None),
    "detectron-part": ("loss_rpn_cls", "loss/rpn_cls"),
    "detectron-total": ("total_loss", "loss"),
    "detectron-eta": ("eta_seconds", None),
    "detectron-accuracy-of-a-head": ("fast_rcnn/cls_accuracy", None),
    "spinning-up-policy": ("LossPi", "loss/pi"),
    "spinning-up-delta": ("DeltaLossPi", None),
    "spinning-up-reward": ("AverageEpRet", "reward"),
    "spinning-up-spread": ("StdEpRet", None),
    "sb3-reward": ("rollout/ep_rew_mean", "reward"),
    "sb3-eval": ("eval/mean_reward", "eval/reward"),
    "sb3-value": ("train/value_loss", "loss/value"),
    "sb3-policy": ("train/policy_gradient_loss", "loss/policy_gradient"),
    "sb3-monitor": ("r", "reward"),
    "sb3-fps": ("time/fps", "throughput"),
    "rllib-reward": ("episode_reward_mean", "reward"),
    "rllib-best-episode": ("episode_reward_max", None),
    "rllib-config": ("config/grad_norm_clipping", None),
    "rllib-part": ("info/learner/default_policy/learner_stats/vf_loss", "loss/vf"),
    "garage": ("Evaluation/AverageReturn", "reward"),
    "ml-agents": ("Environment/Cumulative Reward", "reward"),
    "ml-agents-part": ("Losses/Policy Loss", "loss/policy"),
    "cleanrl": ("charts/episodic_return", "reward"),
    "rsl-rl-over-seconds": ("Train/mean_reward/time", None),
    "megatron-loss": ("lm loss", "loss"),
    "megatron-hyphen": ("lm-loss", "loss"),
    "megatron-scale": ("loss scale", "loss_scale"),
    "megatron-nan-counter": ("number of nan iterations", None),
    "megatron-skips": ("number of skipped iterations", "skipped_steps"),
    "llm-c-train": ("trl", "loss"),
    "llm-c-eval": ("tel", "eval/loss"),
    "caffe-accuracy-under-loss": ("loss/top-5", None),
    "stylegan-part": ("Loss/G/loss", "loss/g"),
    "stylegan-no-loss": ("Loss/scores/fake", None),
    "loss-setting": ("loss_weight", None),
    "memory": ("memory", None),
    "time": ("time", None),
    "pid": ("pid", None),
    "other-script": ("损失", "loss"),
    "other-script-of-a-split": ("验证准确率", "eval/accuracy"),
    "other-language": ("Pérdida de validación", "eval/loss/de"),
    "unknown-script": ("气温", None),
    "actor-and-critic": ("actor/grad_norm", "grad_norm"),
    "critic-loss": ("critic/loss", "loss/critic"),
    "all-losses": ("all_loss", "loss"),
    "marian": ("ce-mean-words", "loss"),
    "empty": ("", None),
    "per-sample": ("TrainLossPerSample", "loss"),
    "vali": ("Vali Loss", "eval/loss"),
}


@pytest.mark.parametrize(("own", "expected"), SPELLINGS.values(), ids=SPELLINGS)
def test_spelling(own: str, expected: str | None) -> None:
    assert names.canonical(own) == expected


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_canonical_names_are_their_own(signal: Signal) -> None:
    name = signal.name.replace("<part>", "box")
    assert names.canonical(name) == name
    if signal.evaluated:
        assert names.canonical("eval/" + name) == "eval/" + name
        assert names.canonical("test/" + name) == "test/" + name
    for spelling in signal.spellings:
        assert names.canonical(spelling) == name


@given(st.text(max_size=40))
def test_any_text_has_a_stable_name(own: str) -> None:
    name = names.canonical(own)
    assert name is None or names.canonical(name) == name
    assert names.better(own) in ("lower", "higher", None)


DIRECTIONS = {
    "loss": ("eval/loss", "lower"),
    "part": ("loss/box", "lower"),
    "accuracy": ("val_acc", "higher"),
    "accuracy-named-loss": ("loss/top-5", "higher"),
    "error": ("train-error", "lower"),
    "word-error": ("eval/wer", "lower"),
    "map": ("metrics/mAP_0.5:0.95", "higher"),
    "dice-loss": ("loss_dice", "lower"),
    "dice": ("val_dice", "higher"),
    "reward": ("rollout/ep_rew_mean", "higher"),
    "fid": ("results/fid50k_full", "lower"),
    "f1": ("DEV_F1", "higher"),
    "missed": ("fast_rcnn/false_negative", "lower"),
    "perplexity": ("perplexity", "lower"),
    "lr": ("lr", None),
    "norm": ("grad_norm", None),
    "scale": ("loss_scale", None),
    "setting": ("config/loss", None),
    "time": ("eta_seconds", None),
}


@pytest.mark.parametrize(("name", "expected"), DIRECTIONS.values(), ids=DIRECTIONS)
def test_direction(name: str, expected: str | None) -> None:
    assert names.better(name) == expected


CLAIMS = {
    "more-points-win": (
        {"loss_epoch": 3, "loss_step": 90},
        {"loss_step": "loss", "loss_epoch": "loss_epoch"},
    ),
    "summary-loses": (
        {"loss": 50, "train_loss": 1},
        {"loss": "loss", "train_loss": "train_loss"},
    ),
    "own-name-is-taken": (
        {"loss": 1, "train_loss": 50},
        {"train_loss": "loss", "loss": "loss#2"},
    ),
    "error-alone-is-the-loss": (
        {"MAE": 50, "test/MAE": 50},
        {"MAE": "loss", "test/MAE": "test/loss"},
    ),
    "error-beside-a-loss-is-not": (
        {"loss": 50, "mae": 50, "val_mae": 9},
        {"loss": "loss", "mae": "mae", "val_mae": "val_mae"},
    ),
    "only-term-is-the-loss": ({"ce_loss": 5, "lr": 5}, {"ce_loss": "loss", "lr": "lr"}),
    "total-of-its-terms": (
        {"total": 5, "recon": 5, "val_total": 2},
        {"total": "loss", "recon": "recon", "val_total": "eval/loss"},
    ),
    "total-beside-the-rate": ({"total": 5, "lr": 5}, {"total": "loss", "lr": "lr"}),
    "total-of-a-count": ({"total": 5, "correct": 5}, {"total": "total", "correct": "correct"}),
    "total-beside-a-loss": ({"total": 5, "loss": 5}, {"total": "total", "loss": "loss"}),
    "t-and-v": (
        {"t_loss": 5, "v_loss": 5, "t_acc": 5, "v_acc": 5},
        {"t_loss": "loss", "v_loss": "eval/loss", "t_acc": "accuracy", "v_acc": "eval/accuracy"},
    ),
    "v-beside-plain": ({"loss": 5, "vloss": 5}, {"loss": "loss", "vloss": "eval/loss"}),
    "v-of-a-critic": (
        {"pg_loss": 5, "v_loss": 5, "loss": 5},
        {"pg_loss": "loss/pg", "v_loss": "loss/v", "loss": "loss"},
    ),
    "two-errors-are-none": ({"mae": 5, "rmse": 5}, {"mae": "mae", "rmse": "rmse"}),
}


@pytest.mark.parametrize(("points", "expected"), CLAIMS.values(), ids=CLAIMS)
def test_rival_claims(points: dict[str, int], expected: dict[str, str]) -> None:
    assert names.assign(points) == expected


@given(st.dictionaries(st.text("lostrainev_/#2", max_size=12), st.integers(1, 9), max_size=12))
def test_no_two_metrics_share_a_name(points: dict[str, int]) -> None:
    given_names = names.assign(points)
    assert set(given_names) == set(points)
    assert len(set(given_names.values())) == len(points)
