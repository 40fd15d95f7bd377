"""Which canonical signal a log means by a name of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
)
from neural_trainer.runs.signal_table import SIGNALS, Better

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
    if plain(name) in OBJECTIVES:
        return "lower"
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
