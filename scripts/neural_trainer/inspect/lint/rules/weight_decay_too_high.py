"""Weight decay is far above what is used: it outweighs the loss.

Look: weight_decay of 1 or more for AdamW and its kind, which decay apart from
the gradient (10 for Lion), or in the arguments of a Hugging Face trainer; 0.1
or more for SGD, Adam and others, where it is added to the gradient. The same by
hand: a price of 0.05 or more on the squared weights in the loss, or weights of
which each step takes off a hundredth or more.

Reason: the weights shrink towards zero faster than the loss can move them. The
training loss stays high and the weight norm falls.

Fix: 0.01 to 0.1 for AdamW, 1e-4 to 5e-4 for SGD; tune it on a logarithmic scale.

Not reported: values that another file gives; weights of no known optimizer; up to a
hundred times as much beside a loss that is summed over the batch.

Sources: Loshchilov & Hutter 2019, arXiv 1711.05101; He et al. 2016, arXiv
1512.03385, section 3.4 (1e-4); Brown et al. 2020, arXiv 2005.14165 (0.1);
Chen et al. 2023, arXiv 2302.06675, section 5 (Lion: three to ten times more).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loss_calls import reduction
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.scope import Call, Scope, bound_arguments
from neural_trainer.inspect.lint.settings import number, setting, written
from neural_trainer.inspect.lint.shrunken_weights import Shrinking, is_squared_norm, shrinkings
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops

ID = "weight-decay-too-high"
CAUSE = "weight-decay-too-high"
_SETTINGS = ("TrainingArguments", "Seq2SeqTrainingArguments", "SFTConfig", "DPOConfig")
_APART = re.compile(r"AdamW|NAdamW|Muon|LAMB|Lamb|Adafactor|LARS|Sophia|AdEMAMix")


def find(source: Source) -> list[Spot]:
    """Return each optimizer that decays weights too fast."""
    spots = []
    for call in optimizer_calls(source):
        word = source.called_name(call).rpartition(".")[2]
        most = 10.0 if word.startswith("Lion") else 1.0 if _APART.search(word) else _MOST_COUPLED
        most *= _MOST_SUMMED if most == _MOST_COUPLED and _sums_loss(source) else 1
        options = optimizer_options(source, call, "weight_decay")
        values = [(value, each) for each in options if (value := number(source, *each)) is not None]
        decay, stands = max(values, key=lambda pair: pair[0], default=(0.0, None))
        if decay >= most and stands is not None:
            saw = f"weight_decay={decay:g}{_elsewhere(source, call, *stands)} for {word}: "
            node = _builder_called(source, call, *stands)
            spots.append(Spot(node, f"{saw}{most:g} and more outweighs the loss"))
    for call in source.called(*_SETTINGS):
        given = setting(source, call, 99, "weight_decay")
        decay = number(source, *given) or 0.0 if given is not None else 0.0
        if decay >= 1.0:
            saw = f"weight_decay={decay:g} for the AdamW of {call.word}: it outweighs the loss"
            spots.append(Spot(call.node, saw))
    return spots + list(_by_penalty(source)) + list(_by_hand(source))


def _elsewhere(source: Source, call: Call, decay: ast.expr, scope: Scope) -> str:
    """Say where a decay is written down, "" where that is in the call itself."""
    line = written(source, decay, scope).lineno
    inside = range(call.node.lineno, (call.node.end_lineno or 0) + 1)
    return "" if line in inside else f" (line {line})"


def _builder_called(source: Source, call: Call, decay: ast.expr, scope: Scope) -> ast.Call:
    """Return the one call that gives a function its decay which builds the optimizer with it."""
    inside = isinstance(decay, ast.Name) and decay.id in scope.parameters and scope.is_function
    callers = source.callers.get(scope.number, []) if inside and not scope.is_method else []
    given = bound_arguments(scope, callers[0]) if len(callers) == 1 else {}
    handed = isinstance(decay, ast.Name) and decay.id in given
    return callers[0].node if handed and callers[0].scope is not scope else call.node


def _sums_loss(source: Source) -> bool:
    """Tell whether a training loop sums its loss: gradients are as many times as large."""
    return any(
        reduction(source, action.call.node, action.call.scope)[0] == "sum"
        for loop in training_loops(source)
        for action in loop.actions
        if action.is_call
    )


def _by_penalty(source: Source) -> Iterator[Spot]:
    """Yield each squared norm of all parameters that is added to a loss at a high price.

    The price times two is what weight_decay of SGD would be.
    """
    seen: set[int] = set()
    for loop in training_loops(source) if "parameters()" in source.text else ():
        scopes = {a.event.scope.number: a.event.scope for a in loop.actions if a.via}
        code: list[tuple[ast.AST, Scope]] = [(loop.loop, loop.scope)]
        code += [(scope.node, scope) for scope in scopes.values()]
        for product, scope in _products(code):
            for price, norm in ((product.left, product.right), (product.right, product.left)):
                value = number(source, price, scope)
                high = value is not None and 2 * value >= _MOST_COUPLED
                if high and id(product) not in seen and is_squared_norm(source, norm, scope):
                    seen.add(id(product))
                    saw = f"{value:g} times the squared weights in the loss outweighs the rest"
                    yield Spot(product, saw)


def _products(code: list[tuple[ast.AST, Scope]]) -> Iterator[tuple[ast.BinOp, Scope]]:
    """Yield each product that is no part of another product or quotient."""
    for root, scope in code:
        products = [
            node
            for node in ast.walk(root)
            if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div))
        ]
        inner = {id(side) for node in products for side in (node.left, node.right)}
        for node in products:
            if id(node) not in inner and isinstance(node.op, ast.Mult):
                yield node, scope


def _by_hand(source: Source) -> Iterator[Spot]:
    """Yield what makes each weight smaller by a hundredth or more at every step."""
    for shrinking in shrinkings(source) if training_loops(source) else ():
        taken = number(source, shrinking.share, shrinking.scope)
        if taken is None or taken < _MOST_A_STEP:
            continue
        line = shrinking.node.lineno
        node = _decided_by(source, shrinking)
        where = f" (line {line})" if node.lineno != line else ""
        yield Spot(node, f"every step leaves {1 - taken:g} of each weight{where}")


def _decided_by(source: Source, shrinking: Shrinking) -> ast.expr | ast.stmt:
    """Return the one call that says how much a function takes off, else what takes it off."""
    callers = source.callers.get(shrinking.scope.number, [])
    if len(callers) != 1:
        return shrinking.node
    names = {n.id for n in ast.walk(shrinking.share) if isinstance(n, ast.Name)}
    given = set(bound_arguments(shrinking.scope, callers[0]))
    return callers[0].node if names & given else shrinking.node


_MOST_COUPLED = 0.1
_MOST_SUMMED = 100  # times as much where a batch of as many items and more is summed up
_MOST_A_STEP = 0.01  # weights are down to a third after 100 steps
