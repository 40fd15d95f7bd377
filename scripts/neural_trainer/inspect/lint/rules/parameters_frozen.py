"""Every parameter of a model is frozen, and the model is trained.

Look: requires_grad = False on all of model.parameters(), or
model.requires_grad_(False), in a course that trains this model or a part of it,
where nothing turns a parameter on again and no part is replaced by a new one;
the same after a part was replaced by a new one, where others alone are turned on,
also by a test of names that leaves it out; self.freeze() of a LightningModule; a
part frozen if epoch == 0, for good; one of two models frozen in its turn, for good;
a model of which another is the moving average; Embedding.from_pretrained, frozen
unless freeze=False, of random numbers or where an optimizer is given its
parameters; two names for one module, one of them frozen; a part that forward runs
under no_grad alone, of a model whose parameters an optimizer holds.

Reason: no parameter gets a gradient: backward raises, or only other modules
learn.

Fix: freeze the part that is meant (model.backbone.parameters()), or replace the
head after freezing.

Not reported: a condition on the name of the parameter; a model that is not what
the optimizer was built from; adapters and heads that other code puts in.

Sources: PyTorch documentation, Autograd mechanics (setting requires_grad);
Transfer Learning tutorial.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import Action, course_of
from neural_trainer.inspect.lint.deeds import (
    is_backward,
    is_every_nth,
    is_step,
    name_of,
    run_over,
    stepped_optimizer,
    switched,
)
from neural_trainer.inspect.lint.evaluation_loops import out_of_sight
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.gradient_free_parts import parts_without_gradients
from neural_trainer.inspect.lint.layers_with_parameters import has_parameters
from neural_trainer.inspect.lint.optimizer_builds import Build, builds, optimizer_calls
from neural_trainer.inspect.lint.random_tables import is_drawn
from neural_trainer.inspect.lint.roles import MODEL, built_role
from neural_trainer.inspect.lint.scope import Assignment, Call, taken_from
from neural_trainer.inspect.lint.settings import taken, truth
from neural_trainer.inspect.lint.source import Source, shown
from neural_trainer.inspect.lint.switches import Unknown, averages_of, effect_on, turned_on
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "parameters-frozen"
CAUSE = "parameters-frozen"
_ON_AGAIN = re.compile(r"unfreeze|[pP]eft|lora", re.I)


def find(source: Source) -> list[Spot]:
    """Return where all of a model that is trained is frozen."""
    if not re.search(r"requires_grad|freeze|from_pretrained|no_grad|inference_mode", source.text):
        return []
    parts = [
        *_new_part_frozen(source),
        *_table_frozen(source),
        *_twin_frozen(source),
        *_run_without_gradients(source),
        *_averaged_and_frozen(source),
    ]
    if mentions(source, _ON_AGAIN):
        return [*parts, *_of_attribute(source)]
    spots: dict[int, Spot] = {}
    for build in builds(source):
        if _turned_on(source, build):
            continue
        for position, action in enumerate(build.before):
            if _freezes(source, action, build.model) and not _renewed(source, build, position):
                saw = (
                    f"all parameters of {name_of(build.model)} are frozen, and "
                    f"{name_of(build.optimizer)} is built from them on line {build.line}"
                )
                spots[id(action.event.node)] = Spot(_said_at(action), saw)
        if any(is_backward(a) for a in build.after):
            for position, action in enumerate(build.after):
                trains = any(is_backward(a) for a in build.after[position:])
                frozen = _freezes(source, action, build.model)
                if trains and (frozen or _in_its_turn(source, action, build)):
                    saw = f"all parameters of {name_of(build.model)} are frozen before it trains"
                    spots[id(action.event.node)] = Spot(_said_at(action), saw)
                elif trains and _for_the_first_epochs(source, action, build.model):
                    saw = "what is frozen here for the first epochs is never turned on again"
                    spots[id(action.event.node)] = Spot(_said_at(action), saw)
    return [*spots.values(), *parts, *_module_frozen(source), *_of_attribute(source)]


def _new_part_frozen(source: Source) -> Iterator[Spot]:
    """Yield what freezes a new layer of a model with the rest, or all that is not named otherwise.

    Where parts are turned on again, they are others; a condition out of sight is believed.
    """
    if not training_loops(source) or "lora_" in source.text:
        return
    built = [(build.model, build.before, build.after) for build in builds(source)]
    for model, before, after in (*built, *_of_engines(source)):
        actions = [*before, *after]
        for position, action in enumerate(before):
            part = _new_part(source, action, model)
            try:
                effects = [
                    (effect_on(source, later, part), later)
                    for later in (actions[position + 1 :] if part else ())
                ]
            except Unknown:
                continue
            known = [(on, later) for on, later in effects if on is not None]
            if known and not any(on for on, _ in known) and known[-1][1] in before:
                line = action.event.node.lineno
                saw = f"the new {name_of(part)} of line {line} is frozen with the rest"
                yield Spot(known[-1][1].event.node, saw)
                break


def _run_without_gradients(source: Source) -> Iterator[Spot]:
    """Yield what switches gradients off around all runs of a part that the optimizer is given."""
    for node, name in parts_without_gradients(source):
        saw = f"self.{name} runs without gradients alone: none of its parameters learns"
        yield Spot(node, saw)


def _of_engines(source: Source) -> Iterator[tuple[str, list[Action], list[Action]]]:
    """Yield each model that __init__ of a LightningModule makes, and what that does."""
    for cls in source.scopes:
        made = cls.inner.get("__init__") if cls.is_class else None
        if made is None or "training_step" not in cls.inner or "freeze" in cls.inner:
            continue
        actions = course_of(source, made)
        for key in sorted({a.receiver for a in actions if not a.is_call}):
            if re.fullmatch(rf"{cls.number}:self\.\w+", key):
                yield key, actions, []


def _turns_off(source: Source, call: Call) -> bool:
    given = call.argument(0, "requires_grad")
    return given is not None and truth(source, given, call.scope) is False


def _new_part(source: Source, action: Action, model: str) -> str:
    """Return the key of a part of `model` that is given a new layer, "" where it is none.

    The name of a loop over a part is that part: for block in model.blocks: block.q = ...
    """
    event = action.event
    if not isinstance(event, Assignment) or event.how != "=" or event.place.branches:
        return ""
    if not isinstance(event.target, (ast.Attribute, ast.Subscript)):
        return ""
    key, inside = action.receiver, (f"{model}.", f"{model}[")
    loop = event.place.loops[-1] if event.place.loops else None
    over = taken_from(loop) if loop is not None else None
    named = getattr(getattr(loop, "target", None), "id", "")
    if over is not None and ast.unparse(event.target.value) == named:
        key = f"{action.key(source, over)}[*].{getattr(event.target, 'attr', '*')}"
    new = key.startswith(inside) and has_parameters(source, _element_of(event), event.scope)
    return key if new else ""


def _element_of(event: Assignment) -> ast.expr:
    parts = getattr(event.value, "elts", [])
    return parts[event.element] if event.element is not None and parts else event.value


def _table_frozen(source: Source) -> Iterator[Spot]:
    """Yield each embedding of loaded vectors that is frozen and yet given to an optimizer."""
    optimizers = list(optimizer_calls(source))
    for call in source.called("from_pretrained"):
        name = source.called_name(call)
        if name not in (
            "torch.nn.Embedding.from_pretrained",
            "torch.nn.EmbeddingBag.from_pretrained",
        ):
            continue
        freeze = call.argument(1, "freeze")
        if freeze is not None and truth(source, freeze, call.scope) is not True:
            continue
        part = next(
            (shown(key) for key, items in source.assignments.items()
             if any(item.value is call.node for item in items) and len(items) == 1), ""
        ).removeprefix("self.")  # fmt: skip
        vectors = call.argument(0, "embeddings")
        drawn = freeze is None and vectors is not None and is_drawn(source, vectors, call.scope)
        if part and drawn and optimizers and not re.search(r"requires_grad|freeze", source.text):
            saw = f"{part} begins with random numbers, and from_pretrained freezes it at them"
            yield Spot(call.node, saw)
            continue
        asked = re.compile(rf"\b{re.escape(part)}(?:\.weight\b|\.parameters\(\))")
        for built in optimizers if part else ():
            on = re.search(rf"{re.escape(part)}[.\w]*\.requires_grad", source.text)
            if asked.search(ast.unparse(built.node)) and not on:
                saw = (
                    f"from_pretrained freezes {part} unless freeze=False, and the optimizer of "
                    f"line {built.node.lineno} is given its parameters"
                )
                yield Spot(call.node, saw)
                break


def _twin_frozen(source: Source) -> Iterator[Spot]:
    """Yield what freezes a module that another attribute holds as well, under which it learns."""
    for call in source.called("requires_grad_"):
        key = source.key(call.receiver, call.scope)
        held = source.assignments.get(key, []) if ":self." in key else []
        if (
            not _turns_off(source, call)
            or len(held) != 1
            or not isinstance(held[0].value, ast.Name)
        ):
            continue
        same = source.key(held[0].value, held[0].scope)
        built = source.assignments.get(same, [])
        twins = [
            other
            for other, items in source.assignments.items()
            if other != key and ":self." in other and len(items) == 1
            if isinstance(items[0].value, ast.Name) and items[0].scope is held[0].scope
            if source.key(items[0].value, items[0].scope) == same
        ]
        if twins and len(built) == 1 and isinstance(built[0].value, ast.Call):
            saw = f"{name_of(key)} and {name_of(twins[0])} are one module: both are frozen"
            yield Spot(call.node, saw)


def _of_attribute(source: Source) -> list[Spot]:
    """Return each module.requires_grad = True: an attribute that nothing reads."""
    spots = []
    for key, items in source.assignments.items() if ".requires_grad" in source.text else ():
        for item in items if key.endswith(".requires_grad") else ():
            target = item.target
            owner = target.value if isinstance(target, ast.Attribute) else None
            if owner is not None and built_role(source, owner, item.scope) == MODEL:
                saw = (
                    f"{ast.unparse(owner)} is a module: this sets an attribute that nothing reads, "
                    "and its parameters stay as they are (requires_grad_ is a call)"
                )
                spots.append(Spot(item.node, saw))
    return spots


def _module_frozen(source: Source) -> list[Spot]:
    """Return each freeze() of a whole LightningModule that configures an optimizer for a part."""
    spots = []
    for call in source.called("freeze") if not any(turned_on(source)) else ():
        key = source.key(call.receiver, call.scope)
        made = call.scope.is_method and call.scope.name == "__init__"
        cls = source.method_of(call.scope)
        if not made or not key.endswith(":self") or cls is None or call.place.branches:
            continue
        if source.method(cls, "configure_optimizers") and not source.method(cls, "freeze"):
            saw = "all parameters of this module are frozen, and nothing turns one on again"
            spots.append(Spot(call.node, saw))
    return spots


def _freezes(source: Source, action: Action, model: str) -> bool:
    """Tell whether an action turns off all parameters of `model`, under no condition in doubt."""
    own = action.event.place
    if action.place.branches != own.branches:
        return False
    if not taken(source, own._replace(loops=()), action.event.scope):
        return False
    frozen = _frozen(source, action)
    itself = frozen.endswith(":self") and frozen == _self_of(source, model)
    return itself or frozen == model or bool(frozen and model.startswith(f"{frozen}."))


def _self_of(source: Source, model: str) -> str:
    """Return the key by which the class of a model calls it: the self of its __init__."""
    given = source.assignments.get(model, [])
    cls = source.class_of(given[0].value, given[0].scope) if len(given) == 1 else None
    return f"{cls.number}:self" if cls is not None else ""


def _turned_on(source: Source, build: Build) -> bool:
    """Tell whether the model of an optimizer, or a part of it, is turned on, or may be."""
    run = {id(action.event): action for action in (*build.before, *build.after)}
    for event in turned_on(source):
        each = switched(source, run[id(event)]) if id(event) in run else None
        if each is None or each[0] == build.model or each[0].startswith(f"{build.model}."):
            return True
    switches = [switched(source, action) for action in (*build.before, *build.after)]
    return any(s and s[1] and f"{s[0]}.".startswith(f"{build.model}.") for s in switches)


def _said_at(action: Action) -> ast.AST:
    """Return what freezes: of a function that is told whether to, the call that tells it."""
    event = action.event
    value = event.value if isinstance(event, Assignment) else event.argument(0, "requires_grad")
    told = isinstance(value, ast.Name) and value.id in event.scope.parameters
    return action.via[-1].node if told and action.via else event.node


def _in_its_turn(source: Source, action: Action, build: Build) -> bool:
    """Tell whether a model is frozen every so many passes of a loop that steps its optimizer."""
    outer = action.place
    tests = [node.test for node, _ in outer.branches if isinstance(node, ast.If)]
    in_turn = len(tests) == len(outer.branches) and all(map(is_every_nth, tests))
    loops = set(outer.loops[:-1] if run_over(source, action) else outer.loops)
    steps = [a for a in build.after if is_step(source, a)]
    stepped = any(
        stepped_optimizer(source, a) == build.optimizer and loops & set(a.place.loops)
        for a in steps
    )
    return in_turn and stepped and _frozen(source, action) == build.model


def _averaged_and_frozen(source: Source) -> Iterator[Spot]:
    """Yield what freezes all of a model of which another is the moving average."""
    if "zip(" not in source.text or "requires_grad" not in source.text:
        return
    pairs = {(learner, average) for average, learner in averages_of(source)}
    for scope in source.scopes if pairs else ():
        if scope.is_class or not scope.events:
            continue
        switches = [(switched(source, a), a) for a in course_of(source, scope)]
        off = {s[0]: a for s, a in switches if s and not s[1] and a.event.scope is scope}
        on = {s[0] for s, _ in switches if s and s[1]}
        for learner, average in pairs:
            plain = learner in off and not off[learner].event.place.branches
            if plain and average not in off and learner not in on and not any(turned_on(source)):
                saw = f"{name_of(average)} is the moving average of {name_of(learner)}, which is"
                yield Spot(off[learner].event.node, f"{saw} frozen here")


def _for_the_first_epochs(source: Source, action: Action, model: str) -> bool:
    """Tell whether an action freezes a part of a model where a condition on the epoch holds."""
    tests = [node.test for node, _ in action.place.branches if isinstance(node, ast.If)]
    first = [test for test in tests if isinstance(test, ast.Compare) and _is_first(test)]
    frozen = _frozen(source, action)
    return bool(first) and (frozen == model or frozen.startswith(f"{model}."))


def _is_first(test: ast.Compare) -> bool:
    return "epoch" in ast.unparse(test.left) and isinstance(test.ops[0], (ast.Eq, ast.Lt, ast.LtE))


def _frozen(source: Source, action: Action) -> str:
    """Return the key of what an action turns off all parameters of, "" of none."""
    whose = switched(source, action)
    return whose[0] if whose is not None and not whose[1] else ""


def _renewed(source: Source, build: Build, position: int) -> bool:
    """Tell whether parts of the model are new since it was frozen, or may be."""
    later = build.before[position + 1 :]
    inside = (f"{build.model}.", f"{build.model}[", f"{_self_of(source, build.model) or '?'}.")
    replaced = any(not a.is_call and a.receiver.startswith(inside) for a in later)
    made_by = {id(call.node) for call in build.before[position].via}
    same = any(
        isinstance(a.event, Assignment)
        and a.receiver == build.model
        and id(a.event.value) not in made_by
        for a in later
    )
    added = any(a.is_call and a.word in _PUTS_IN for a in later)
    return replaced or same or added or out_of_sight(source, later, build.model)


_PUTS_IN = ("add_module", "reset_classifier", "setattr", "add_adapter", "set_submodule")
