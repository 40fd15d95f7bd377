"""The logarithm is taken of a softmax, where log_softmax would be exact.

Look: torch.log(p) or p.log(), log2, log10 and xlogy, with or without a small
number added, where p was made by softmax or nn.Softmax, is the probs of a
Categorical made of logits, or is written out as exp(x) over the sum of exp(x).

Reason: a probability below 1e-38 (float32; 6e-8 in float16) is 0, its log -inf,
and the gradient NaN. A number added inside keeps it finite and bends the
gradient where it matters most.

Fix: log_softmax(logits, dim), or cross_entropy on the logits.

Not reported: a softmax that was clamped, masked or mixed with another before
the log; a log of anything else.

Sources: PyTorch documentation, torch.nn.functional.log_softmax (doing the two
separately is slower and numerically unstable).
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.origins import Origin, origin
from neural_trainer.inspect.lint.scope import Call
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source

ID = "log-of-softmax"
CAUSE = "log-of-zero"
_LOGS = frozenset({
    "torch.log", "torch.special.log", "torch.log2", "torch.log10", "torch.xlogy",
    "torch.special.xlogy",
})  # fmt: skip
_SMALL = 1e-3  # what is added to a probability so that its log is finite; larger is a mixture


def find(source: Source) -> list[Spot]:
    """Return each logarithm of a softmax."""
    if not re.search(r"oftmax|exp\b|Categorical", source.text):
        return []
    spots = []
    for call in source.called("log", "log_", "log2", "log10", "xlogy"):
        name = source.called_name(call)
        if name in _LOGS:
            given = call.argument(int(call.word == "xlogy"), "input")
        elif not name and call.receiver is not None and not call.node.args:
            given = call.receiver
        else:
            continue
        made = _softmax(source, given, call) if given is not None else None
        if made is not None and made.operation == "softmax":
            saw = f"this is the log of what softmax made on line {made.node.lineno}"
            spots.append(Spot(call.node, saw))
    return spots


def _softmax(source: Source, given: ast.expr, call: Call) -> Origin | None:
    if isinstance(given, ast.BinOp) and isinstance(given.op, ast.Add):
        for one, other in ((given.left, given.right), (given.right, given.left)):
            if _is_small(source, other, call):
                return origin(source, one, call.scope, call.place)
        return None
    return origin(source, given, call.scope, call.place)


def _is_small(source: Source, expr: ast.expr, call: Call) -> bool:
    value = number(source, expr, call.scope)
    if value is not None:
        return 0 < value <= _SMALL
    return re.search(r"eps|tiny", ast.unparse(expr).lower()) is not None
