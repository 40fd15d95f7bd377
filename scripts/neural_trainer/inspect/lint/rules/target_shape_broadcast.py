"""Predictions of shape (n, 1) meet targets of shape (n,): each is set against all.

Look: mse_loss, l1_loss, smooth_l1_loss or huber_loss, their modules, or the mean of
a squared difference, where one side is a column, such as the output of a
Linear(k, 1) or the last columns of a table, and the other is flat, both in sight; a
target is flat as well where this file sets a flattened prediction against the same
part of a batch elsewhere, as evaluations do.

Reason: (n, 1) - (n,) broadcasts to (n, n). The loss then pulls every prediction
to the mean of all targets; torch warns once and goes on.

Fix: pred.squeeze(-1), or target.unsqueeze(-1): the same shape on both sides.

Not reported: shapes that code out of sight gives; losses that raise instead,
such as binary_cross_entropy.

Sources: PyTorch documentation, torch.nn.MSELoss (same shape as the input);
Broadcasting semantics.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.columns import FLAT, TABLE, column_or_flat
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loss_calls import loss_calls
from neural_trainer.inspect.lint.scope import Call, Place, Scope
from neural_trainer.inspect.lint.source import Source

ID = "target-shape-broadcast"
CAUSE = "target-shape-broadcast"
_LOSSES = (
    ("mse_loss", "MSELoss"),
    ("l1_loss", "L1Loss"),
    ("smooth_l1_loss", "SmoothL1Loss"),
    ("huber_loss", "HuberLoss"),
    ("poisson_nll_loss", "PoissonNLLLoss"),
)


def find(source: Source) -> list[Spot]:
    """Return each loss of a column against a flat batch."""
    spots = []
    for node, first, second, scope, place in _compared(source):
        shapes = [column_or_flat(source, side, scope, place) for side in (first, second)]
        if all(shapes) and shapes[0] != shapes[1] and FLAT in shapes:
            end = "they broadcast to (n, n)"
            if TABLE in shapes:
                end = "where k is 1 they broadcast to (n, n)"
            saw = (
                f"{ast.unparse(first)[:40]} is {shapes[0]} and {ast.unparse(second)[:40]} is "
                f"{shapes[1]}: {end}"
            )
            spots.append(Spot(node, saw))
    return spots


def _compared(source: Source) -> Iterator[tuple[ast.AST, ast.expr, ast.expr, Scope, Place]]:
    """Yield what is compared: the two sides of each loss."""
    for function, module in _LOSSES:
        for call in loss_calls(source, function, module):
            first, second = call.argument(0, "input"), call.argument(1, "target")
            if first is not None and second is not None:
                yield call.node, first, second, call.scope, call.place
    for call in source.called("mean", "sum"):
        given = call.receiver if not call.node.args else call.node.args[0]
        given = _value(source, given, call)
        inner = given.left if isinstance(given, ast.BinOp) else None
        if isinstance(given, ast.Call) and getattr(given.func, "attr", "") in (
            "pow",
            "square",
            "abs",
        ):
            inner = given.args[0] if source.called_name(call) and given.args else None
            inner = inner or getattr(given.func, "value", None)
        inner = _value(source, inner, call)
        squares = isinstance(given, ast.Call) or (
            isinstance(given, ast.BinOp) and isinstance(given.op, ast.Pow)
        )
        if squares and isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub):
            yield call.node, inner.left, inner.right, call.scope, call.place


def _value(source: Source, expr: ast.expr | None, call: Call) -> ast.expr | None:
    """Return what a variable holds that is handed to a call, any other expression itself."""
    last = source.last_value(expr, call.scope, call.place) if isinstance(expr, ast.Name) else None
    return last.value if last is not None and last.element is None else expr
