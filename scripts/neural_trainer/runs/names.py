"""The canonical signals: their names, units and direction, and how logs spell them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from neural_trainer.runs.languages import ENGLISH, in_english
from neural_trainer.runs.name_words import (
    BESIDE,
    FIXED,
    HIGHER,
    LOWER,
    MANNERS,
    NO_LOSS,
    OBJECTIVES,
    OF_CRITICS,
    PLACES,
    SETTINGS,
    SPLITS,
    STATISTICS,
    TERMS,
    spellings,
)

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
            | loss value | lm loss value | combined loss | full loss | trl | all loss | loss all |
            ce mean words"""
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
            binary accuracy | sparse categorical accuracy | token accuracy | token acc | tok acc"""
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
            learning rate 0 | cur lr | l r | lr adam | lr adam w | lr sgd | lr adam pg1 | lr adam w
            pg1 | lr sgd pg1"""
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
        "criterion_of_probabilities", "0 or 1", None, "whether logits were probabilities",
        spellings("criterion of probabilities"),
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
            tokens per sec | tokens sec | tok s | tok sec | tps | samples s | samples sec |
            imgs s | images per second | fps | sps"""
        ),
    ),
    Signal(
        "step_time_s", "s", "lower", "duration of one step",
        spellings(
            """step time s | step time | elapsed time per iteration | time per step | iter time |
            iteration time | time per iter | step avg"""
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

_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_BY_SPELLING = {words: signal for signal in SIGNALS for words in signal.spellings}
_BY_NAME = {signal.name: signal for signal in SIGNALS}


def _words(name: str) -> list[str]:
    whole = in_english(name).replace("mAP", "map").replace("IoU", "iou")
    return [ENGLISH.get(word, word) for word in map(str.lower, _WORD.findall(whole))]


def _flat(segments: list[list[str]]) -> list[str]:
    return [word for words in segments for word in words]


def _parse(own_name: str) -> tuple[str, list[list[str]]]:
    """Return the split as a prefix, and the words of each path segment without it."""
    prefix, segments = "", []
    for segment in own_name.split("/"):
        words = _words(segment)
        for word in words:
            prefix = SPLITS.get(word, prefix)
        words = [word for word in words if word not in SPLITS]
        if words:
            segments.append(words)
    while len(segments) > 1 and " ".join(segments[0]) in PLACES:
        segments.pop(0)
    return prefix, segments


def _loss(segments: list[list[str]]) -> str | None:
    """Return `loss` or `loss/<part>` for a name that holds the word, else None."""
    at = [i for i, words in enumerate(segments) if "loss" in words or "losses" in words]
    if not at:
        return None
    after = _flat(segments[at[-1] :])
    if "per" in after:  # CNTK's TrainLossPerSample
        after = after[: after.index("per")] + after[after.index("per") + 2 :]
    part = [word for word in after if word not in MANNERS and word not in ("loss", "losses")]
    if not part:
        before = _flat([words for words in segments[: at[-1]] if " ".join(words) not in PLACES])
        part = [word for word in before if word not in ("loss", "losses")]
    if not NO_LOSS.isdisjoint(part):
        return None
    return "loss" if not part or part == ["total"] else "loss/" + "_".join(part)


@lru_cache(maxsize=10_000)  # many runs log the same names
def canonical(own_name: str) -> str | None:
    """Return the canonical name of what a log calls `own_name`, or None where it has none.

    >>> canonical("validation/main/loss"), canonical("train/box_loss"), canonical("eta_seconds")
    ('eval/loss', 'loss/box', None)
    """
    if own_name in FIXED:
        return FIXED[own_name]
    prefix, segments = _parse(own_name)
    words = _flat(segments)
    if not words or words[0] in SETTINGS:
        return None
    if words[-3:-1] == ["dataloader", "idx"]:  # Lightning with several evaluation loaders
        if words[-1] != "0":
            return None
        segments = [[w for w in s if w not in ("dataloader", "idx", "0")] for s in segments]
        words = words[:-3]
    bare = [word for word in words if word not in MANNERS]
    acting = bare[1:] if bare[:1] in (["actor"], ["critic"]) and "loss" not in bare else bare
    for spelling in (words, bare, acting):
        signal = _BY_SPELLING.get(" ".join(spelling))
        if signal is not None:
            return prefix + signal.name if signal.evaluated or not prefix else None
    if not STATISTICS.isdisjoint(words):
        return None
    loss = _loss(segments)
    return None if loss is None else prefix + loss


def plain(own_name: str) -> str:
    """Return the words of a name without the split and without the place it was logged in.

    >>> plain("train/global_step"), plain("time/total_timesteps")
    ('global step', 'total timesteps')
    """
    return " ".join(_flat(_parse(own_name)[1]))


def split(name: str) -> Literal["train", "eval", "test"]:
    """Return the data that a metric was measured on, as its name tells it."""
    return {"eval/": "eval", "test/": "test"}.get(_parse(name)[0], "train")  # type: ignore[return-value]


def split_prefix(folder: str) -> str | None:
    """Return what a folder's name, where it is that of a split, puts before the names in it."""
    return SPLITS.get(folder.lower())


def better(name: str) -> Better | None:
    """Return which direction of `name`, canonical or a log's own, is an improvement.

    >>> better("eval/loss"), better("eval_rouge-1"), better("lr")
    ('lower', 'higher', None)
    """
    known = canonical(name)
    if known is not None:
        bare = re.sub(r"^(eval|test)/", "", known)
        return _BY_NAME["loss/<part>" if bare.startswith("loss/") else bare].better
    words = _words(name)
    if (
        not words
        or words[0] in SETTINGS
        or not {"std", "scale", "weight", "coef"}.isdisjoint(words)
    ):
        return None
    if words[-2:-1] == ["false"]:  # false_negative, false_positive
        return "lower"
    for word in reversed(words):  # the last such word is the noun: reward_loss, cls_accuracy
        stem = word.rstrip("0123456789")  # map50, fid50
        if word in LOWER or stem in LOWER:
            return "lower"
        if word in HIGHER or stem in HIGHER:
            return "higher"
    return None


def assign(points: Mapping[str, int]) -> dict[str, str]:
    """Return the name that each metric of one log gets in its Run.

    points: how often each own name was logged. Of two that claim one canonical name, that with more
    points takes it (of equals, the first) and the other keeps its own. A measure of error that
    stands alone (CatBoost's MAE) is the loss, and so is the total of its terms.

    >>> assign({"tloss": 9, "vloss": 9})["vloss"], assign({"total": 9, "kl": 9})["total"]
    ('eval/loss', 'loss')
    """
    claims: dict[str, str] = {}
    halves = _halves(points)
    for own in points:
        name = halves.get(own) or canonical(own)
        if name is not None and (name not in claims or points[own] > points[claims[name]]):
            claims[name] = own
    _promote(points, claims)
    _promote_total(points, claims)
    names = {own: name for name, own in claims.items()}
    for own in points:
        if own not in names:
            names[own] = f"{own}#2" if own in claims else own
    return names


def _promote(points: Mapping[str, int], claims: dict[str, str]) -> None:
    """Let a measure of error claim the loss where nothing else does."""
    if "loss" in claims:
        return
    found: dict[str, list[str]] = {"": [], "eval/": [], "test/": []}
    for own in points:
        prefix, segments = _parse(own)
        words = [w for w in _flat(segments) if w not in MANNERS and w not in ("loss", "losses")]
        if " ".join(words) in OBJECTIVES:
            found[prefix].append(own)
    for prefix, owns in found.items():
        if len(owns) == 1 and prefix + "loss" not in claims:
            claims.pop(canonical(owns[0]) or "", None)
            claims[prefix + "loss"] = owns[0]


def _promote_total(points: Mapping[str, int], claims: dict[str, str]) -> None:
    """Let the total of the terms of a loss claim it where nothing else does."""
    if not any("total" in own.lower() for own in points):
        return
    totals: dict[str, str] = {}
    terms, others = False, False
    for own in points:
        prefix, segments = _parse(own)
        words = [word for word in _flat(segments) if word not in MANNERS]
        if words == ["total"]:
            totals.setdefault(prefix, own)
        else:
            terms |= not TERMS.isdisjoint(words)
            others |= canonical(own) not in BESIDE
    if terms or not others:
        for prefix, own in totals.items():
            claims.setdefault(f"{prefix}loss", own)


def _halves(points: Mapping[str, int]) -> dict[str, str]:
    """Return the names of `t_loss` and `v_loss`, of training and validation, `v_acc` beside `acc`.

    Nothing where the names of an actor and a critic tell of another `v_loss`.
    """
    if not any(own[:1] in "vV" for own in points):
        return {}
    words = {own: _words(own) for own in points}
    if any(not OF_CRITICS.isdisjoint(some) for some in words.values()):
        return {}
    stems: dict[str, dict[str, str]] = {"t": {}, "v": {}}
    for own, some in words.items():
        whole = "".join(some)
        signal = _BY_SPELLING.get(whole[1:])
        if whole[:1] in stems and signal is not None and signal.evaluated:
            stems[whole[0]][signal.name] = own
    plain_names = {canonical(own) for own in points if own not in stems["t"].values()}
    found = {}
    for name, own in stems["v"].items():
        if name in stems["t"]:
            found[stems["t"][name]] = name
        if name in stems["t"] or name in plain_names:
            found[own] = f"eval/{name}"
    return found
