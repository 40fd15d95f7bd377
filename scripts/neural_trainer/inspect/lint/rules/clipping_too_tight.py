"""Gradients are clipped to a norm that hardly any gradient is below.

Look: clip_grad_norm_ with max_norm of 0.01 or less, clip_grad_value_ of 1e-3 or
less; max_grad_norm and gradient_clip_val of a trainer alike.

Reason: every update is then scaled down to the same tiny length: the learning
rate is what clipping leaves of it, and a good gradient is cut like a bad one.

Fix: clip at the 90th percentile of the unclipped norms of a healthy run; 1.0 is
where most recipes begin.

Not reported: 0 from a setting, which mostly means "off"; limits from elsewhere;
clipping of private gradients sample by sample.

Sources: Godbole et al. 2023, Deep Learning Tuning Playbook (more than half of
the updates clipped is too many); Pascanu et al. 2013, arXiv 1211.5063.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.settings import number, setting
from neural_trainer.inspect.lint.source import Source

ID = "clipping-too-tight"
CAUSE = "clipping-too-tight"
_TIGHTEST_NORM, _TIGHTEST_VALUE = 0.01, 1e-3
_OF_TRAINERS = ("max_grad_norm", "gradient_clip_val")
_TRAINERS = re.compile(r"Trainer$|TrainingArguments$|Config$")


def find(source: Source) -> list[Spot]:
    """Return each limit on gradients that nearly all of them exceed."""
    spots = []
    for word, keyword, least in (
        ("clip_grad_norm_", "max_norm", _TIGHTEST_NORM),
        ("clip_grad_norm", "max_norm", _TIGHTEST_NORM),
        ("clip_grad_value_", "clip_value", _TIGHTEST_VALUE),
    ):
        for call in source.called(word):
            given = setting(source, call, 1, keyword)
            limit = number(source, *given) if given is not None else None
            written = given is not None and isinstance(given[0], ast.Constant)
            if limit is not None and (0 < limit <= least or (limit == 0 and written)):
                saw = f"{keyword}={limit:g}: nearly every gradient is above it and is cut"
                spots.append(Spot(call.node, saw))
    for word, calls in source.calls.items():
        for call in calls if _TRAINERS.search(word) else ():
            for keyword in _OF_TRAINERS:
                given = setting(source, call, 99, keyword)
                limit = number(source, *given) if given is not None else None
                if limit is not None and 0 < limit <= _TIGHTEST_NORM:
                    saw = f"{keyword}={limit:g}: nearly every gradient is above it and is cut"
                    spots.append(Spot(call.node, saw))
    return spots
