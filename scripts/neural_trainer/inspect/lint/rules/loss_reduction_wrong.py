"""The loss that goes backward is a sum over the batch, not a mean.

Look: a training loop in which loss.backward() runs on a loss with
reduction="sum" or size_average=False, on the sum() or einsum of one with
reduction="none", masked or not, on the square of a norm of all differences, or on
what is added up over the items of a batch, with nothing that divides it; a sum, or
the divergence of a variational autoencoder summed over the batch, beside a term that
is averaged; a KL divergence with its mean over classes too, which is its default.

Reason: gradients grow with the batch size and the length of what is in it: the
learning rate means something else for each batch, and the last, smaller one
counts less.

Fix: reduction="mean"; or divide by the number of samples or tokens.

Not reported: a sum that is divided or weighted later, or whose gradients or rate are;
losses put together of terms that are all summed, as a likelihood bound is; divergences
of weights; terms with a weight that is small or out of sight.

Sources: PyTorch documentation, torch.nn.CrossEntropyLoss (reduction); Goyal et
al. 2017, arXiv 1706.02677, section 3.1.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import loss_of, terms_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.given_arguments import function_run
from neural_trainer.inspect.lint.loss_calls import DEFAULT, reduction
from neural_trainer.inspect.lint.mixed_reductions import HALF, sum_beside_mean
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls
from neural_trainer.inspect.lint.origins import origin
from neural_trainer.inspect.lint.scope import Assignment, Call, Loop, Place, Scope, taken_from
from neural_trainer.inspect.lint.settings import number, setting, word, written
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops

ID = "loss-reduction-wrong"
CAUSE = "loss-reduction-wrong"


def find(source: Source) -> list[Spot]:
    """Return each summed loss that goes backward as it is."""
    if not re.search(r"reduction|size_average|sum\(|KLDivLoss|kl_div|norm|einsum|\+=", source.text):
        return []
    if any(_divides_rate(source, call) for call in optimizer_calls(source)):
        return []
    spots: dict[int, Spot] = {}
    for loop in training_loops(source):
        if any(_divides_gradients(action) for action in loop.actions):
            continue
        for backward in loop.backwards:
            found = _summed(source, backward)
            if found is not None:
                spots[id(found.node)] = found
    return list(spots.values())


def _divides_rate(source: Source, optimizer: Call) -> bool:
    """Tell whether a rate is divided by the size of the batch, as a summed loss wants it."""
    rate = setting(source, optimizer, 1, "lr")
    value = written(source, *rate) if rate is not None else None
    by_batch = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)
    return by_batch and "batch" in ast.unparse(value.right).lower()  # type: ignore[union-attr]


def _divides_gradients(action: Action) -> bool:
    """Tell whether an action scales gradients by hand: p.grad.div_(n), p.grad /= n."""
    if action.is_call:
        return action.word in ("div_", "mul_") and action.receiver.endswith(".grad")
    return action.word in ("/=", "*=") and action.receiver.endswith(".grad")


def _summed(source: Source, backward: Action) -> Spot | None:
    """Return the loss that goes backward where it is a sum."""
    loss, scope, place = loss_of(backward), backward.call.scope, backward.event.place
    line = backward.call.node.lineno
    for _ in range(4):
        last = _only_value(source, loss, scope, place)
        if last is None:
            break
        for term in terms_of(last.value):
            kl = _mean_divergence(source, term, scope, line)
            if kl is not None:
                return kl
        if last.element is not None:
            break
        loss, place = last.value, last.place
    given = loss_of(backward)
    found = _Search(source, line, backward.place.loops).of(given, scope, backward.event.place)
    if found is not None or given is None:
        return found
    mixed = sum_beside_mean(source, given, scope, backward.event.place)
    if mixed is None:
        return None
    saw = (
        f"this term is summed over the batch, and is added to one that is averaged (line "
        f"{mixed[1]}), in the loss that goes backward on line {line}"
    )
    return Spot(mixed[0], saw)


def _only_value(
    source: Source, loss: ast.expr | None, scope: Scope, place: Place
) -> Assignment | None:
    """Return what a name was given last, None where it is changed by an operator as well."""
    if not isinstance(loss, (ast.Name, ast.Attribute)):
        return None
    given = [a for a in source.assignments.get(source.key(loss, scope), []) if a.scope is scope]
    last = source.last_value(loss, scope, place)
    return None if last is None or any(a.how != "=" for a in given) else last


class _Search:
    """Looks for the sum that a loss is. line: of its backward pass; loops: around it."""

    def __init__(self, source: Source, line: int, loops: tuple[Loop, ...]) -> None:
        self.source, self.line, self.loops = source, line, loops

    def of(self, loss: ast.expr | None, scope: Scope, place: Place, depth: int = 7) -> Spot | None:
        """Return where a value is a sum over the batch."""
        if loss is None or depth == 0:
            return None
        if isinstance(loss, (ast.Name, ast.Attribute)):
            last = _only_value(self.source, loss, scope, place)
            if last is None:
                return self.added_up(loss, scope)
            if last.element is not None:
                made = function_run(self.source, last.value, scope)
                return self.result(made, last.element, depth) if made is not None else None
            return self.of(last.value, scope, last.place, depth - 1)
        if isinstance(loss, ast.UnaryOp) and isinstance(loss.op, ast.USub):
            return self.of(loss.operand, scope, place, depth - 1)
        if isinstance(loss, ast.BinOp) and isinstance(loss.op, ast.Pow):
            return self.spot(loss, self.is_norm(loss.left, scope, place))
        if isinstance(loss, ast.BinOp) and isinstance(loss.op, ast.Mult):
            for one, other in ((loss.left, loss.right), (loss.right, loss.left)):
                factor = number(self.source, one, scope)
                if factor is not None and factor >= HALF:
                    return self.of(other, scope, place, depth - 1)
        return self.of_call(loss, scope, place, depth) if isinstance(loss, ast.Call) else None

    def spot(self, node: ast.AST, found: bool) -> Spot | None:
        """Return a spot at `node` where something was found there."""
        saw = (
            f"losses of single items are summed, not averaged, and go backward on line {self.line}"
        )
        return Spot(node, saw) if found else None

    def of_call(self, loss: ast.Call, scope: Scope, place: Place, depth: int) -> Spot | None:
        """Return where the value of a call is a sum over the batch."""
        name = self.source.name(loss.func, scope)
        if name == "sum" and len(loss.args) == 1:
            return self.spot(loss, self.is_over_batch(loss.args[0], scope, place))
        if name == "torch.einsum" and len(loss.args) == 3:
            whole = word(self.source, loss.args[0], scope) or ""
            sides = [_is_single(self.source, each, scope, place) for each in loss.args[1:]]
            return self.spot(loss, whole.replace(" ", "").endswith("->") and any(sides))
        inner = None
        if name == "torch.sum" and len(loss.args) == 1:
            inner = loss.args[0]
        elif isinstance(loss.func, ast.Attribute) and loss.func.attr == "sum" and not loss.args:
            inner = loss.func.value
        elif name in ("torch.square", "torch.pow") and loss.args:
            return self.spot(loss, self.is_norm(loss.args[0], scope, place))
        elif isinstance(loss.func, ast.Attribute) and loss.func.attr in ("square", "pow"):
            return self.spot(loss, self.is_norm(loss.func.value, scope, place))
        if inner is not None:
            return self.spot(loss, not loss.keywords and self.is_sum_of(inner, scope, place))
        how, built = reduction(self.source, loss, scope)
        if how == "sum" and built is not None:
            saw = f"the loss is a sum, and goes backward undivided on line {self.line}"
            return Spot(built, saw)
        made = function_run(self.source, loss, scope)
        return self.result(made, None, depth) if made is not None else None

    def result(self, function: Scope, element: int | None, depth: int) -> Spot | None:
        """Return where the result of a function, or an element of it, is a sum."""
        if len(function.returns) != 1:
            return None
        value, place = function.returns[0]
        if element is not None:
            parts = value.elts if isinstance(value, ast.Tuple) else []
            if element >= len(parts):
                return None
            value = parts[element]
        return self.of(value, function, place, depth - 1)

    def is_sum_of(self, inner: ast.expr, scope: Scope, place: Place) -> bool:
        """Tell whether what is summed is the losses of single items."""
        listed = inner.args[0] if _is_stack(self.source, inner, scope) else None  # type: ignore[attr-defined]
        if listed is not None:
            return self.is_over_batch(listed, scope, place)
        return _is_single(self.source, inner, scope, place)

    def is_norm(self, value: ast.expr, scope: Scope, place: Place) -> bool:
        """Tell whether a value is the norm, over all there is, of a difference."""
        if not isinstance(value, ast.Call) or getattr(value.func, "attr", "") not in _NORMS:
            return False
        given = [*value.args]
        if not self.source.name(value.func, scope):
            given = [value.func.value, *given]  # type: ignore[attr-defined]
        if getattr(value.func, "attr", "") == "dist":
            return len(given) == 2 and not value.keywords
        inner = given[0] if len(given) == 1 and not value.keywords else None
        last = _only_value(self.source, inner, scope, place)
        inner = last.value if last is not None else inner
        return isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub)

    def is_over_batch(self, values: ast.expr, scope: Scope, place: Place) -> bool:
        """Tell whether values are listed one for each item of the batch of the training loop."""
        last = _only_value(self.source, values, scope, place)
        values = last.value if last is not None else values
        if not isinstance(values, (ast.ListComp, ast.GeneratorExp)) or len(values.generators) > 1:
            return False
        return not _is_share(values.elt) and self.is_batch(values.generators[0].iter, scope)

    def is_batch(self, over: ast.expr, scope: Scope) -> bool:
        """Tell whether what is looped over is the batch that the training loop gives, or parts."""
        word = getattr(over.func, "id", "") if isinstance(over, ast.Call) else ""
        if word in ("zip", "enumerate", "list") and isinstance(over, ast.Call):
            return bool(over.args) and all(self.is_batch(each, scope) for each in over.args)
        given = self.source.assignments.get(self.source.key(over, scope), ())
        return bool(given) and all(a.how == "for" and a.node in self.loops for a in given)

    def added_up(self, loss: ast.expr, scope: Scope) -> Spot | None:
        """Return where a loss is added up over the items of the batch, and never divided."""
        key = self.source.key(loss, scope)
        given = [a for a in self.source.assignments.get(key, []) if a.scope is scope]
        adds = [a for a in given if a.how == "+="]
        begins = [a for a in given if a.how == "=" and number(self.source, a.value, scope) == 0]
        if len(adds) != 1 or len(begins) + 1 != len(given) or _is_share(adds[0].value):
            return None
        around = [loop for loop in adds[0].place.loops if loop not in self.loops]
        over = taken_from(around[0]) if len(around) == 1 else None
        return self.spot(adds[0].node, over is not None and self.is_batch(over, scope))


_NORMS = frozenset({"norm", "vector_norm", "matrix_norm", "dist"})


def _is_share(value: ast.expr) -> bool:
    """Tell whether a value is divided, or weighted by something."""
    return isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Div, ast.Mult))


def _is_stack(source: Source, value: ast.expr, scope: Scope) -> bool:
    name = source.name(value.func, scope) if isinstance(value, ast.Call) else ""
    return name in ("torch.stack", "torch.cat") and bool(value.args)  # type: ignore[attr-defined]


def _is_single(source: Source, inner: ast.expr, scope: Scope, place: Place) -> bool:
    """Tell whether a value is the losses of single items, masked and picked as may be."""
    last = _only_value(source, inner, scope, place)
    inner = last.value if last is not None else inner
    if isinstance(inner, ast.UnaryOp):
        inner = inner.operand
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult):
        for one, other in ((inner.left, inner.right), (inner.right, inner.left)):
            if _is_mask(source, other, scope, place):
                return _is_single(source, one, scope, place)
    if isinstance(inner, ast.Subscript) and _is_mask(source, inner.slice, scope, place):
        return _is_single(source, inner.value, scope, place)
    picked = _picked_by_mask(source, inner, scope, place)
    if picked is not None:
        return _is_single(source, picked, scope, place)
    method = getattr(inner.func, "attr", "") if isinstance(inner, ast.Call) else ""
    if method in ("sum", "view", "flatten", "reshape") and not source.name(inner.func, scope):  # type: ignore[attr-defined]
        return _is_single(source, inner.func.value, scope, place)  # type: ignore[attr-defined]
    if _is_picked(source, inner, scope, place) or _is_difference(source, inner, scope, place):
        return True
    return reduction(source, inner, scope)[0] == "none"


def _picked_by_mask(source: Source, inner: ast.expr, scope: Scope, place: Place) -> ast.expr | None:
    """Return of what a call leaves some out: ce.masked_fill(mask, 0), torch.where(mask, ce, 0)."""
    if not isinstance(inner, ast.Call):
        return None
    named = source.name(inner.func, scope).startswith("torch.")
    given = inner.args if named else [getattr(inner.func, "value", inner), *inner.args]
    word = getattr(inner.func, "attr", "")
    if word in ("masked_fill", "masked_select") and len(given) > 1:
        return given[0] if _is_mask(source, given[1], scope, place) else None
    if word == "where" and named and len(given) == 3 and _is_mask(source, given[0], scope, place):
        zero = "zeros" in ast.unparse(given[2]) or number(source, given[2], scope) == 0
        return given[1] if zero else None
    return None


def _is_picked(source: Source, inner: ast.expr, scope: Scope, place: Place) -> bool:
    """Tell whether a value is the log-probability that each row gives to one class."""
    rows = isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Tuple)
    if not rows or not re.search(r"arange|range", ast.unparse(inner.slice)):  # type: ignore[attr-defined]
        return False
    made = origin(source, inner.value, scope, place)  # type: ignore[attr-defined]
    return made is not None and made.operation == "log_softmax"


def _is_mask(source: Source, value: ast.expr, scope: Scope, place: Place) -> bool:
    """Tell whether a value says which items count: made by a comparison, or so named."""
    last = _only_value(source, value, scope, place)
    made = last.value if last is not None else value
    if isinstance(made, ast.BinOp):
        return False  # mask / mask.sum() is a weight
    compared = any(isinstance(node, (ast.Compare, ast.Invert)) for node in ast.walk(made))
    return compared or re.search(r"mask|keep|valid|pad", ast.unparse(value)) is not None


def _mean_divergence(source: Source, term: ast.expr, scope: Scope, line: int) -> Spot | None:
    """Return a KL divergence that is averaged over classes too."""
    how, built = reduction(source, term, scope)
    name = source.name(built.func, scope).rpartition(".")[2] if built is not None else ""
    if name not in ("KLDivLoss", "kl_div") or how not in ("mean", DEFAULT) or built is None:
        return None
    by = 'reduction="mean"' if how == "mean" else "the default reduction"
    saw = (
        f"{by} divides this divergence by the classes as well (line {line}): "
        '"batchmean" is what is meant'
    )
    return Spot(built, saw)


def _is_difference(source: Source, inner: ast.expr, scope: Scope, place: Place) -> bool:
    """Tell whether a value is the squared or absolute difference of two."""
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow):
        inner = inner.left
    elif isinstance(inner, ast.Call) and getattr(inner.func, "attr", "") in _EVEN:
        given = inner.args[0] if source.name(inner.func, scope) and inner.args else None
        inner = given if given is not None else getattr(inner.func, "value", inner)
    else:
        return False
    last = _only_value(source, inner, scope, place)
    inner = last.value if last is not None else inner
    return isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub)


_EVEN = frozenset({"abs", "square", "pow"})
