"""What a piece of code does in the order it does it, with functions of the same file laid in."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.batch_steps import (
    AUTOMATIC,
    batch_step,
    events_of_step,
    has_automatic_step,
)
from neural_trainer.inspect.lint.contexts import (
    context_name,
    entered,
    entered_by_decorators,
    is_context_manager,
    left_on,
    names_of,
)
from neural_trainer.inspect.lint.dispatch import heirs, of_several, own_method
from neural_trainer.inspect.lint.hierarchy import is_super
from neural_trainer.inspect.lint.naming import (
    Names,
    kept_parameters,
    made_by_chain,
    results_of,
    translated,
)
from neural_trainer.inspect.lint.scope import (
    Assignment,
    Call,
    Event,
    Loop,
    Place,
    Scope,
    bound_arguments,
)
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.unrolling import passes

DEEPEST = 4  # calls of functions within functions: training code is seldom laid out deeper


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
        return translated(key, self.names)


def course(source: Source, scope: Scope, of: Scope | None = None) -> list[Action]:
    """Return what running `scope` does, as far as this file shows.

    of: the class that the object of an inherited method is of, whose own methods it then runs.
    """
    contexts = names_of(entered_by_decorators(source, scope))
    objects = dict(kept_parameters(source))
    step = batch_step(source, scope)
    place = Place(loops=(scope.node,)) if step else Place()  # type: ignore[arg-type]
    events = events_of_step(scope) if step == AUTOMATIC else scope.events
    unfolding = _Unfolding(source, objects, of)
    found = list(unfolding.of(events, place, contexts, {}, (scope.number,), ()))
    return _switched(source, found) if source.called("set_grad_enabled") else found


def _switched(source: Source, actions: list[Action]) -> list[Action]:
    """Return actions under the mode that a plain call of set_grad_enabled has set before."""
    found, off = [], False
    inside = {id(context) for action in actions for context in action.place.withs}
    for action in actions:
        plain = action.is_call and id(action.call.node) not in inside
        if plain and source.called_name(action.call) == "torch.set_grad_enabled":
            given = action.call.argument(0, "mode")
            off = isinstance(given, ast.Constant) and given.value is False
        contexts = ("torch.set_grad_enabled(False)", *action.contexts) if off else action.contexts
        found.append(action._replace(contexts=contexts))
    return found


def course_of(source: Source, scope: Scope, of: Scope | None = None) -> list[Action]:
    """Return the course of `scope`, worked out once."""
    known: dict[tuple[int, int], list[Action]] = source.kept.setdefault("courses", {})
    place = (scope.number, of.number if of is not None else -1)
    if place not in known:
        known[place] = course(source, scope, of)
    return known[place]


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
            for cls in heirs(source, scope):
                yield course_of(source, scope, cls)


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


class _Unfolding:
    """Lays the functions that a course calls into it, in the caller's terms.

    objects: what attributes and parameters are called by whoever made the object; cls: the class
    of the object whose inherited method is run, where it is another than the method's.
    """

    def __init__(self, source: Source, objects: dict[str, str], cls: Scope | None) -> None:
        self.source, self.objects, self.cls = source, objects, cls
        self.texts: dict[str, str] = {}
        """Texts that the parameters of the functions being laid in were given."""
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
        seen: dict[tuple[tuple[Loop, ...], tuple[ast.expr, ...]], tuple[str, ...]] = {}
        outer = Names(names, self.objects)
        left: list[tuple[ast.expr, Iterator[Action]]] = []
        """Context managers of this file that were entered, with what they do when left."""
        inside: set[ast.expr] = set()
        for event, each in passes(self.source, events):
            ended = [item for item in left if item[0] in inside - set(event.place.withs)]
            for item in reversed(ended):
                left.remove(item)
                yield from item[1]
            inside = set(event.place.withs)
            named = {
                key: translated(self.source.key(value, at), outer)
                for key, (value, at) in each.items()
            }
            known = Names({**names, **named}, self.objects) if named else outer
            withs = event.place.withs
            loops = event.place.loops
            if (loops, withs) not in seen:
                held = tuple(c for e in withs for c in entered(self.source, e, event.scope))
                seen[loops, withs] = names_of((*left_on(self.source, loops, event.scope), *held))
            stacked = (name for holder, name in self.stacks if holder in withs)
            around = (*contexts, *seen[loops, withs], *stacked)
            place = Place(
                outside.loops + event.place.loops,
                outside.branches + event.place.branches,
                outside.withs + withs,
            )
            if isinstance(event, Assignment):
                key = translated(self.source.key(event.target, event.scope), known)
                yield Action(event, event.how, key, place, around, known, "", via)
                continue
            laid_in = False
            for function in _runs(self.source, event, self.texts, self.cls):
                if function.number in stack or len(stack) > DEEPEST:
                    continue
                laid_in = True
                own = names_of(entered_by_decorators(self.source, function))
                inner = {**known.call, **self.inner_names(function, event, known)}
                deeper = (*stack, function.number)
                first, last = _parted(self.source, function)
                rest = (place, around + own, inner, deeper, (*via, event))
                yield from self.of(first, *rest)
                left += [(event.node, self.of(last, *rest))] if last else []
            word, receiver = event.word, event.receiver
            if receiver is None:  # step = optimizer.step; step()
                word, receiver = _bound_method(self.source, event)
            if word == "enter_context":
                self.enter(event, receiver)
            key = translated(self.source.key(receiver, event.scope), known)
            if not key and receiver is not None:  # net = Net().cuda().train()
                key = translated(made_by_chain(self.source, event), known)
            run = translated(self.source.key(event.node.func, event.scope), known)
            yield Action(event, word, key, place, around, known, run, via, laid_in)
        for _, actions in reversed(left):
            yield from actions

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
            f"{function.number}:{name}": translated(self.source.key(value, call.scope), known)
            for name, value in bound_arguments(function, call).items()
        }
        for key, outside in self.names_of_maker(function, known).items():
            inner.setdefault(key, outside)
        self.take_texts(function, call)
        owner = call.node.func if function.name == "__call__" else call.receiver
        if function.is_method and function.name != "__init__" and owner is not None:
            assert function.parent is not None
            key = translated(_self_or(self.source, owner, call.scope), known)
            inner[f"{function.parent.number}:self"] = key
        if function.name == "__init__":
            for parameter, kept in kept_parameters(self.source).items():
                if inner.get(parameter):
                    self.objects[kept] = inner[parameter]
        for local, target in results_of(self.source, function, call).items():
            if not inner.get(local):
                inner[local] = translated(target, known)
        return inner

    def names_of_maker(self, function: Scope, known: Names) -> dict[str, str]:
        """Return what the parameters are called of the one call that made an inner function."""
        maker = function.parent
        calls = self.source.callers.get(maker.number, []) if maker is not None else []
        if maker is None or not maker.is_function or len(calls) != 1:
            return {}
        found = {
            f"{maker.number}:{name}": translated(self.source.key(value, calls[0].scope), known)
            for name, value in bound_arguments(maker, calls[0]).items()
        }
        return {key: outside for key, outside in found.items() if not known.call.get(key)}

    def take_texts(self, function: Scope, call: Call) -> None:
        """Take note of the texts that a function is called with, for getattr(x, text)."""
        given = bound_arguments(function, call)
        for name in function.parameters:
            value, key = given.get(name), f"{function.number}:{name}"
            told = self.texts.get(self.source.key(value, call.scope), "")
            text = value.value if isinstance(value, ast.Constant) else told
            self.texts[key] = text if isinstance(text, str) else ""


def _self_or(source: Source, owner: ast.expr, scope: Scope) -> str:
    """Return the key of an object whose method is called: of super(), that of self."""
    cls = source.class_around(scope) if is_super(owner) else None
    return source.key(owner, scope) if cls is None else f"{cls.number}:self"


def _bound_method(source: Source, call: Call) -> tuple[str, ast.expr | None]:
    values = source.values(call.node.func, call.scope)
    if len(values) == 1 and isinstance(values[0][0], ast.Attribute):
        return values[0][0].attr, values[0][0].value
    return call.word, None


def _runs(source: Source, call: Call, texts: dict[str, str], cls: Scope | None) -> Iterator[Scope]:
    """Yield the functions of this file that a call runs: those passed to it, then its own."""
    given = [*call.node.args, *(k.value for k in call.node.keywords)]
    for value in given:
        if isinstance(value, (ast.Name, ast.Attribute, ast.Lambda)):
            function = source.defined(value, call.scope)
            if function is not None and function.is_function:
                yield function
    callee = own_method(source, call, cls) or source.callee(call)
    if callee is not None:
        yield callee
    else:
        yield from of_several(source, call, texts)


def _parted(source: Source, function: Scope) -> tuple[list[Event], list[Event]]:
    """Return what a function does at once, and a context manager of this file when it is left."""
    if not is_context_manager(source, function):
        return function.events, []
    line = function.yields[0].line
    return (
        [event for event in function.events if event.node.lineno <= line],
        [event for event in function.events if event.node.lineno > line],
    )
