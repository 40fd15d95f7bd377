"""What a piece of code does in the order it does it, with functions of the same file laid in."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.batch_steps import (
    AUTOMATIC,
    batch_step,
    events_of_step,
    has_automatic_step,
)
from neural_trainer.inspect.lint.parts import fields_of
from neural_trainer.inspect.lint.scope import Assignment, Call, Event, Loop, Place, Scope
from neural_trainer.inspect.lint.source import SAME_OBJECT, Source, bound_arguments

DEEPEST = 4  # calls of functions within functions: training code is seldom laid out deeper


class Names:
    """What a function's own names are called by whoever runs it: of this call, and of objects."""

    __slots__ = ("call", "objects")

    def __init__(self, call: dict[str, str], objects: dict[str, str]) -> None:
        self.call, self.objects = call, objects

    def get(self, key: str) -> str | None:
        """Return what `key` is called outside, None where it is not known there."""
        return self.call.get(key) or self.objects.get(key)


class Action(NamedTuple):
    """One event of a course.

    receiver: key, in the caller's terms, of the object whose method is called or of what is
    assigned to; place: its blocks, those of the callers outside; contexts: the full names of the
    `with` blocks and decorators it runs under, "?" for one that cannot be told.
    """

    event: Event
    word: str
    receiver: str
    place: Place
    contexts: tuple[str, ...]
    names: Names
    function: str = ""
    """Key of what is called, where it is an object: `model` of model(x)."""
    via: tuple[Call, ...] = ()
    """The calls through which this is laid in, outermost first."""
    laid_in: bool = False
    """Whether what is called is of this file: its own actions stand just before."""

    @property
    def call(self) -> Call:
        """Return the event, which is a call."""
        assert isinstance(self.event, Call)
        return self.event

    @property
    def root(self) -> Scope:
        """Return the function whose course this is of, which may have called on to here."""
        return self.via[0].scope if self.via else self.event.scope

    @property
    def called(self) -> str:
        """Return the key of the object that runs: the model of model(x) or model.forward(x)."""
        return self.receiver if self.word == "forward" else self.function

    @property
    def is_call(self) -> bool:
        """Tell whether this is a call, else it is an assignment."""
        return isinstance(self.event, Call)

    def key(self, source: Source, expr: ast.expr | None) -> str:
        """Return the key of an expression of this event, in the caller's terms."""
        return self.outside(source.key(expr, self.event.scope))

    def outside(self, key: str) -> str:
        """Return a key of the scope of this event, in the caller's terms."""
        return _translated(key, self.names)


def course(source: Source, scope: Scope) -> list[Action]:
    """Return what running `scope` does, as far as this file shows."""
    contexts = tuple(context_name(source, d, scope.parent or scope) for d in scope.decorators)
    objects = dict(kept_parameters(source))
    step = batch_step(source, scope)
    place = Place(loops=(scope.node,)) if step else Place()  # type: ignore[arg-type]
    events = events_of_step(scope) if step == AUTOMATIC else scope.events
    found = list(_Unfolding(source, objects).of(events, place, contexts, {}, (scope.number,), ()))
    return _switched(source, found) if source.called("set_grad_enabled") else found


def _switched(source: Source, actions: list[Action]) -> list[Action]:
    """Return actions under the mode that a plain call of set_grad_enabled has set before."""
    found, off = [], False
    entered = {id(context) for action in actions for context in action.place.withs}
    for action in actions:
        plain = action.is_call and id(action.call.node) not in entered
        if plain and source.called_name(action.call) == "torch.set_grad_enabled":
            given = action.call.argument(0, "mode")
            off = isinstance(given, ast.Constant) and given.value is False
        contexts = ("torch.set_grad_enabled(False)", *action.contexts) if off else action.contexts
        found.append(action._replace(contexts=contexts))
    return found


def course_of(source: Source, scope: Scope) -> list[Action]:
    """Return the course of `scope`, worked out once."""
    known: dict[int, list[Action]] = source.kept.setdefault("courses", {})
    if scope.number not in known:
        known[scope.number] = course(source, scope)
    return known[scope.number]


def courses(source: Source, *words: str) -> Iterator[list[Action]]:
    """Yield the course of the module and of each function that may call one of `words`.

    That of a method which nothing here calls begins with what __init__ does.
    """
    stepped = has_automatic_step(source)
    named = source.called(*words) or any(f".{word}" in source.text for word in words)
    if not stepped and not named:
        return
    for scope in source.scopes:
        if scope.is_class or not scope.events:
            continue
        if source.reaches(scope, words) or (stepped and batch_step(source, scope) == AUTOMATIC):
            yield from _lives(source, scope, words)


def _lives(source: Source, scope: Scope, words: tuple[str, ...]) -> Iterator[list[Action]]:
    """Yield the course of `scope`; of a class that nothing here makes, from __init__ on."""
    cls = scope.parent if scope.is_method else None
    made = cls.inner.get("__init__") if cls is not None else None
    if cls is None or made is None or source.callers.get(made.number):
        yield course_of(source, scope)
        return
    if scope is not made:
        if source.callers.get(scope.number):
            yield course_of(source, scope)
        elif not source.reaches(made, words):
            yield [*course_of(source, made), *course_of(source, scope)]
        return
    methods = [m for m in cls.inner.values() if m.is_method and m is not made]
    started = [m for m in methods if m.events and not source.callers.get(m.number)]
    for method in started:
        yield [*course_of(source, made), *course_of(source, method)]
    if not started:
        yield course_of(source, made)


def within(actions: Iterable[Action], loop: Loop) -> list[Action]:
    """Return the actions that run inside of a loop."""
    return [action for action in actions if loop in action.place.loops]


def context_name(source: Source, expr: ast.expr, scope: Scope, depth: int = 3) -> str:
    """Return the full name of a context manager or decorator, with False if that is its argument.

    "?" where it cannot be told: it is chosen while the program runs. Of a method the last part.
    """
    if isinstance(expr, ast.Call):
        name = source.name(expr.func, scope)
        made = source.defined(expr.func, scope) if not name and depth else None
        if made is not None and made.is_function and len(made.returns) == 1:
            return context_name(source, made.returns[0].value, made, depth - 1)
        if not name and isinstance(expr.func, ast.Attribute):  # accelerator.accumulate(model)
            name = f".{expr.func.attr}"
        given = [*expr.args, *(k.value for k in expr.keywords if k.arg in ("enabled", "mode"))]
        off = any(isinstance(a, ast.Constant) and a.value is False for a in given)
        return f"{name}(False)" if off else name or "?"
    name = source.name(expr, scope)
    if name or depth == 0:
        return name or "?"
    values = source.values(expr, scope)
    if len(values) == 1 and values[0][2] is None:
        return context_name(source, values[0][0], values[0][1], depth - 1)
    return "?"


class _Unfolding:
    """Lays the functions that a course calls into it, in the caller's terms.

    objects: what attributes and parameters are called by whoever made the object.
    """

    def __init__(self, source: Source, objects: dict[str, str]) -> None:
        self.source, self.objects = source, objects
        self.stacks: list[tuple[ast.expr, str]] = []
        """What ExitStacks have entered: the stack, as its `with` has it, and the context."""

    def of(
        self,
        events: Iterable[Event],
        outside: Place,
        contexts: tuple[str, ...],
        names: dict[str, str],
        stack: tuple[int, ...],
        via: tuple[Call, ...],
    ) -> Iterator[Action]:
        """Yield the actions of `events`, those of the functions that they call first."""
        seen: dict[tuple[ast.expr, ...], tuple[str, ...]] = {}
        known = Names(names, self.objects)
        for event in events:
            withs = event.place.withs
            if withs not in seen:
                seen[withs] = tuple(context_name(self.source, e, event.scope) for e in withs)
            entered = tuple(name for holder, name in self.stacks if holder in withs)
            around = (*contexts, *seen[withs], *entered)
            place = Place(
                outside.loops + event.place.loops,
                outside.branches + event.place.branches,
                outside.withs + withs,
            )
            if isinstance(event, Assignment):
                key = _translated(self.source.key(event.target, event.scope), known)
                yield Action(event, event.how, key, place, around, known, "", via)
                continue
            laid_in = False
            for function in _runs(self.source, event):
                if function.number in stack or len(stack) > DEEPEST:
                    continue
                laid_in = True
                at = function.parent or function
                own = tuple(context_name(self.source, d, at) for d in function.decorators)
                inner = {**names, **self.inner_names(function, event, known)}
                deeper = (*stack, function.number)
                yield from self.of(
                    function.events, place, around + own, inner, deeper, (*via, event)
                )
            word, receiver = event.word, event.receiver
            if receiver is None:  # step = optimizer.step; step()
                word, receiver = _bound_method(self.source, event)
            if word == "enter_context":
                self.enter(event, receiver)
            key = _translated(self.source.key(receiver, event.scope), known)
            if not key and receiver is not None:  # net = Net().cuda().train()
                key = _translated(_made_by_chain(self.source, event), known)
            run = _translated(self.source.key(event.node.func, event.scope), known)
            yield Action(event, word, key, place, around, known, run, via, laid_in)

    def enter(self, call: Call, stack: ast.expr | None) -> None:
        """Take note of a context that an ExitStack enters: it holds to the end of the `with`."""
        given = call.argument(0, "cm")
        key = self.source.key(stack, call.scope)
        for item in self.source.assignments.get(key, ()) if given is not None else ():
            if item.how == "with" and given is not None:
                name = context_name(self.source, given, call.scope)
                maybe = len(call.place.branches) > len(item.place.branches)
                self.stacks.append((item.value, f"?{name}" if maybe else name))

    def inner_names(self, function: Scope, call: Call, known: Names) -> dict[str, str]:
        """Return what the parameters and results of a function are called outside of it."""
        inner = {
            f"{function.number}:{name}": _translated(self.source.key(value, call.scope), known)
            for name, value in bound_arguments(function, call).items()
        }
        if function.is_method and function.name != "__init__" and call.receiver is not None:
            assert function.parent is not None
            owner = _translated(self.source.key(call.receiver, call.scope), known)
            inner[f"{function.parent.number}:self"] = owner
        if function.name == "__init__":
            for parameter, kept in kept_parameters(self.source).items():
                if inner.get(parameter):
                    self.objects[kept] = inner[parameter]
        for local, target in _results(self.source, function, call).items():
            if not inner.get(local):
                inner[local] = _translated(target, known)
        return inner


def kept_parameters(source: Source) -> dict[str, str]:
    """Return the attribute that a parameter of __init__ is kept as: self.model of `model`."""
    if "kept_parameters" not in source.kept:
        found: dict[str, str] = {}
        source.kept["kept_parameters"] = found
        for cls in source.scopes:
            made = cls.inner.get("__init__") if cls.is_class else None
            if made is None:
                continue
            for event in made.events:
                if not isinstance(event, Assignment) or event.how != "=" or event.place.branches:
                    continue
                key, held = source.key(event.target, event.scope), source.key(event.value, made)
                own = held.partition(":")[2] in made.parameters
                alone = len(source.assignments.get(key, ())) == 1
                apart = key.startswith(f"{cls.number}:self.") and held not in source.assignments
                if own and alone and apart:
                    found.setdefault(held, key)
    kept: dict[str, str] = source.kept["kept_parameters"]
    return kept


def _targets(source: Source) -> dict[int, list[Assignment]]:
    """Return what is assigned the value of each call, by the node of the call."""
    if "targets" not in source.kept:
        source.kept["targets"] = found = defaultdict(list)
        for scope in source.scopes:
            for event in scope.events:
                if isinstance(event, Assignment) and event.how == "=":
                    value: ast.expr | None = event.value
                    while isinstance(value, ast.Call):
                        found[id(value)].append(event)
                        function = value.func
                        chained = isinstance(function, ast.Attribute)
                        same = chained and function.attr in SAME_OBJECT  # type: ignore[attr-defined]
                        value = function.value if same else None  # type: ignore[attr-defined]
    targets: dict[int, list[Assignment]] = source.kept["targets"]
    return targets


def _made_by_chain(source: Source, call: Call) -> str:
    """Return the key of what is assigned `call`, one of a chain of methods on a new object."""
    if call.word not in SAME_OBJECT:
        return ""
    given = [a for a in _targets(source).get(id(call.node), ()) if a.element is None]
    return source.key(given[0].target, given[0].scope) if len(given) == 1 else ""


def _results(source: Source, function: Scope, call: Call) -> dict[str, str]:
    """Return the locals that a function returns, each with what its caller calls the result."""
    targets = _targets(source).get(id(call.node), ())
    if not targets or not function.returns:
        return {}
    found: dict[str, str] = {}
    for item in function.returns:
        for target in targets:
            key = source.key(target.target, target.scope)
            value = item.value
            cls = source.defined(value.func, function) if isinstance(value, ast.Call) else None
            if cls is not None and cls.is_class and isinstance(value, ast.Call):
                for name, part in zip(fields_of(cls), value.args):  # noqa: B905
                    found[source.key(part, function)] = f"{key}.{name}"
                continue
            if target.element is not None:
                if not isinstance(value, ast.Tuple) or target.element >= len(value.elts):
                    continue
                value = value.elts[target.element]
            found[source.key(value, function)] = key
    own = f"{function.number}:"
    return {k: v for k, v in found.items() if k.startswith(own) and v and not set(k) & set(".[(")}


def _bound_method(source: Source, call: Call) -> tuple[str, ast.expr | None]:
    values = source.values(call.node.func, call.scope)
    if len(values) == 1 and isinstance(values[0][0], ast.Attribute):
        return values[0][0].attr, values[0][0].value
    return call.word, None


def _runs(source: Source, call: Call) -> Iterator[Scope]:
    """Yield the functions of this file that a call runs: those passed to it, then its own."""
    given = [*call.node.args, *(k.value for k in call.node.keywords)]
    for value in given:
        if isinstance(value, (ast.Name, ast.Attribute, ast.Lambda)):
            function = source.defined(value, call.scope)
            if function is not None and function.is_function:
                yield function
    callee = source.callee(call)
    if callee is not None:
        yield callee


def _translated(key: str, names: Names) -> str:
    """Return a key of a callee as its caller says it."""
    if not key or not (names.call or names.objects):
        return key
    end = _end(key, 0)
    if end < len(key) and key.startswith("self", key.index(":") + 1) and key[end - 5] == ":":
        end = _end(key, end + 1)  # an attribute of an object
    known = names.get(key[:end])
    return f"{known}{key[end:]}" if known else key


def _end(key: str, begin: int) -> int:
    """Return where the first part of a key ends from `begin` on."""
    found = _PART.search(key, begin)
    return found.start() if found is not None else len(key)


_PART = re.compile(r"[.\[(]")
