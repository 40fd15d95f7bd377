"""Weight decay is far above what is used: it outweighs the loss.

Look: weight_decay of 1 or more for AdamW and its kind, which decay apart from
the gradient (10 for Lion), or in the arguments of a Hugging Face trainer; 0.1
or more for SGD, Adam and others, where it is added to the gradient. The same by
hand: a price of 0.05 or more on the squared weights in the loss, or weights that
each step makes smaller by a hundredth or more.

Reason: the weights shrink towards zero faster than the loss can move them. The
training loss stays high and the weight norm falls.

Fix: 0.01 to 0.1 for AdamW, 1e-4 to 5e-4 for SGD; tune it on a logarithmic scale.

Not reported: values that another file gives; weights of no known optimizer.

Sources: Loshchilov & Hutter 2019, arXiv 1711.05101; He et al. 2016, arXiv
1512.03385, section 3.4 (1e-4); Brown et al. 2020, arXiv 2005.14165 (0.1);
Chen et al. 2023, arXiv 2302.06675, section 5 (Lion: three to ten times more).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.optimizer_builds import optimizer_calls, optimizer_options
from neural_trainer.inspect.lint.scope import Scope, taken_from
from neural_trainer.inspect.lint.settings import number, setting
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
        most = 10.0 if word.startswith("Lion") else 1.0 if _APART.search(word) else 0.1
        values = [number(source, *g) for g in optimizer_options(source, call, "weight_decay")]
        decay = max((v for v in values if v is not None), default=0.0)
        if decay >= most:
            saw = f"weight_decay={decay:g} for {word}: {most:g} and more outweighs the loss"
            spots.append(Spot(call.node, saw))
    for call in source.called(*_SETTINGS):
        given = setting(source, call, 99, "weight_decay")
        decay = number(source, *given) or 0.0 if given is not None else 0.0
        if decay >= 1.0:
            saw = f"weight_decay={decay:g} for the AdamW of {call.word}: it outweighs the loss"
            spots.append(Spot(call.node, saw))
    return spots + list(_by_penalty(source)) + list(_by_hand(source))


def _by_penalty(source: Source) -> Iterator[Spot]:
    """Yield each squared norm of all parameters that is added to a loss at a high price.

    The price times two is what weight_decay of SGD would be.
    """
    for loop in training_loops(source) if "parameters()" in source.text else ():
        for action in loop.actions:
            value = getattr(action.event, "value", None)
            for node in ast.walk(value) if isinstance(value, ast.BinOp) else ():
                if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
                    continue
                price = number(source, node.left, action.event.scope)
                high = price is not None and 2 * price >= _MOST_COUPLED
                if high and _is_squared_norm(source, node.right, action.event.scope):
                    saw = f"{price:g} times the squared weights in the loss outweighs the rest"
                    yield Spot(node, saw)


def _is_squared_norm(source: Source, expr: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression is the sum of the squares of all parameters of a model."""
    made = source.defined(expr.func, scope) if isinstance(expr, ast.Call) else None
    if made is not None and made.is_function and len(made.returns) == 1:
        expr = made.returns[0].value
    text = ast.unparse(expr)
    summed = isinstance(expr, ast.Call) and getattr(expr.func, "id", "") == "sum"
    return summed and bool(_SQUARES.search(text)) and "parameters()" in text


def _by_hand(source: Source) -> Iterator[Spot]:
    """Yield each p.mul_(1 - lr * decay) over parameters that takes a hundredth or more a step."""
    for call in source.called("mul_"):
        loop = call.place.loops[-1] if call.place.loops else None
        over = taken_from(loop) if loop is not None else None
        target = call.receiver.value if isinstance(call.receiver, ast.Attribute) else call.receiver
        owned = getattr(getattr(loop, "target", None), "id", "") == getattr(target, "id", None)
        whole = isinstance(over, ast.Call) and getattr(over.func, "attr", "") == "parameters"
        factor = call.argument(0)
        if not (owned and whole) or not isinstance(factor, ast.BinOp) or not training_loops(source):
            continue
        left = number(source, factor, call.scope)
        shrinks = isinstance(factor.op, ast.Sub) and number(source, factor.left, call.scope) == 1
        if left is not None and shrinks and left <= 1 - _MOST_A_STEP:
            callers = source.callers.get(call.scope.number, [])
            node = callers[0].node if len(callers) == 1 else call.node
            yield Spot(node, f"every step leaves {left:g} of each weight (line {call.node.lineno})")


_MOST_COUPLED = 0.1
_MOST_A_STEP = 0.01  # weights are down to a third after 100 steps
_SQUARES = re.compile(r"pow\(2(?:\.0)?\)|\*\* 2\b|square\(|norm\([^)]*\) \*\* 2")
