"""Loops that train under a flag and evaluate without it: `if train: loss.backward()`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from neural_trainer.inspect.lint.conditions import Test, reduced
from neural_trainer.inspect.lint.course import Action, course_of, within
from neural_trainer.inspect.lint.deeds import is_backward, is_step
from neural_trainer.inspect.lint.elements import elements
from neural_trainer.inspect.lint.evaluation_loops import EvaluationLoop, is_forward, model_of
from neural_trainer.inspect.lint.parts import default
from neural_trainer.inspect.lint.scope import Call, Loop, Scope, bound_arguments
from neural_trainer.inspect.lint.settings import literal
from neural_trainer.inspect.lint.source import Source


def shared_passes(source: Source) -> list[EvaluationLoop]:
    """Return each run of such a loop that evaluates: by a call or a phase that sets no flag."""
    if "shared_passes" not in source.kept:
        source.kept["shared_passes"] = list(_find(source))
    found: list[EvaluationLoop] = source.kept["shared_passes"]
    return found


def _find(source: Source) -> Iterator[EvaluationLoop]:
    for scope in source.scopes if source.called("backward", "manual_backward") else ():
        if scope.is_class or source.callers.get(scope.number):
            continue
        if not source.reaches(scope, ("backward", "manual_backward")):
            continue
        actions = course_of(source, scope)
        for loop in {each for a in actions if is_backward(a) for each in a.place.loops[-1:]}:
            for via in {a.via[: _depth(a, loop)]: None for a in within(actions, loop)}:
                run = [a for a in within(actions, loop) if a.via[: len(via)] == via]
                forward = next((a for a in run if a.is_call and is_forward(source, a.call)), None)
                if forward is None or not _evaluates(source, run, forward, loop, via):
                    continue
                first = next(n for n, a in enumerate(actions) if a is run[0])
                model = model_of(source, forward)
                yield EvaluationLoop(
                    loop, run[0].event.scope, forward, model, actions[:first], actions
                )


def _depth(action: Action, loop: Loop) -> int:
    """Return through how many calls the loop itself was laid in, of those of an action in it."""
    return next(
        (n for n, call in enumerate(action.via) if loop in call.place.loops), len(action.via)
    )


def _evaluates(
    source: Source, run: list[Action], forward: Action, loop: Loop, via: tuple[Call, ...]
) -> bool:
    """Tell whether a run of a loop goes backward nowhere: its flag is not set."""
    backwards = [a for a in run if is_backward(a)]
    owner = next((a.event.scope for a in run if loop in a.event.place.loops), None)
    if owner is None or not backwards or not any(is_step(source, a) for a in run):
        return False
    common = forward.place.branches
    for action in backwards:
        if action.place.branches[: len(common)] != common:
            return False
        tests = [
            (node, arm) for node, arm in action.place.branches[len(common) :] if _is_of(node, loop)
        ]
        if not any(_is_off(source, node, arm, owner, loop, via) for node, arm in tests):
            return False
    return True


def _is_of(node: ast.AST, loop: Loop) -> bool:
    """Tell whether an `if` stands in a loop itself."""
    line = getattr(node, "lineno", 0)
    return isinstance(node, ast.If) and loop.lineno < line <= (loop.end_lineno or 0)


def _is_off(
    source: Source, node: ast.AST, arm: str, owner: Scope, loop: Loop, via: tuple[Call, ...]
) -> bool:
    """Tell whether an arm is not taken: by the call that the loop is run by, or in a phase."""
    assert isinstance(node, ast.If)
    test = reduced(source, node.test, owner)
    wanted = test.holds is (arm == "then")
    if via and _held(source, test, owner, via[-1]) is (not wanted):
        return True
    return wanted and _is_other_phase(source, test, owner, loop)


def _held(source: Source, test: Test, owner: Scope, call: Call) -> bool | None:
    """Return whether the flag of a test is set where a call runs the function it stands in."""
    name, _, value = test.text.partition(" == ")
    if name not in owner.parameters or source.key(ast.Name(name), owner) in source.assignments:
        return None
    given = bound_arguments(owner, call).get(name)
    hidden = any(k.arg is None for k in call.node.keywords)
    hidden = hidden or any(isinstance(each, ast.Starred) for each in call.node.args)
    if given is None and hidden:
        return None
    held = [(given, call.scope)] if given is not None else default(source, ast.Name(name), owner)
    constant = literal(source, *held[0]) if len(held) == 1 else None
    if constant is None:
        return None
    return repr(constant.value) == value if value else bool(constant.value)


def _is_other_phase(source: Source, test: Test, owner: Scope, loop: Loop) -> bool:
    """Tell whether a loop around goes over phases that are written out, one not that of a test."""
    name, _, value = test.text.partition(" == ")
    for item in source.assignments.get(source.key(ast.Name(name), owner), ()) if value else ():
        if item.how != "for" or item.scope is not owner:
            continue
        phases = [v for v, _ in elements(source, item.value, item.scope)]
        texts = [v.value for v in phases if isinstance(v, ast.Constant)]
        around = isinstance(item.node, ast.For) and item.node.lineno <= loop.lineno
        if around and len(texts) == len(phases) and any(repr(text) != value for text in texts):
            return True
    return False
