"""Gradients of several batches are added up, and the loss is not divided by their number.

Look: a loop that goes backward with every batch and steps and clears only every
N (if step % N == 0), or an inner loop over micro-batches, the pieces of a split
batch, a group of batches or batches that it draws; the loss goes backward as the
average that it was made as.

Reason: a mean over each batch, added N times, is N times the mean over all: the
rate of SGD is N times what the config says, clipping bites N times too early,
and a change of N changes the training.

Fix: (loss / N).backward().

Not reported: a loss that is divided, scaled or weighted on the way, or by Accelerate; gradients
that are divided before the step; a loss summed, not averaged.

Sources: PyTorch documentation, Automatic Mixed Precision examples (gradient
accumulation); Hugging Face 2024, Fixing Gradient Accumulation.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.averages import is_average
from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import is_every_nth, loss_of
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.origins import Origin, origin
from neural_trainer.inspect.lint.roles import ENGINE, LOSS, MODEL, role
from neural_trainer.inspect.lint.scope import head_of, taken_from
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import TrainingLoop, training_loops

ID = "accumulation-not-divided"
CAUSE = "accumulation-not-normalised"
_ACCUMULATES = re.compile(r"accum|micro|chunk|shard|envs\b|env in|(?:\.|tensor_)split\(", re.I)


def find(source: Source) -> list[Spot]:
    """Return each backward pass of a loss that should be divided."""
    return [spot for loop in training_loops(source) for spot in _of_loop(source, loop)]


def _of_loop(source: Source, loop: TrainingLoop) -> list[Spot]:
    if any(not a.is_call and a.word in ("/=", "*=") and "grad" in a.receiver for a in loop.actions):
        return []
    if any(a.is_call and a.word in ("div_", "mul_") for a in loop.actions):
        return []
    spots = []
    for backward in loop.backwards:
        if _divides_by_itself(source, backward):
            continue
        every = _every(source, loop, backward) or _inner(loop, backward)
        if every and _is_whole_loss(source, backward, loop):
            saw = f"gradients add up over {every}, and the loss is not divided by their number"
            spots.append(Spot(backward.call.node, saw))
    return spots


def _divides_by_itself(source: Source, backward: Action) -> bool:
    """Tell whether an engine may divide: Accelerate does where it is told over how many batches."""
    receiver, scope = backward.call.receiver, backward.call.scope
    if receiver is None or role(source, receiver, scope) != ENGINE:
        return False
    built = [(v, at) for v, at, index in source.values(receiver, scope) if index is None]
    calls = [(v, at) for v, at in built if isinstance(v, ast.Call)]
    told = any(k.arg is None or "accumulation" in k.arg for v, _ in calls for k in v.keywords)
    known = len(calls) == len(built) > 0 and all(source.name(v.func, at) for v, at in calls)
    return told or not known


def _every(source: Source, loop: TrainingLoop, backward: Action) -> str:
    """Return the condition under which alone all optimizers step and are cleared."""
    tests = []
    for action in (*loop.steps, *(z for z in loop.zeros if z.is_call)):
        own = [b for b in action.place.branches if b not in backward.place.branches]
        tested = [node for node, arm in own if isinstance(node, ast.If)]
        tested += _skips(loop.loop, backward, action)
        counted = [
            node
            for node in tested
            if is_every_nth(_worked_out(source, node, action)) or _is_counter(loop, node)
        ]
        if not counted:
            return ""
        tests.append(ast.unparse(counted[0].test))
    return f"batches (the step waits for {tests[0]})" if tests and loop.zeros else ""


def _skips(loop: ast.AST, backward: Action, later: Action) -> list[ast.If]:
    """Return the conditions between two actions of a loop that end its pass: if ...: continue."""
    begin, end = backward.event.node.lineno, later.event.node.lineno
    return [
        each
        for each in getattr(loop, "body", [])
        if isinstance(each, ast.If)
        and begin < each.lineno < end
        and isinstance(each.body[-1], ast.Continue)
    ]


def _worked_out(source: Source, node: ast.If, action: Action) -> ast.expr:
    """Return a condition, or what it was worked out as before: last = (i + 1) % n == 0."""
    scope, test = action.event.scope, node.test
    test = test.operand if isinstance(test, ast.UnaryOp) else test
    if not isinstance(test, ast.Name):
        return node.test
    last = source.last_value(test, scope, action.event.place)
    return last.value if last is not None else node.test


def _is_counter(loop: TrainingLoop, node: ast.If) -> bool:
    """Tell whether a condition is of a counter that goes up in the loop and is set to 0 in it."""
    raised = {a.receiver for a in loop.actions if not a.is_call and a.word == "+="}
    reset = {
        a.receiver
        for a in loop.actions
        if not a.is_call and a.word == "=" and (node, "then") in a.place.branches
    }
    names = {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}
    return bool({key.partition(":")[2] for key in raised & reset} & names)


def _inner(loop: TrainingLoop, backward: Action) -> str:
    """Return the loop over micro-batches that goes backward between one step and the next."""
    deeper = backward.place.loops[backward.place.loops.index(loop.loop) + 1 :]
    head = head_of(deeper[-1]) if deeper else ""
    if not head or not loop.zeros:
        return ""
    if any(deeper[-1] in a.place.loops for a in (*loop.steps, *loop.zeros)):
        return ""
    over = taken_from(deeper[-1])
    draws = any(isinstance(n, ast.Call) and _word(n) == "next" for n in ast.walk(deeper[-1]))
    chunk = over is not None and _is_chunk(over, loop.loop)
    shown = ast.unparse(over) if over is not None else head
    found = draws or chunk or _ACCUMULATES.search(shown) or _slices(deeper[-1])
    return f"the passes of {shown}" if found else ""


def _slices(loop: ast.AST) -> bool:
    """Tell whether a loop cuts a batch into pieces: for i in range(0, len(x), n): x[i : i + n]."""
    over = taken_from(loop)
    if not isinstance(over, ast.Call) or _word(over) != "range" or len(over.args) != 3:
        return False
    target = ast.unparse(getattr(loop, "target", over))
    cuts = (n for n in ast.walk(loop) if isinstance(n, ast.Slice) and n.lower is not None)
    return any(ast.unparse(n.lower) == target for n in cuts if n.lower is not None)


def _word(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _is_chunk(over: ast.expr, outer: ast.AST) -> bool:
    """Tell whether a loop goes over a group of batches that the loop around it was given."""
    around = taken_from(outer)
    grouped = around is not None and any(
        isinstance(node, ast.Call) and _GROUPS.search(_word(node)) for node in ast.walk(around)
    )
    bound = {n.id for n in ast.walk(getattr(outer, "target", outer)) if isinstance(n, ast.Name)}
    names = {node.id for node in ast.walk(over) if isinstance(node, ast.Name)}
    return grouped and bool(names & bound)


_GROUPS = re.compile(r"batched|chunk|group|window")


def _is_whole_loss(source: Source, backward: Action, loop: TrainingLoop) -> bool:
    """Tell whether what goes backward is what a loss function or a model gave, as it gave it."""
    loss = loss_of(backward)
    key = backward.key(source, loss)
    changed = any(
        not a.is_call and a.receiver == key and a.word != "=" for a in loop.actions if key
    )
    if loss is None or changed:
        return False
    call = backward.call
    if isinstance(loss, ast.Attribute) and loss.attr == "loss":
        return True
    if isinstance(loss, ast.Name):
        last = source.last_value(loss, call.scope, call.place)
        if last is not None and isinstance(last.value, ast.Attribute) and last.value.attr == "loss":
            return True
    if isinstance(loss, ast.Name):
        last = source.last_value(loss, call.scope, call.place)
        value = last.value if last is not None and last.element is None else None
        at = Origin("", loss, call.scope, call.place)
        function = source.defined(value.func, call.scope) if isinstance(value, ast.Call) else None
        if function is not None and function.is_function and len(function.returns) == 1:
            value, at = function.returns[0].value, at._replace(scope=function)
        if isinstance(value, ast.BinOp) and _is_sum_of_means(source, value, at):
            return True
    made = origin(source, loss, call.scope, call.place)
    if made is not None and _is_mean(source, made, loss):
        return True
    return is_average(source, loss, call.scope, call.place)


def _is_sum_of_means(source: Source, expr: ast.expr, at: Origin) -> bool:
    """Tell whether a value is the sum of losses, some with a constant factor."""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Add, ast.Sub)):
        sides = (expr.left, expr.right)
        return all(_is_sum_of_means(source, side, at) for side in sides)
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Mult):
        if isinstance(expr.left, ast.Constant):
            return _is_sum_of_means(source, expr.right, at)
        return False
    if isinstance(expr, ast.UnaryOp):
        return _is_sum_of_means(source, expr.operand, at)
    made = origin(source, expr, at.scope, at.place)
    return made is not None and _is_mean(source, made, expr)


def _is_mean(source: Source, made: Origin, loss: ast.expr) -> bool:
    if isinstance(made.node, ast.BinOp) or made.operation == "mean":
        return made.operation == "mean"
    if not isinstance(made.node, ast.Call):
        return False
    if any("sum" in ast.unparse(keyword.value) for keyword in made.node.keywords):
        return False
    name = source.name(made.node.func, made.scope)
    if name.startswith("torch.nn.functional."):
        return name.endswith(("loss", "entropy", "with_logits"))
    part = role(source, made.node.func, made.scope)
    return part == LOSS or (part == MODEL and isinstance(loss, ast.Name) and loss.id == "loss")
