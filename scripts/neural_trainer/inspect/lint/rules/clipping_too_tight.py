"""Gradients are clipped to a norm that hardly any gradient is below.

Look: clip_grad_norm_ with max_norm of 0.01 or less, clip_grad_value_ of 1e-3 or
less; clip_gradients of Fabric and Lightning, max_grad_norm, gradient_clip_val and
gradient_clipping of a trainer, hooks on parameters and p.grad.clamp_ alike.

Reason: every update is then scaled down to the same tiny length: the learning
rate is what clipping leaves of it, and a good gradient is cut like a bad one.

Fix: clip at the 90th percentile of the unclipped norms of a healthy run; 1.0 is
where most recipes begin.

Not reported: 0 from a setting, which mostly means "off"; limits from elsewhere; what a
function of this file takes, which may be relative to each weight; clipping of
private gradients sample by sample.

Sources: Godbole et al. 2023, Deep Learning Tuning Playbook (more than half of
the updates clipped is too many); Pascanu et al. 2013, arXiv 1211.5063.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.aliases import call_of_partial
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.parts import entry
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.settings import number, setting, written
from neural_trainer.inspect.lint.source import Source

ID = "clipping-too-tight"
CAUSE = "clipping-too-tight"
_TIGHTEST_NORM, _TIGHTEST_VALUE = 0.01, 1e-3
_OF_TRAINERS = ("max_grad_norm", "gradient_clip_val", "gradient_clipping", "clip_grad")
_TRAINERS = re.compile(r"Trainer$|Arguments$|Config$|Plugin$")


def find(source: Source) -> list[Spot]:
    """Return each limit on gradients that nearly all of them exceed."""
    spots = []
    for word, position, keyword, least in _CLIPS:
        for call in source.called(word):
            own = source.callee(call) is not None  # which may take a limit of another kind
            given = setting(source, call, position, keyword) if not own else None
            limit = number(source, *given) if given is not None else None
            plain = given is not None and isinstance(given[0], ast.Constant)
            if limit is not None and (0 < limit <= least or (limit == 0 and plain)):
                saw = f"{keyword}={limit:g}: nearly every gradient is above it and is cut"
                spots.append(Spot(call.node, saw + _elsewhere(source, call, *given)))  # type: ignore[misc]
    spots += _in_hooks(source) + _of_gradients(source) + _in_tables(source)
    for word, calls in source.calls.items():
        for call in calls if _TRAINERS.search(word) else ():
            for keyword in _OF_TRAINERS:
                given = setting(source, call, 99, keyword)
                limit = number(source, *given) if given is not None else None
                if given is not None and limit is not None and 0 < limit <= _TIGHTEST_NORM:
                    saw = f"{keyword}={limit:g}: nearly every gradient is above it and is cut"
                    spots.append(Spot(call.node, saw + _elsewhere(source, call, *given)))
    return spots


_CLIPS = (
    ("clip_grad_norm_", 1, "max_norm", _TIGHTEST_NORM),
    ("clip_grad_norm", 1, "max_norm", _TIGHTEST_NORM),
    ("clip_grad_value_", 1, "clip_value", _TIGHTEST_VALUE),
    ("clip_gradients", 99, "max_norm", _TIGHTEST_NORM),  # of Fabric
    ("clip_gradients", 99, "clip_val", _TIGHTEST_VALUE),
    ("clip_gradients", 1, "gradient_clip_val", _TIGHTEST_NORM),  # of a LightningModule
)
"""What clips, where it takes the limit, and the widest limit that is too tight."""


def _of_gradients(source: Source) -> list[Spot]:
    """Return each limit at which gradients are cut one by one: p.grad.clamp_(-c, c)."""
    spots = []
    for call in source.called("clamp_", "clip_"):
        owner = call.receiver
        if isinstance(owner, ast.Attribute) and owner.attr == "data":
            owner = owner.value
        given = setting(source, call, 1, "max")
        limit = number(source, *given) if given is not None else None
        cut = isinstance(owner, ast.Attribute) and owner.attr == "grad"
        if cut and given is not None and limit is not None and 0 < limit <= _TIGHTEST_VALUE:
            saw = f"gradients are cut at {limit:g}: nearly every one is above it"
            spots.append(Spot(call.node, saw + _elsewhere(source, call, *given)))
    return spots


def _in_tables(source: Source) -> list[Spot]:
    """Return each limit in the settings of DeepSpeed: {"gradient_clipping": c}."""
    spots = []
    tables = [n for n in source.nodes if isinstance(n, ast.Dict)]
    for table in tables if "gradient_clipping" in source.text else ():
        value = entry(table, "gradient_clipping")
        limit = number(source, value, source.module)
        if value is not None and limit is not None and 0 < limit <= _TIGHTEST_NORM:
            saw = f"gradient_clipping={limit:g}: nearly every gradient is above it and is cut"
            spots.append(Spot(value, saw))
    return spots


def _elsewhere(source: Source, call: Call, limit: ast.expr, scope: Scope) -> str:
    """Say where a limit is written down, "" where that is in the clip itself."""
    line = written(source, limit, scope).lineno
    return (
        ""
        if line in range(call.node.lineno, (call.node.end_lineno or 0) + 1)
        else f" (line {line})"
    )


def _in_hooks(source: Source) -> list[Spot]:
    """Return each limit by which a hook on parameters cuts their gradients: g.clamp(-c, c)."""
    spots = []
    for call in source.called("register_hook", "register_post_accumulate_grad_hook"):
        handed = call.argument(0, "hook")
        bound = call_of_partial(handed) if handed is not None else None
        hook = source.defined(bound.func if bound is not None else handed, call.scope)
        for inner in hook.calls() if hook is not None else ():
            own = hook is not None and bool(hook.parameters) and inner.receiver is not None
            cuts = own and ast.unparse(inner.receiver) in hook.parameters[:1]  # type: ignore[union-attr,arg-type]
            given = setting(source, inner, 1, "max") if cuts and inner.word in _CUTS else None
            limit = number(source, *given) if given is not None else None
            if given is not None and limit is not None and 0 < limit <= _TIGHTEST_VALUE:
                saw = f"gradients are cut at {limit:g} by the hook of line {call.node.lineno}"
                spots.append(Spot(written(source, *given), f"{saw}: nearly every one is above it"))
    return spots


_CUTS = ("clamp", "clip", "clamp_", "clip_")
