"""A module works in the training loop, and no optimizer holds its parameters.

Look: a training loop that runs two or more modules which this file builds, and
an optimizer that is given the parameters of some of them only; or a parameter
of no module; in Lightning, training_step and configure_optimizers; a part that is
turned on for training beside the one that is given, or after an optimizer was
given what required gradients by then; some layers of a class of this file, one by
one, and not all; groups by name or dimensions of which none gets every kind.

Reason: the others get gradients and never move; what they get is never cleared
either, so it adds up.

Fix: optimizer = SGD([*encoder.parameters(), *head.parameters()]); or freeze the
rest by requires_grad_(False) and say so.

Not reported: a module that is frozen, in eval mode or under no_grad; teachers,
averages and targets; layers without parameters; optimizers that are given
anything out of sight.

Sources: Humbatova et al. 2020, arXiv 1910.11015; PyTorch documentation,
torch.optim (constructing it).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import gradients_on, name_of, sets_mode, switched
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layers_with_parameters import has_parameters, learns
from neural_trainer.inspect.lint.optimizer_builds import (
    Build,
    builds,
    built_at,
    optimizer_calls,
    spelled,
)
from neural_trainer.inspect.lint.parameters_left_out import left_out, part_left_out
from neural_trainer.inspect.lint.parts import Given, entry
from neural_trainer.inspect.lint.roles import OPTIMIZER, is_module_class, role
from neural_trainer.inspect.lint.scope import Scope, head_of, taken_from
from neural_trainer.inspect.lint.settings import truth
from neural_trainer.inspect.lint.source import Source, shown
from neural_trainer.inspect.lint.training_loops import TrainingLoop, update_passes

ID = "parameters-not-in-optimizer"
CAUSE = "parameters-not-in-optimizer"
_FIXED = re.compile(
    r"teacher|target|ema|frozen|pretrain|vgg|lpips|clip|fixed|ref(?:erence)?_", re.I
)


def find(source: Source) -> list[Spot]:
    """Return the build of each optimizer that leaves out a module of its loop."""
    loops = update_passes(source)
    if not loops or "parameters" not in source.text:
        return []
    found = list(builds(source))
    whole = " ".join(spelled(source, build) for build in found)
    spots: dict[int, Spot] = {id(spot.node): spot for spot in _of_part(source, found)}
    for spot in _in_groups(source, found):
        spots[id(spot.node)] = spot
    for spot in (
        *_in_lightning(source),
        *_left_out_by_name(source),
        *_turned_on_later(source, found),
    ):
        spots[id(spot.node)] = spot
    for loop in loops:
        keys = {loop.optimizer(source, step) for step in loop.steps}
        mine = [b for b in found if b.optimizer in keys]
        if len({b.line for b in mine}) > 1:
            mine = _given_twice(mine)
        if not mine or "add_param_group" in source.text:
            continue
        held, node = {b.model for b in mine}, built_at(source, mine[0])
        for key, value in _loose_parameters(source, loop):
            if not _said(key, whole) and held & _run(loop):
                saw = (
                    f"{shown(key)}, a parameter of line {value.lineno}, is used in the loop and is "
                    f"not among what {name_of(mine[0].optimizer)} is given: {_names(held)}"
                )
                spots[id(node)] = Spot(node, saw)
        for action in loop.actions:
            key = action.called if action.is_call else ""
            if not key or key in held or _said(key, whole) or not held & _run(loop):
                continue
            if _is_part(source, key, mine[0]):
                continue
            fixed = _frozen(source, key, held)
            if gradients_on(action) is True and _learns(source, key) and not fixed:
                saw = (
                    f"{shown(key)} runs on line {action.event.node.lineno} and is not among what "
                    f"{name_of(mine[0].optimizer)} is given: {_names(held)}"
                )
                spots[id(node)] = Spot(node, saw)
    return list(spots.values())


def _given_twice(mine: list[Build]) -> list[Build]:
    """Return the builds of the second of two optimizers that hold one model alone, both."""
    first = {b.model: b.optimizer for b in reversed(mine)}
    again = [b for b in mine if first[b.model] != b.optimizer]
    alone = [b for b in again if all(o.model == b.model for o in mine if o.line == b.line)]
    return alone if len({b.line for b in alone}) == 1 else []


def _loose_parameters(source: Source, loop: TrainingLoop) -> Iterator[tuple[str, ast.expr]]:
    """Yield each nn.Parameter or leaf of no module that the loop uses with gradients on."""
    if not re.search(r"Parameter\(|requires_grad", source.text):
        return
    seen = set()
    for action in loop.actions:
        value = getattr(action.event, "value", None)
        if action.is_call or value is None or gradients_on(action) is not True:
            continue
        for node in ast.walk(value):
            key = action.key(source, node) if isinstance(node, ast.Name) else ""
            given = source.assignments.get(key, []) if key not in seen else []
            seen.add(key)
            if len(given) == 1 and isinstance(given[0].value, ast.Call):
                made = given[0].value
                if _is_left_to_learn(source, made, given[0].scope, shown(key)):
                    yield key, made


def _is_left_to_learn(source: Source, made: ast.Call, scope: Scope, name: str) -> bool:
    """Tell whether a tensor requires gradients, and nothing in the file reads them by hand."""
    asked = [k.value for k in made.keywords if k.arg == "requires_grad"]
    if source.name(made.func, scope) == "torch.nn.Parameter":
        return not asked
    on = source.name(made.func, scope).startswith("torch.") and len(asked) == 1
    by_hand = rf"\b{re.escape(name)}\.(?:grad|requires_grad|retain_grad|data)\b|autograd|\.grad\("
    return on and truth(source, asked[0], scope) is True and not re.search(by_hand, source.text)


def _of_part(source: Source, found: list[Build]) -> Iterator[Spot]:
    """Yield the build of each optimizer that is not given what is turned on beside its part."""
    for build in found:
        parent = build.model.rpartition(".")[0]
        mine = {b.model for b in found if b.optimizer == build.optimizer}
        for action in build.before if parent else ():
            part = turned_on(source, action)
            if part.startswith(f"{parent}.") and not any(
                part == held or part.startswith(f"{held}.") for held in mine
            ):
                saw = (
                    f"{shown(part)} is turned on for training on line {action.event.node.lineno} "
                    f"and is not among what {name_of(build.optimizer)} is given: {_names(mine)}"
                )
                yield Spot(built_at(source, build), saw)


def _turned_on_later(source: Source, found: list[Build]) -> Iterator[Spot]:
    """Yield each optimizer that is given what is on by then, of a model that is turned on later."""
    for build in found:
        told = "add_param_group" in source.text
        if told or "requires_grad" not in spelled(source, build):
            continue
        rebuilt = [b.line for b in found if b is not build and b.model == build.model]
        rebuilt += [
            a.node.lineno
            for a in source.assignments.get(build.optimizer, ())
            if role(source, a.value, a.scope) == OPTIMIZER
        ]
        frozen = [s[0] for a in build.before if (s := switched(source, a)) and not s[1]]
        for action in build.after:
            part, on = switched(source, action) or ("", False)
            here = [e for e in (action.event, *action.via) if e.scope is build.action.event.scope]
            line = (here or [action.event])[0].node.lineno
            inside = part == build.model or part.startswith(f"{build.model}.")
            was_off = any(
                f"{part}.".startswith(f"{f}.") or f.startswith(f"{part}.") for f in frozen
            )
            if on and inside and was_off and not any(later > line for later in rebuilt):
                saw = (
                    f"{name_of(part)} is turned on for training on line {line}, and "
                    f"{name_of(build.optimizer)} is given what is on by now: not these"
                )
                yield Spot(built_at(source, build), saw)
                break


def _in_groups(source: Source, found: list[Build]) -> Iterator[Spot]:
    """Yield each optimizer that is given parts of a model one by one, and not all that learn.

    Two parts at least, and the rest built here, so that none of it was learnt before.
    """
    if re.search(r"requires_grad|freeze|no_grad\(\)\n\s*def forward", source.text):
        return
    for build in found:
        parts = sorted({b.model for b in found if b.optimizer == build.optimizer})
        roots = {part.rpartition(".")[0] for part in parts}
        if len(parts) < 2 or len(roots) != 1:
            continue
        cls = _class_of_key(source, roots.pop())
        if cls is None or not is_module_class(source, cls):
            continue
        runs = [m for name, m in cls.inner.items() if not re.search(r"init|reset|load|save", name)]
        used = " ".join(ast.unparse(method.node) for method in runs if method.is_method)
        everything = " ".join(spelled(source, b) for b in found)
        for key, given in source.assignments.items():
            name = key.partition(":self.")[2]
            made = given[0].value if key == f"{cls.number}:self.{name}" else None
            if not isinstance(made, ast.Call) or re.search(rf"\.{name}\b", everything):
                continue
            own = has_parameters(source, made, given[0].scope)
            own = own and not any(part.endswith(f".{name}") for part in parts)
            if own and len(given) == 1 and re.search(rf"\bself\.{name}\b", used):
                saw = (
                    f"self.{name} of line {made.lineno} learns too and is not among what "
                    f"{name_of(build.optimizer)} is given: {', '.join(map(shown, parts))}"
                )
                yield Spot(built_at(source, build), saw)
                break


def _class_of_key(source: Source, key: str) -> Scope | None:
    """Return the class of this file of which the one value is an object that a key is given."""
    given = source.assignments.get(key, [])
    return source.class_of(given[0].value, given[0].scope) if len(given) == 1 else None


def turned_on(source: Source, action: Action) -> str:
    """Return the key of what an action turns the gradients of on, "" of none."""
    target = getattr(action.event, "target", None)
    value = getattr(action.event, "value", None)
    on = isinstance(value, ast.Constant) and value.value is True
    own = action.event.place.loops
    over = taken_from(own[-1]) if own else None
    if action.is_call or getattr(target, "attr", "") != "requires_grad" or not on:
        return ""
    if not isinstance(over, ast.Call) or not isinstance(over.func, ast.Attribute):
        return ""
    return action.key(source, over.func.value) if over.func.attr == "parameters" else ""


def _in_lightning(source: Source) -> Iterator[Spot]:
    """Yield what configure_optimizers builds without a module that training_step runs."""
    for scope in source.scopes:
        cls = source.method_of(scope)
        step = source.method(cls, "training_step") if cls is not None else None
        if scope.name != "configure_optimizers" or step is None:
            continue
        text = ast.unparse(scope.node)
        held = re.findall(r"self\.(\w+)\.parameters\(\)", text)
        if not held or "self.parameters()" in text or "trainable" in text:
            continue
        for action in course_of(source, step):
            key = action.called if action.is_call else ""
            name = shown(key).removeprefix("self.")
            apart = ":self." in key and name not in text and not _frozen(source, key)
            if apart and gradients_on(action) is True and _learns(source, key):
                saw = (
                    f"self.{name} runs on line {action.event.node.lineno} and is not among what "
                    f"the optimizer is given: {', '.join(held)}"
                )
                built = [c for c in optimizer_calls(source) if c.scope is scope]
                if built:
                    yield Spot(built[-1].node, saw)
                    return


def _left_out_by_name(source: Source) -> Iterator[Spot]:
    """Yield the one optimizer of a file that is given some parameters by name or dimensions."""
    calls = list(optimizer_calls(source))
    sample = left_out(source, calls[0]) if len(calls) == 1 else None
    sample = sample or (part_left_out(source, calls[0]) if len(calls) == 1 else None)
    if sample is not None:
        saw = f"{sample.said}, {sample.name}, is in no group of the optimizer: it never moves"
        yield Spot(calls[0].node, saw)


def _is_part(source: Source, key: str, build: Build) -> bool:
    """Tell whether a module is an attribute of another, whose parameters are given whole."""
    number, _, name = key.partition(":")
    owner = source.scopes[int(number)]
    inside = name.startswith("self.") and owner.is_class and is_module_class(source, owner)
    return inside and source.class_around(build.action.event.scope) is not owner


def _run(loop: TrainingLoop) -> set[str]:
    return {a.called for a in loop.actions if a.is_call and a.called}


def _names(held: set[str]) -> str:
    return ", ".join(sorted(map(shown, held)))


def _said(key: str, whole: str) -> bool:
    return re.search(rf"\b{re.escape(shown(key))}\b", whole) is not None


def _learns(source: Source, key: str) -> bool:
    """Tell whether a key names a module with parameters that this file builds."""
    given = [(item.value, item.scope) for item in source.assignments.get(key, [])]
    given = given or _of_table(source, key)
    if len(given) != 1 or _FIXED.search(key):
        return False
    value, scope = given[0]
    if learns(source, value, scope):
        return True
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            cls = source.defined(node.func, scope)
            if cls is not None and cls.is_function:
                return has_parameters(source, node, scope)
            if cls is not None and cls.is_class and is_module_class(source, cls):
                parts = [n for n in ast.walk(cls.node) if isinstance(n, ast.Call)]
                return any(learns(source, part, cls) for part in parts)
    return False


def _of_table(source: Source, key: str) -> list[Given]:
    """Return what a dict that is written out has under the name that a key ends in."""
    table, _, name = key.removesuffix("']").partition("['")
    items = source.assignments.get(table, []) if name else []
    held = entry(items[0].value, name) if len(items) == 1 else None
    return [(held, items[0].scope)] if held is not None else []


def _frozen(source: Source, key: str, trained: set[str] = frozenset()) -> bool:  # type: ignore[assignment]
    """Tell whether a module is switched off anywhere, or stays as it was loaded or in eval mode.

    One that goes back to train mode learns, and so does one that is loaded as `trained` are.
    """
    courses = [course_of(source, s) for s in source.scopes if not s.is_class and s.events]
    actions = [action for actions in courses for action in actions]
    if any(_switches_off(action, key) for action in actions):
        return True
    loaded = {a.receiver for a in actions if a.is_call and a.word in _LOADS}
    modes = {sets_mode(a) for a in actions if a.is_call and a.receiver == key}
    return (key in loaded and not trained & loaded) or (False in modes and True not in modes)


_LOADS = ("load_state_dict", "load_checkpoint")


def _switches_off(action: Action, key: str) -> bool:
    if action.is_call:
        return action.receiver == key and action.word == "requires_grad_"
    loops = action.event.place.loops
    over = head_of(loops[-1]) if loops else ""
    frozen = getattr(getattr(action.event, "target", None), "attr", "") == "requires_grad"
    return frozen and shown(key) in over
