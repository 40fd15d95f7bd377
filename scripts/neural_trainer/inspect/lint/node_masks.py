"""Losses over all nodes of a graph whose masks say which of them are for training."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.deeds import loss_of
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.summands import summands
from neural_trainer.inspect.lint.training_loops import TrainingLoop

_MASKS = re.compile(r"\.test_mask\b|['\"]test_mask['\"]|\{\w+\}_mask")
_PICKED = re.compile(r"mask|idx|(?<!edge_)index|ignore|none|batch_size")


def losses_of_all_nodes(source: Source, loop: TrainingLoop) -> Iterator[ast.Call]:
    """Yield each loss that takes the labels of a whole graph, of a file that masks those of test.

    The labels are data.y as it comes, and the predictions those of a model that is given the graph.
    """
    if not _MASKS.search(source.text):
        return
    for backward in loop.backwards:
        loss, call = loss_of(backward), backward.call
        for term in summands(source, loss, call.scope, call.place) if loss is not None else ():
            node = term.expr
            if isinstance(node, ast.Call) and _is_of_all(source, node, term.scope):
                yield node


def _is_of_all(source: Source, loss: ast.Call, scope: Scope) -> bool:
    """Tell whether a loss is of model(x) and data.y, neither of which is picked from."""
    if len(loss.args) < 2 or _PICKED.search(_code_of(loss, scope)):
        return False
    target, output = loss.args[1], loss.args[0]
    if not isinstance(target, ast.Attribute) or target.attr != "y":
        return False
    graph = ast.unparse(target.value)
    masked = re.search(rf"{re.escape(graph)}(?:\.test_mask\b|\[f?['\"][^'\"]*_mask)", source.text)
    values = [output] if isinstance(output, ast.Call) else []
    if isinstance(output, ast.Name):
        values = [item.value for item in source.assignments.get(source.key(output, scope), ())]  # type: ignore[misc]
    runs = [each for each in values if isinstance(each, ast.Call)]
    given = [ast.unparse(a) for run in runs for a in run.args]
    whole = any(text == graph or text.startswith(f"{graph}.") for text in given)
    return masked is not None and len(runs) == len(values) == 1 and whole


def _code_of(loss: ast.Call, scope: Scope) -> str:
    """Return the loss and the function around it as text, where masks would be put on."""
    body = scope.node if scope.is_function else loss
    return ast.unparse(body)
