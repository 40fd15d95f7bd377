"""The loss that goes backward is a sum over the batch, not a mean.

Look: a training loop in which loss.backward() runs on a loss with
reduction="sum" or size_average=False, or on the sum() of one with
reduction="none", with nothing that divides it.

Reason: gradients grow with the batch size and the length of what is in it: the
learning rate means something else for each batch, and the last, smaller one
counts less.

Fix: reduction="mean"; or divide by the number of samples or tokens.

Not reported: a sum that is divided or weighted later; losses put together of
several terms; sums of a likelihood bound, which are meant so.

Sources: PyTorch documentation, torch.nn.CrossEntropyLoss (reduction); Goyal et
al. 2017, arXiv 1706.02677, section 3.1.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.aliases import is_partial
from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import loss_of, terms_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.scope import Place, Scope
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops

ID = "loss-reduction-wrong"
CAUSE = "loss-reduction-wrong"


def find(source: Source) -> list[Spot]:
    """Return each summed loss that goes backward as it is."""
    if not re.search(r"reduction|size_average|\bsum\(|KLDivLoss|kl_div", source.text):
        return []
    spots: dict[int, Spot] = {}
    for loop in training_loops(source):
        for backward in loop.backwards:
            found = _summed(source, backward)
            if found is not None:
                spots[id(found.node)] = found
    return list(spots.values())


def _summed(source: Source, backward: Action) -> Spot | None:
    """Return the loss that goes backward where it is a sum."""
    loss, scope, place = loss_of(backward), backward.call.scope, backward.event.place
    for _ in range(4):
        if isinstance(loss, (ast.Name, ast.Attribute)):
            key = source.key(loss, scope)
            given = [a for a in source.assignments.get(key, []) if a.scope is scope]
            last = source.last_value(loss, scope, place)
            if last is None or last.element is not None or any(a.how != "=" for a in given):
                return None
            loss, place = last.value, last.place
        else:
            break
    line = backward.call.node.lineno
    for term in terms_of(loss):
        kl = _mean_divergence(source, term, scope, line)
        if kl is not None:
            return kl
    if not isinstance(loss, ast.Call):
        return None
    return _of_call(source, loss, scope, place, line)


def _mean_divergence(source: Source, term: ast.expr, scope: Scope, line: int) -> Spot | None:
    """Return a KL divergence that is averaged over classes too."""
    how, built = _reduction(source, term, scope)
    name = source.name(built.func, scope).rpartition(".")[2] if built is not None else ""
    if name not in ("KLDivLoss", "kl_div") or how != "mean" or built is None:
        return None
    saw = (
        f'reduction="mean" divides this divergence by the classes as well (line {line}): '
        '"batchmean" is what is meant'
    )
    return Spot(built, saw)


def _of_call(
    source: Source, loss: ast.Call, scope: Scope, place: Place, line: int, deeper: bool = True
) -> Spot | None:
    """Return where the value of a call is a sum over the batch."""
    if source.name(loss.func, scope) == "torch.sum" and len(loss.args) == 1 and not loss.keywords:
        method = ast.Attribute(loss.args[0], "sum", ast.Load())
        loss = ast.copy_location(ast.Call(method, [], []), loss)
    if isinstance(loss.func, ast.Attribute) and loss.func.attr == "sum" and not loss.args:
        inner = loss.func.value
        if isinstance(inner, ast.Name):
            last = source.last_value(inner, scope, place)
            inner = last.value if last is not None else inner
        single = _is_difference(inner) or _reduction(source, inner, scope)[0] == "none"
        saw = f"losses of single items are summed, not averaged, and go backward on line {line}"
        return Spot(loss, saw) if single and not loss.keywords else None
    how, built = _reduction(source, loss, scope)
    if how == "sum" and built is not None:
        return Spot(built, f"the loss is a sum, and goes backward undivided on line {line}")
    made = source.defined(loss.func, scope)
    cls = source.class_of(loss.func, scope)
    if made is None and cls is not None:
        made = source.method(cls, "forward")
    if deeper and made is not None and made.is_function and len(made.returns) == 1:
        inner, at = made.returns[0].value, made.returns[0].place
        if isinstance(inner, ast.Call):
            return _of_call(source, inner, made, at, line, deeper=False)
    return None


def _is_difference(inner: ast.expr) -> bool:
    """Tell whether a value is the squared or absolute difference of two."""
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow):
        inner = inner.left
    elif isinstance(inner, ast.Call) and getattr(inner.func, "attr", "") in (
        "abs",
        "square",
        "pow",
    ):
        inner = getattr(inner.func, "value", inner)
    else:
        return False
    return isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub)


def _reduction(source: Source, loss: ast.expr, scope: Scope) -> tuple[str, ast.Call | None]:
    """Return what a loss of torch is set to and where, "" where that is not in sight."""
    if not isinstance(loss, ast.Call):
        return "", None
    built, at = loss, scope
    name = source.name(loss.func, scope)
    if not name.startswith("torch."):
        values = source.values(loss.func, scope) if not isinstance(loss.func, ast.Call) else []
        if len(values) == 1 and isinstance(values[0][0], ast.Subscript):  # settings["loss"]
            values = source.values(values[0][0], values[0][1])
        if isinstance(loss.func, ast.Call):
            built = loss.func
        elif len(values) == 1 and isinstance(values[0][0], ast.Call):
            built, at = values[0][0], values[0][1]
            made = source.defined(built.func, at)
            inner = made.returns[0].value if made is not None and len(made.returns) == 1 else None
            if made is not None and made.is_function and isinstance(inner, ast.Call):
                built, at = inner, made
        else:
            return "", None
        while isinstance(built.func, ast.Attribute) and built.func.attr in ("to", "cuda"):
            if not isinstance(built.func.value, ast.Call):
                return "", None
            built = built.func.value
        made_of = built.args[0] if is_partial(built) else built.func
        name = source.name(made_of, at)
    if not name.startswith("torch.nn"):
        return "", None
    for item in built.keywords:
        if isinstance(item.value, ast.Constant):
            if item.arg == "reduction":
                return str(item.value.value), built
            if item.arg == "size_average" and item.value.value is False:
                return "sum", built
    return "", None
