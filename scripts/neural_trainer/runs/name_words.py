"""The words that the names of metrics are made of, and what they say."""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(words.split())


def spellings(words: str) -> tuple[str, ...]:
    """Return what stands between the bars of a text."""
    return tuple(" ".join(spelling.split()) for spelling in words.split("|"))


SPLITS = {
    **dict.fromkeys(word_set("train training trained traning tr trn learn"), ""),
    **dict.fromkeys(
        word_set(
            """val va valid validation validate validated validating eval evl evaluation evaluate
            evaluated evaluating dev heldout holdout vali cv"""
        ),
        "eval/",
    ),
    **dict.fromkeys(word_set("test testing tested predict"), "test/"),
}
# The losses of pix2pix and CycleGAN, whose names do not say so.
GAN_LOSSES = word_set("G_GAN G_L1 D_real D_fake D_A G_A cycle_A idt_A D_B G_B cycle_B idt_B")
# Names in which a split word or a letter alone means something else.
FIXED = {
    "Evaluation/AverageReturn": "reward",  # garage: the return of the training rollouts
    **dict.fromkeys(("scored_trained_on", "scored trained on"), "scored_trained_on"),  # our own
    "tel": "eval/loss",  # llm.c's main.log
    **{own: f"loss/{own.lower()}" for own in GAN_LOSSES},
    "r": "reward",  # monitor.csv of Stable-Baselines3
    "l": "episode_length",
}
# Whole path segments that only say where a metric was logged.
PLACES = set(
    spellings(
        """rollout | rollouts | environment | charts | metrics | metric | main | train inner | x
        | trainer | optimizer | optim | opt | env runners | performance | perf | scalars | time
        | epoch | batch | info | iteration | default policy | learner stats | learner
        | throughput | device"""
    )
)
MANNERS = word_set("mean avg avr average batch epoch step iter running per smoothed last s")
STATISTICS = word_set(
    """std stddev min max minimum maximum var variance median best delta count num number target
    before after percentile quantile hist"""
)
SETTINGS = word_set("config hparams hparam hyperparameters hyperparameter args system sys")
NO_LOSS = word_set(
    """acc accuracy top top1 top5 scores signs precision recall f1 auc lr scale weight weights coef
    coefficient lambda fn gain time memory mem eta pid seconds sec hours nan norm"""
)
# Measures of error that are trained on: one that stands alone is the loss.
OBJECTIVES = set(
    spellings(
        """mae | mse | rmse | logloss | log loss | binary logloss | multi logloss | multiclass | ce
        | c e | cross entropy | crossentropy | xent | nll | bce | l1 | l2 | mape | err | error
        | objs"""
    )
)
HIGHER = word_set(
    """acc accuracy accuracies map ap ar f1 fscore fmeasure auc auroc auprc bleu rouge rouge1 rouge2
    rougel rougelsum meteor cider dice iou iu miou prec precision recall reward rewards rew return
    returns ret top top1 top5 correct psnr ssim dsc win ndcg mrr kappa mcc r2 pck success throughput
    winrate cf1 of1 hella"""
)
LOWER = word_set(
    """loss losses error err perplexity ppl perp mae mse rmse mape fid kid wer cer ter nll logloss
    cost nme lpips brier ece bpb bpc crossentropy xent ce bce ade fde hd95 eer der mcd objs"""
)
# Words of the terms of a loss: a `total` beside them is the loss.
TERMS = word_set(
    """loss kl kld recon recons reconstruction ce bce mse mae nll l1 l2 reg adv gan box obj cls dfl
    iou giou mel feat fm perceptual contrastive ctc att dice focal smooth policy value entropy"""
)
# Words by which a `v_loss` is the loss of a critic rather than of validation.
OF_CRITICS = word_set(
    "pg p pi policy actor critic value vf q reward rewards return returns entropy"
)
# Signals that are beside any loss: a `total` beside nothing else is one.
BESIDE = {
    "epoch", "lr", "grad_norm", "loss_scale", "throughput", "step_time_s", "data_time_s",
    "memory_bytes",
}  # fmt: skip
