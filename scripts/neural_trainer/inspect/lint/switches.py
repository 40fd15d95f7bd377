"""What turns the gradients of parameters on or off: of a part of a model, or of some by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action
from neural_trainer.inspect.lint.deeds import run_over, said_by_caller
from neural_trainer.inspect.lint.name_tests import Parameter, holds
from neural_trainer.inspect.lint.scope import Assignment, Call, Event
from neural_trainer.inspect.lint.settings import truth
from neural_trainer.inspect.lint.source import SAME_OBJECT, Source


class Unknown(Exception):
    """What a switch does to a part cannot be told."""


def turned_on(source: Source) -> Iterator[Event]:
    """Yield what may turn parameters on: not what makes a tensor a leaf, nor what is off alone."""
    for call in source.called("requires_grad_"):
        given = call.argument(0, "requires_grad")
        off = given is not None and truth(source, given, call.scope) is False
        if not off and not _is_of_tensor(source, call):
            yield call
    for key, items in source.assignments.items():
        for item in items if key.endswith(".requires_grad") else ():
            if truth(source, item.value, item.scope) is not False:
                yield item


def _is_of_tensor(source: Source, call: Call) -> bool:
    """Tell whether a call is of a tensor that gradients are wanted of: a sum, or torch.rand()."""
    of = call.receiver
    if isinstance(of, ast.Name) and not call.place.loops:
        last = source.last_value(of, call.scope, call.place)
        of = last.value if last is not None else of
    if isinstance(of, ast.Call):
        same = isinstance(of.func, ast.Attribute) and of.func.attr in SAME_OBJECT
        return source.name(of.func, call.scope).startswith("torch.") or (
            not same and source.defined(of.func, call.scope) is None
        )
    return isinstance(of, (ast.BinOp, ast.Subscript)) and not call.place.loops


def effect_on(source: Source, action: Action, part: str) -> bool | None:
    """Return whether an action turns the weight of a part on or off; None: neither.

    Raises Unknown where its condition or its value is out of sight.
    """
    event, value = action.event, _value(action.event)
    if value is None:
        return None
    over = run_over(source, action)
    loop = event.place.loops[-1] if over else None
    whose = over or (action.receiver if isinstance(event, Call) else "")
    if not whose:
        if event.place.loops:
            raise Unknown
        return None
    if f"{whose}.".startswith((f"{part}.", f"{part}[")):
        if said_by_caller(source, action, value) is not True:
            raise Unknown  # it is what is meant
        return True
    elif part.startswith((f"{whose}.", f"{whose}[")):
        rest = part[len(whose) :].strip(".").replace("[", ".").replace("]", "")
    else:
        return None
    inside = [b for b in event.place.branches if loop is not None and b[0].lineno > loop.lineno]  # type: ignore[attr-defined]
    names = _names(source, loop, f"{rest}.weight") if loop is not None else {}
    for node, arm in inside:
        test = node.test if isinstance(node, ast.If) else None
        said = holds(source, test, event.scope, names) if test is not None else None
        if said is None:
            raise Unknown
        if said is not (arm == "then"):
            return None
    on = said_by_caller(source, action, value)
    on = holds(source, value, event.scope, names) if on is None else on
    if on is None:
        raise Unknown
    sure = len(inside) == len(action.place.branches)
    return on if sure or on else None


def _value(event: Event) -> ast.expr | None:
    """Return what gradients are set to, None of what is no switch."""
    if isinstance(event, Assignment):
        return event.value if getattr(event.target, "attr", "") == "requires_grad" else None
    if event.word != "requires_grad_":
        return None
    return event.argument(0, "requires_grad") or ast.copy_location(ast.Constant(True), event.node)


def _names(source: Source, loop: ast.AST, name: str) -> dict[str, str | Parameter]:
    """Return what the names of a loop over parameters stand for where it comes to `name`."""
    target = getattr(loop, "target", None)
    parts = [part.id for part in getattr(target, "elts", [target]) if isinstance(part, ast.Name)]
    known: dict[str, str | Parameter] = {parts[-1]: Parameter(name, 2)} if parts else {}
    return {parts[0]: name, **known} if len(parts) == 2 else known


def averages_of(source: Source) -> Iterator[tuple[str, str]]:
    """Yield the keys of a model that is a moving average of another, and of that other.

    for p, q in zip(a.parameters(), b.parameters()): q.mul_(m).add_(p, alpha=1 - m)
    """
    for call in source.called("zip"):
        given = [each for each in call.node.args if isinstance(each, ast.Call)]
        asked = [g.func.value for g in given if getattr(g.func, "attr", "") == "parameters"]  # type: ignore[attr-defined]
        loops = [n for n in source.nodes if isinstance(n, ast.For) and n.iter is call.node]
        names = (
            [getattr(e, "id", "") for e in getattr(loops[0].target, "elts", [])] if loops else []
        )
        if len(asked) != 2 or len(names) != 2:
            continue
        text = ast.unparse(loops[0])
        for one, other in ((0, 1), (1, 0)):
            a, b = re.escape(names[one]), re.escape(names[other])
            own = rf"\b{a}(?:\.data)?\.(?:mul_|lerp_)\([^\n]*\b{b}\b"
            by_hand = rf"\b{a}(?:\.data)?(?:\.copy_\(| = )[^\n]*\b{a}\b[^\n]*\b{b}\b"
            if re.search(f"{own}|{by_hand}", text):
                yield source.key(asked[one], call.scope), source.key(asked[other], call.scope)
