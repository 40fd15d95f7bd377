"""The canonical signals: their names, units and direction, and how logs spell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from neural_trainer.runs.name_words import spellings

Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Signal:
    """One canonical signal.

    better: the direction of improvement, None where there is none.
    spellings: what logs call it, as lower-case words; words for the split are left out.
    evaluated: it exists for evaluation and test data too, as `eval/<name>` and `test/<name>`.
    """

    name: str
    unit: str
    better: Better | None
    meaning: str
    spellings: tuple[str, ...] = ()
    evaluated: bool = False


# fmt: off
SIGNALS = (
    Signal(
        "loss", "", "lower", "what training minimises, whole",
        spellings(
            """loss | cost | objective | total loss | loss total | lm loss | loss lm | overall loss
            | loss value | lossvalue | lm loss value | combined loss | full loss | trl | all loss
            | loss all | ce mean words | mini batch loss | minibatch loss"""
        ), evaluated=True,
    ),
    Signal(
        "loss/<part>", "", "lower", "one term of the loss", evaluated=True,
    ),
    Signal(
        "accuracy", "fraction or %", "higher", "share of right predictions",
        spellings(
            """accuracy | acc | acc1 | acc 1 | top1 | top 1 | top1 acc | top 1 acc | top1 accuracy
            | accuracy top1 | accuracy top 1 | acc top1 | acc top 1 | categorical accuracy |
            binary accuracy | sparse categorical accuracy | token accuracy | token acc | tok acc |
            prec 1 | prec1"""
        ), evaluated=True,
    ),
    Signal(
        "perplexity", "", "lower", "exp of the loss per token",
        spellings("perplexity | ppl | perp | lm loss ppl"), evaluated=True,
    ),
    Signal(
        "reward", "", "higher", "mean return of an episode",
        spellings(
            """reward | rewards | return | returns | ep rew | eprew | episode reward | eprewmean |
            episode return | episodic return | episodic reward | ep ret | ep reward | ep return
            | cumulative reward | rew | undiscounted return episode"""
        ), evaluated=True,
    ),
    Signal(
        "episode_length", "environment steps", None, "mean length of an episode",
        spellings(
            "episode length | ep len | episode len | episodic length | ep length | eplenmean"
        ),
        evaluated=True,
    ),
    Signal(
        "entropy", "nat", None, "entropy of the policy",
        spellings("entropy | policy entropy"),
    ),
    Signal(
        "kl", "nat", None, "divergence of the policy from the one that sampled or from a reference",
        spellings("kl | approx kl | approxkl | kl approx | kl divergence | approximate kl"),
    ),
    Signal(
        "clip_fraction", "fraction", None, "share of policy ratios that PPO clips",
        spellings("clip fraction | clip frac | clipfrac"),
    ),
    Signal(
        "explained_variance", "", "higher",
        "share of the returns' variance that the critic explains",
        spellings("explained variance | explained var | vf explained var"),
    ),
    Signal(
        "lr", "", None, "learning rate of the first parameter group",
        spellings(
            """lr | learning rate | lr0 | lr 0 | lr pg0 | lr group 0 | lr group0 | base lr | last
            lr | policy learning rate | current lr | current lr 0 | current learning rate |
            base learning rate | learning rate 0 | cur lr | l r | lr adam | lr adam w | lr sgd | lr
            adam pg1 | lr adam w pg1 | lr sgd pg1"""
        ),
    ),
    Signal(
        "grad_norm", "", None, "global norm of the gradient, before clipping",
        spellings(
            """grad norm | gradient norm | gnorm | global grad norm | total norm | norm | gradnorm
            | grad norm total | total grad norm | grdn | grad | grad 2 0 norm total | global
            gradient norm | grads norm | grad norm 0 | grad norm global"""
        ),
    ),
    Signal(
        "grad_clipped", "0 or 1", None, "whether it was clipped",
        spellings("grad clipped"),
    ),
    Signal(
        "param_norm", "", None, "global norm of the parameters",
        spellings("param norm | params norm | parameter norm | weight norm | weights norm | pnorm"),
    ),
    Signal(
        "finite", "0 or 1", None, "whether loss and gradient were finite",
        spellings("finite"),
    ),
    Signal(
        "loss_scale", "", None, "factor on the loss in fp16 training",
        spellings("loss scale | grad scale | amp scale | scaler scale"),
    ),
    Signal(
        "optimizer_eps", "", None, "largest eps of the optimizers' parameter groups",
        spellings("optimizer eps"),
    ),
    Signal(
        "optimizer_weight_decay", "", None, "largest weight decay of these groups",
        spellings("optimizer weight decay"),
    ),
    Signal(
        "input_rms", "", None, "root mean square of the model's first input of fractions",
        spellings("input rms"),
    ),
    Signal(
        "input_max", "", None, "largest magnitude in that input, of every step",
        spellings("input max"),
    ),
    Signal(
        "target_max", "", None, "largest magnitude among targets of fractions, of every step",
        spellings("target max"),
    ),
    Signal(
        "output_in_fp16", "0 or 1", None, "whether the model's output has 16-bit floats",
        spellings("output in fp16"),
    ),
    Signal(
        "input_scale_ratio", "", None, "deviation of its widest feature over the median one's",
        spellings("input scale ratio"),
    ),
    Signal(
        "output_contrast", "", None, "deviation of outputs over a batch, over their size",
        spellings("output contrast"),
    ),
    Signal(
        "fitted_without_dropout", "0 or 1", None, "whether a training pass ran in evaluation mode",
        spellings("fitted without dropout"),
    ),
    Signal(
        "scored_with_dropout", "fraction", None, "evaluation passes that ran in training mode",
        spellings("scored with dropout"),
    ),
    Signal(
        "scored_trained_on", "fraction", None, "evaluated samples that had been trained on",
        spellings("scored trained on"),
    ),
    Signal(
        "criterion_of_probabilities", "0 or 1", None, "whether logits were probabilities",
        spellings("criterion of probabilities"),
    ),
    Signal(
        "criterion_weighs", "0 or 1", None, "whether the loss is given weights",
        spellings("criterion weighs"),
    ),
    Signal(
        "criterion_broadcasts", "0 or 1", None, "whether shapes of a loss differ",
        spellings("criterion broadcasts"),
    ),
    Signal(
        "criterion_mean", "", None, "mean over the terms of the only call of a torch loss",
        spellings("criterion mean"),
    ),
    Signal(
        "future_seen", "fraction", None, "positions that see the next one, which is their target",
        spellings("future seen"),
    ),
    Signal(
        "padding_scored", "fraction", None, "targets that are padding and count",
        spellings("padding scored"),
    ),
    Signal(
        "optimizer_idle", "0 or 1", None, "whether weights stand that nothing has stepped",
        spellings("optimizer idle"),
    ),
    Signal(
        "gradient_absent", "0 or 1", None, "whether no gradient came to an optimizer's weights",
        spellings("gradient absent"),
    ),
    Signal(
        "frozen_untrained", "fraction", None, "matrices that are frozen and lie as drawn",
        spellings("frozen untrained"),
    ),
    Signal(
        "unheld_untrained", "fraction", None, "matrices in no optimizer that lie as drawn",
        spellings("unheld untrained"),
    ),
    Signal(
        "target_offset", "elements", None, "how much later than the inputs targets are",
        spellings("target offset"),
    ),
    Signal(
        "column_near_target", "", None, "closest correlation of a column with the target",
        spellings("column near target"),
    ),
    Signal(
        "criterion_calls", "calls", None, "calls of a torch loss in a step, one each pass",
        spellings("criterion calls"),
    ),
    Signal(
        "criterion_weight", "", None, "sum of what these calls count in what goes backward",
        spellings("criterion weight"),
    ),
    Signal(
        "scored_scale", "", None, "how many times as wide as in training held-out inputs are",
        spellings("scored scale"),
    ),
    Signal(
        "scored_offset", "", None, "how far off they are, in deviations of training",
        spellings("scored offset"),
    ),
    Signal(
        "label_share", "fraction", None, "targets that are of the batch's most frequent class",
        spellings("label share"),
    ),
    Signal(
        "label_top", "", None, "that class",
        spellings("label top"),
    ),
    Signal(
        "skipped_steps", "steps", None, "updates left out for overflow",
        spellings(
            """skipped steps | number of skipped iterations | skipped iterations | num skipped
            steps"""
        ),
    ),
    Signal(
        "epoch", "epochs", None, "passes over the training data",
        spellings("epoch | epochs | current epoch"),
    ),
    Signal(
        "throughput", "items per second", "higher",
        "samples or tokens, whichever is logged, in a second",
        spellings(
            """throughput | samples per second | samples per sec | tokens per second | tokens s |
            tokens per second per gpu | tokens per second per device |
            tokens per sec | tokens sec | tok s | tok sec | tps | samples s | samples sec |
            imgs s | images per second | fps | sps"""
        ),
    ),
    Signal(
        "step_time_s", "s", "lower", "duration of one step",
        spellings(
            """step time s | step time | elapsed time per iteration | time per step | iter time |
            iteration time | time per iter | per step time | step avg | batch time |
            time per batch"""
        ),
    ),
    Signal(
        "data_time_s", "s", "lower", "of it, waiting for data",
        spellings("data time s | data time | dataload time | data load time | data loading time"),
    ),
    Signal(
        "memory_bytes", "B", None, "peak memory of the accelerator",
        spellings("memory bytes | gpu mem"),
    ),
)
# fmt: on
