"""All weights of the linear layers begin at one number: their units stay alike.

Look: nn.init.constant_, ones_ or zeros_, fill_ or zero_ on the weight of each
Linear or convolution of a model, told by isinstance in a function or a loop over
modules(); or on all of the parameters() that an optimizer is given.

Reason: units with the same weights get the same gradients, and differ by nothing
ever after: a layer is as wide as one unit. With zeros nothing reaches the layers
below.

Fix: leave torch's own initialisation, or kaiming_normal_ and xavier_uniform_.

Not reported: one layer by its name, such as the last of a residual branch or an
adapter that is to begin as nothing; biases; layers of normalisation; a second
initialisation after it.

Sources: Glorot & Bengio 2010, Understanding the difficulty of training deep
feedforward neural networks; Goodfellow et al. 2016, Deep Learning, section 8.4
(breaking symmetry).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls
from neural_trainer.inspect.lint.scope import Call, taken_from
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

ID = "initial-weights-constant"
CAUSE = "bad-initialisation"
_SETS = ("constant_", "ones_", "zeros_", "fill_", "zero_")
_LAYERS = re.compile(r"torch\.nn\.(?:Linear|Conv[123]d|ConvTranspose[123]d)")
_OTHERS = re.compile(r"norm_?|emb|bias", re.IGNORECASE)


def find(source: Source) -> list[Spot]:
    """Return where the weights of all linear layers are set to one number."""
    spots = []
    for call in source.called(*_SETS):
        target = _target(source, call)
        owner = target.value if isinstance(target, ast.Attribute) else None
        if target is None or _again(source, call, target):
            continue
        if owner is not None and target.attr == "weight" and _of_each_layer(source, call, owner):  # type: ignore[attr-defined]
            value = _value(source, call)
            saw = f"the weights of every layer begin at {value}: all units of a layer stay alike"
            spots.append(Spot(call.node, saw))
        elif isinstance(target, ast.Name) and _of_all_parameters(source, call, target):
            value = _value(source, call)
            saw = f"all parameters begin at {value}: all units of a layer stay alike"
            spots.append(Spot(call.node, saw))
    return spots


def _target(source: Source, call: Call) -> ast.expr | None:
    """Return the tensor that is set: m.weight of constant_(m.weight, c) or m.weight.fill_(c)."""
    name = source.called_name(call)
    if name.startswith("torch.nn.init."):
        return call.argument(0, "tensor")
    target = call.receiver if not name and call.word in ("fill_", "zero_") else None
    if isinstance(target, ast.Attribute) and target.attr == "data":
        target = target.value
    return target


def _value(source: Source, call: Call) -> str:
    known = {"ones_": "1", "zeros_": "0", "zero_": "0"}.get(call.word)
    given = call.argument(1 if call.word == "constant_" else 0, "val")
    value = number(source, given, call.scope) if given is not None and known is None else None
    return known or (f"{value:g}" if value is not None else "one number")


def _of_each_layer(source: Source, call: Call, owner: ast.expr) -> bool:
    """Tell whether a branch for linear layers around a call is the one that it runs in."""
    arms = [(n, arm) for n, arm in call.place.branches if isinstance(n, ast.If)]
    if not arms or arms[-1][1] != "then":
        return False
    test = arms[-1][0].test
    if not isinstance(test, ast.Call) or getattr(test.func, "id", "") != "isinstance":
        return False
    if ast.unparse(test.args[0]) != ast.unparse(owner):
        return False
    kinds = test.args[1].elts if isinstance(test.args[1], ast.Tuple) else [test.args[1]]
    return all(_LAYERS.fullmatch(source.name(kind, call.scope)) for kind in kinds)


def _of_all_parameters(source: Source, call: Call, target: ast.Name) -> bool:
    """Tell whether a loop over the parameters() of what an optimizer is given sets each."""
    loop = call.place.loops[-1] if call.place.loops else None
    over = taken_from(loop) if loop is not None else None
    own = getattr(getattr(loop, "target", None), "id", "") == target.id
    whole = isinstance(over, ast.Call) and getattr(over.func, "attr", "") == "parameters"
    given = " ".join(ast.unparse(c.node) for c in optimizer_calls(source)) if own and whole else ""
    return bool(given) and ast.unparse(over) in given and not call.place.branches  # type: ignore[arg-type]


def _again(source: Source, call: Call, target: ast.expr) -> bool:
    """Tell whether the same tensor is drawn afterwards, or an average or a gradient is begun."""
    text = ast.unparse(target)
    later = [
        c
        for c in call.scope.calls()
        if c.word.endswith("_") and c.node.lineno > call.node.lineno and c.word not in _SETS
    ]
    drawn = any(text in ast.unparse(c.node) for c in later)
    owner = ast.unparse(call.scope.node)[:80] if call.scope.is_function else ""
    return drawn or bool(_OTHERS.search(text)) or bool(re.search(r"ema|average|test|mock", owner))
