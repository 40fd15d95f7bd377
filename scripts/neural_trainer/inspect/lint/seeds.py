"""Whether a program seeds what torch draws: by calls that it may run, not by names it mentions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.course import course_of
from neural_trainer.inspect.lint.hierarchy import is_overridden
from neural_trainer.inspect.lint.scope import Assignment, Call, Scope
from neural_trainer.inspect.lint.source import Source

_SEEDS = re.compile(r"seed|^Generator$|set_rng_state|determinis|reproduc|fork_rng", re.IGNORECASE)
_NAMED = re.compile(r"seed|^rng$", re.IGNORECASE)
_DETERMINISTIC = re.compile(r"^torch\..*determinis", re.IGNORECASE)
"""What makes operations of torch repeat themselves, and draws as before."""
_OTHER_LIBRARIES = re.compile(
    r"^(?:numpy|random|gymnasium|gym|sklearn|tensorflow|jax|cupy|scipy)\b"
)
_TELLS = frozenset({
    "add_argument", "print", "vars", "asdict", "dumps", "dump", "info", "debug", "log", "init",
    "add_text", "add_hparams", "pformat", "pprint", "str", "repr", "format", "join", "Namespace",
    "parse_args", "log_params", "option", "update", "append", "range", "len", "int", "write",
    "warning", "error", "to_yaml", "to_container", "to_dict", "save_config", "log_hyperparams",
    "init_trackers", "isinstance", "getattr", "hasattr", "replace", "deepcopy", "log_config",
})  # fmt: skip
"""What tells or keeps settings, and seeds nothing."""
_OF_DATA = frozenset({
    "train_test_split", "random_split", "shuffle", "randperm", "DataLoader", "RandomSampler",
    "WeightedRandomSampler", "SubsetRandomSampler", "DistributedSampler", "interleave_datasets",
})  # fmt: skip
_OF_WORLDS = frozenset({"reset", "make", "make_vec"})
"""What seeds a world to act in or a split or an order of data, not the network."""


def seeds_torch(source: Source) -> bool:
    """Tell whether a program seeds torch, or calls code out of sight that may."""
    return any(
        any(_may_seed(source, call) for call in scope.calls()) or _hands_on(source, scope)
        for scope in _live_scopes(source)
    )


def _live_scopes(source: Source) -> Iterator[Scope]:
    """Yield what a program may run: no function that nothing names, no overridden method."""
    named = {n.id for n in source.nodes if isinstance(n, ast.Name)}
    named |= {n.attr for n in source.nodes if isinstance(n, ast.Attribute)}
    for scope in source.scopes:
        if _is_live(source, scope, named) and not is_overridden(source, scope):
            yield scope


def _hands_on(source: Source, scope: Scope) -> bool:
    """Tell whether a function that seeds is given on: for seed in (torch.manual_seed, ...)."""
    held: list[ast.expr] = [item.value for item in scope.returns]
    for event in scope.events:
        given = [event.value] if isinstance(event, Assignment) else event.node.args
        held += [each for value in given for each in _elements(value)]
        if isinstance(event, Call):
            held += [each for k in event.node.keywords for each in _elements(k.value)]
    plain = [each for each in held if isinstance(each, (ast.Name, ast.Attribute))]
    names = [source.name(each, scope) for each in plain]
    return any(
        _SEEDS.search(name.rpartition(".")[2])
        and not _OTHER_LIBRARIES.match(name)
        and not _DETERMINISTIC.match(name)
        and not name.endswith(".Generator")
        for name in names
        if name
    )


def _elements(value: ast.expr) -> list[ast.expr]:
    return value.elts if isinstance(value, (ast.Tuple, ast.List, ast.Set)) else [value]


def _is_live(source: Source, scope: Scope, named: set[str]) -> bool:
    """Tell whether a function is named anywhere, or trains: another file may call that one."""
    at: Scope | None = scope
    while at is not None:
        plain = at.is_function and not at.is_method and not at.decorators
        unnamed = plain and at.name != "<lambda>" and at.name not in named
        if unnamed and not any(a.word in ("backward", "fit") for a in course_of(source, at)):
            return False
        at = at.parent
    return True


def _may_seed(source: Source, call: Call) -> bool:
    name = source.called_name(call)
    if _OTHER_LIBRARIES.match(name) or call.word in _OF_WORLDS | _OF_DATA:
        return False
    if _DETERMINISTIC.match(name) or _is_generator_of_data(source, call):
        return False
    inside = source.callee(call) is not None or source.defined(call.node.func, call.scope)
    if inside:  # what it does is looked at where it does it
        return False
    if _SEEDS.search(call.word):
        return not _is_of_space(call)
    if call.word in _TELLS:
        return False
    given = [*call.node.args, *(k.value for k in call.node.keywords)]
    told = any(_NAMED.search(k.arg or "") for k in call.node.keywords)
    return told or any(_holds_a_seed(source, value, call.scope) for value in given)


def _is_generator_of_data(source: Source, call: Call) -> bool:
    """Tell whether a Generator is made or seeded, and all that draw by one are data."""
    made: ast.expr | None = call.node if call.word == "Generator" else call.receiver
    if made is not None and not isinstance(made, ast.Call):
        held = [v for v, _, index in source.values(made, call.scope) if index is None]
        made = held[0] if len(held) == 1 else None
    while isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute):
        if made.func.attr == "Generator":
            break
        made = made.func.value  # torch.Generator().manual_seed(0)
    if not isinstance(made, ast.Call) or "Generator" not in ast.unparse(made.func):
        return False
    users = [
        c
        for calls in source.calls.values()
        for c in calls
        if any(k.arg == "generator" for k in c.node.keywords)
        or (c.word == "random_split" and len(c.node.args) > 2)
    ]
    return bool(users) and all(c.word in _OF_DATA for c in users)


def _is_of_space(call: Call) -> bool:
    """Tell whether a world's own spaces are seeded: env.seed(0), env.action_space.seed(0)."""
    owner = ast.unparse(call.receiver).lower() if call.receiver is not None else ""
    return call.word == "seed" and ("env" in owner or "space" in owner)


def _holds_a_seed(source: Source, value: ast.expr, scope: Scope) -> bool:
    """Tell whether a value is a seed, or settings among which there is one."""
    value = value.value if isinstance(value, ast.Starred) else value
    word = getattr(value, "attr", getattr(value, "id", ""))
    if _NAMED.search(str(word)):
        return True
    index = value.slice if isinstance(value, ast.Subscript) else None
    if isinstance(index, ast.Constant) and _NAMED.search(str(index.value)):
        return True
    if not isinstance(value, (ast.Name, ast.Attribute)):
        return False
    cls = source.class_of(value, scope)
    if cls is not None:
        return any(_NAMED.search(name) for name in cls.bound)
    for held, _, _ in source.values(value, scope):
        if isinstance(held, ast.Dict):
            keys = [k.value for k in held.keys if isinstance(k, ast.Constant)]
            return any(_NAMED.search(str(key)) for key in keys)
        parses = isinstance(held, ast.Call) and "args" in ast.unparse(held.func).lower()
        if parses:
            return any(_is_option(c) for c in source.called("add_argument"))
    return False


def _is_option(call: Call) -> bool:
    flags = [a.value for a in call.node.args if isinstance(a, ast.Constant)]
    return any(_NAMED.search(str(flag)) for flag in flags)
