"""What a file saves in checkpoints and what it loads back, by the parts objects play."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from typing import NamedTuple

from neural_trainer.inspect.lint.filled_in import PutIn
from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.roles import ENGINE, MODEL, OPTIMIZER, SCALER, SCHEDULER, role
from neural_trainer.inspect.lint.scope import Call, Scope, bound_arguments, taken_from
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.tables import Entry, entries, rounds

STATES = (MODEL, OPTIMIZER, SCHEDULER, SCALER)
_EPOCH = re.compile(r"epoch|step|iter|^ep$", re.IGNORECASE)


class Saved(NamedTuple):
    """One checkpoint: the parts whose state it holds, and whether it counts epochs or steps.

    call: torch.save or that of an engine; of a function of this file that saves what it is given,
    the call of that. objects: keys of what is held; counters: the entries that count;
    all_in_sight: whether each part of it could be told; held: name and value of each entry.
    """

    call: Call
    parts: frozenset[str]
    counters: frozenset[str]
    objects: frozenset[str]
    all_in_sight: bool
    path: str
    """How the file spells where it is saved to."""
    held: tuple[Entry, ...] = ()

    @property
    def counts(self) -> bool:
        """Tell whether it holds an epoch or a step."""
        return bool(self.counters)


def saved_states(source: Source) -> Iterator[Saved]:
    """Yield each checkpoint that is saved, with what it holds."""
    for call in source.called(*SAVES):
        found = _saved_by(source, call)
        if found is None:
            continue
        what, path = found
        given = source.binder(what.id, call.scope) if isinstance(what, ast.Name) else None
        handed = given is call.scope and given.is_function and what.id in given.parameters  # type: ignore[attr-defined]
        callers = source.callers.get(call.scope.number, []) if handed else []
        if not callers:
            saved = _saved(source, call, what, call.scope, path)
            if saved.parts or call.word != "dump":  # what else may be pickled
                yield from _by_caller(source, saved)
        for caller in callers:
            value = bound_arguments(call.scope, caller).get(what.id)  # type: ignore[attr-defined]
            if value is not None:
                places = [ast.unparse(a) for a in caller.node.args if a is not value]
                yield _saved(source, caller, value, caller.scope, " ".join(places))


def _by_caller(source: Source, saved: Saved) -> Iterator[Saved]:
    """Yield a checkpoint, or what each call makes of it that leaves out what it may hold.

    save(path, model, epoch) of `def save(path, model, epoch, optimizer=None)`.
    """
    function = saved.call.scope
    callers = source.callers.get(function.number, []) if function.is_function else []
    left_out = [_left_out(function, caller) for caller in callers]
    held = {source.key(owner_of(value), at) for _, value, at in saved.held}
    if not any(held & names for names in left_out):
        yield saved
        return
    for caller, names in zip(callers, left_out, strict=True):
        entries_held = [e for e in saved.held if source.key(owner_of(e[1]), e[2]) not in names]
        where = bound_arguments(function, caller).get(saved.path)
        path = ast.unparse(where) if where is not None else saved.path
        yield _of_entries(source, caller, entries_held, path)


def _left_out(function: Scope, caller: Call) -> set[str]:
    """Return the keys of the parameters that are None where a call does not give them."""
    args = getattr(function.node, "args", None)
    starred = any(isinstance(a, ast.Starred) for a in caller.node.args)
    if args is None or starred or any(k.arg is None for k in caller.node.keywords):
        return set()
    given = bound_arguments(function, caller)
    positional = [*args.posonlyargs, *args.args]
    first = len(positional) - len(args.defaults)
    pairs = [*zip(positional[first:], args.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d]
    return {f"{function.number}:{a.arg}" for a, d in pairs if _is_none(given.get(a.arg, d))}


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _saved_by(source: Source, call: Call) -> tuple[ast.expr, str] | None:
    """Return what a call saves and where to: by torch, a library beside it, or an engine."""
    name = source.called_name(call)
    if name in _BY_FUNCTION:
        (first, what_is), (second, where_is) = _BY_FUNCTION[name]
        what, where = call.argument(first, what_is), call.argument(second, where_is)
    elif role(source, call.receiver, call.scope) == ENGINE and len(call.node.args) == 2:
        what, where = call.node.args
        if not _is_table(source, what, call.scope):  # fabric.save(path, state)
            what, where = where, what
    else:
        return None
    return (what, ast.unparse(where) if where is not None else "") if what is not None else None


_BY_FUNCTION = {
    "torch.save": ((0, "obj"), (1, "f")),
    "torch.serialization.save": ((0, "obj"), (1, "f")),
    "safetensors.torch.save_file": ((0, "tensors"), (1, "filename")),
    "safetensors.torch.save_model": ((0, "model"), (1, "filename")),
    "torch.distributed.checkpoint.save": ((0, "state_dict"), (99, "checkpoint_id")),
    "torch.distributed.checkpoint.save_state_dict": ((0, "state_dict"), (1, "storage_writer")),
    "torch_xla.core.xla_model.save": ((0, "data"), (1, "file_or_path")),
    "pickle.dump": ((0, "obj"), (1, "file")),
    "joblib.dump": ((0, "value"), (1, "filename")),
}
"""Where functions take what they save and where to: position and keyword."""
SAVES = tuple(sorted({name.rpartition(".")[2] for name in _BY_FUNCTION}))


def _told_beside(source: Source, call: Call) -> list[Entry]:
    """Return what a file of tensors is given to tell beside them: an epoch, a step."""
    metadata = call.argument(2, "metadata") if call.word in ("save_file", "save_model") else None
    if metadata is None:
        return []
    told = [name for name, _, _ in entries(source, metadata, call.scope) if name]
    return [(name, ast.Constant(name), call.scope) for name in told]


def _is_table(source: Source, expr: ast.expr, scope: Scope) -> bool:
    return any(isinstance(value, ast.Dict) for value, _ in settled(source, expr, scope))


def _saved(source: Source, call: Call, what: ast.expr, scope: Scope, path: str) -> Saved:
    return _of_entries(
        source, call, [*entries(source, what, scope), *_told_beside(source, call)], path
    )


def _of_entries(source: Source, call: Call, held: list[Entry], path: str) -> Saved:
    parts = frozenset(_part(source, value, at) for _, value, at in held)
    counters = frozenset(name for name, _, _ in held if _EPOCH.search(name))
    objects = frozenset(source.key(owner_of(value), at) for _, value, at in held) - {""}
    known = bool(held) and "?" not in parts
    return Saved(call, parts - {"?", ""}, counters, objects, known, path, tuple(held))


def owner_of(value: ast.expr) -> ast.expr:
    """Return the object whose state a value is: opt of opt.state_dict()."""
    value = _not_none(value)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr == "get_state_dict" and value.args:
            return value.args[0]
        return value.func.value if value.func.attr == "state_dict" else value
    return value


def _not_none(value: ast.expr) -> ast.expr:
    """Return what a value is where it is not None: opt.state_dict() if opt else None."""
    if not isinstance(value, ast.IfExp):
        return value
    return value.orelse if _is_none(value.body) else value.body


def _part(source: Source, value: ast.expr, scope: Scope) -> str:
    """Return whose state a value is: "" of none that matters, "?" where it cannot be told."""
    value = _not_none(value)
    owner = owner_of(value)
    if owner is not value:
        return state_part(source, owner, scope)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return ""
    if isinstance(value, ast.Constant):
        return ""
    if isinstance(value, ast.Call):
        return "" if source.name(value.func, scope) in _OF_NO_STATE else "?"
    if isinstance(value, ast.Name):
        values = source.values(value, scope)
        if len(values) == 1 and isinstance(values[0][0], ast.Call):
            inner = _part(source, values[0][0], values[0][1])
            if inner not in ("", "?"):
                return inner
    found = role(source, value, scope)
    return found if found in STATES else ""


_OF_NO_STATE = frozenset({
    "dataclasses.asdict", "vars", "int", "float", "str", "bool", "len", "max", "min", "round",
    "time.time", "random.getstate", "torch.get_rng_state",
})  # fmt: skip
"""Functions that give settings, numbers and states of random generators."""


def state_part(source: Source, owner: ast.expr, scope: Scope) -> str:
    """Return whose state an object has: "" of another thing, "?" where it cannot be told."""
    known = role(source, owner, scope)
    if known:
        return known
    values = source.values(owner, scope)
    built = [v for v, _, index in values if index is None and isinstance(v, ast.Call)]
    names = [source.name(v.func, at) for v, at, _ in values if isinstance(v, ast.Call)]
    own = [name for name in names if name.rpartition(".")[2][:1].isupper()]
    return "" if built and len(own) == len(values) else "?"


def restores(source: Source) -> list[Call]:
    """Return the calls that load a state which was saved; not those that copy another's.

    One in a loop over what is written out is there once for each: getattr(self, name), table[name].
    """
    if "restores" not in source.kept:
        source.kept["restores"] = [
            each
            for call in source.called("load_state_dict")
            if not copies_another(call.node)
            for each in _of_each_round(source, call)
        ]
    found: list[Call] = source.kept["restores"]
    return found


def copies_another(call: ast.Call) -> bool:
    """Tell whether load_state_dict is given the state that another object has now."""
    return any(
        isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "state_dict"
        for value in call.args
    )


def _of_each_round(source: Source, call: Call) -> Iterator[Call]:
    """Yield a call as it is in each round of the loop around it, itself where that is not told."""
    loop = call.place.loops[-1] if call.place.loops else None
    over = taken_from(loop) if isinstance(loop, ast.For) else None
    names = {n.id for n in ast.walk(call.node.func) if isinstance(n, ast.Name)}
    run = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)} if over else set()  # type: ignore[union-attr]
    told = over is not None and bool(names & run) and isinstance(loop, ast.For)
    if not told or over is None or not isinstance(loop, ast.For):
        yield call
        return
    found = list(rounds(source, loop.target, over, call.scope, 4))
    for values in found:
        node = copy.copy(call.node)
        node.func = PutIn(values).visit(copy.deepcopy(call.node.func))
        node.args = [PutIn(values).visit(copy.deepcopy(each)) for each in call.node.args]
        yield call._replace(node=node)
    if not found:
        yield call


def loaded_parts(source: Source) -> dict[str, Call]:
    """Return the parts that load_state_dict gives back their state, each with its first call."""
    found: dict[str, Call] = {}
    for call in restores(source):
        part = role(source, call.receiver, call.scope)
        if part:
            found.setdefault(part, call)
    return found
