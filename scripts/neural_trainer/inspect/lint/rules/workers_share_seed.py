"""Workers of a DataLoader draw the same numbers: each has a copy of one generator.

Look: a DataLoader with workers over a dataset of this file that draws, item by
item, from a generator made before the workers start (np.random.default_rng,
RandomState, random.Random, torch.Generator, in __init__ or at the top of the
file); a worker_init_fn that gives every worker the same seed; a seed set to a
constant in __getitem__; a stream (__iter__) whose generator is made of one seed.

Reason: a worker is a copy of the process. Torch gives each its own seed for
torch, random and numpy.random, but not for generators of your own: their copies
go through the same numbers, so augmentation repeats across workers.

Fix: draw from torch, random or np.random, which are seeded per worker; or make
the generator in the worker, from torch.initial_seed().

Not reported: np.random and random themselves; no workers; a worker_init_fn that
uses its argument or torch.initial_seed().

Sources: PyTorch documentation, torch.utils.data (randomness in multi-process
data loading); torch/utils/data/_utils/worker.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from neural_trainer.inspect.lint.aliases import is_partial
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loader_calls, loader_option
from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source, shown

ID = "workers-share-seed"
CAUSE = "augmentation-duplicated"
_GENERATORS = frozenset({"default_rng", "RandomState", "Random", "Generator"})
_SEEDS = ("seed", "manual_seed", "seed_everything", "set_seed")
_OWN = re.compile(r"initial_seed|get_worker_info|getpid|urandom")


def find(source: Source) -> list[Spot]:
    """Return each place from which all workers get the same numbers."""
    spots, classes = [], {}
    for call in loader_calls(source):
        workers = loader_option(source, call, "num_workers")
        if workers is None or number(source, *workers) == 0:
            continue
        starts = loader_option(source, call, "worker_init_fn")
        if starts is not None:
            named = [v for v, _, _ in source.values(*starts) if isinstance(v, ast.Lambda)]
            start = named[0] if named else starts[0]
            held = [v for v, _ in settled(source, *starts) if is_partial(v)]
            function = source.defined(held[0].args[0] if held else start, starts[1])
            spots += _same_seed(source, function, call) if function is not None else []
            continue
        dataset = loader_option(source, call, "dataset")
        cls = source.class_of(*dataset) if dataset is not None else None
        if cls is not None:
            classes[cls.number] = (cls, call)
        elif dataset is not None:
            for other in _given_objects(source, *dataset):
                classes[other.number] = (other, call)
        collate = loader_option(source, call, "collate_fn")
        function = source.defined(*collate) if collate is not None else None
        if function is not None and function.is_function:
            spots += _drawing(source, function, call, [function])
    for cls, loader in classes.values():
        spots += _copied(source, cls, loader)
    return spots


def _same_seed(source: Source, function: Scope, loader: Call) -> list[Spot]:
    """Return where a worker_init_fn seeds every worker alike."""
    used = {n.id for n in ast.walk(function.node) if isinstance(n, ast.Name)}
    if used & set(function.parameters[:1]) or _OWN.search(ast.unparse(function.node)):
        return []
    seeds = [c for c in function.calls() if c.word in _SEEDS and c.node.args]
    if not seeds:
        return []
    line = seeds[0].node.lineno
    return [Spot(loader.node, f"every worker is given the same seed on line {line}")]


def _given_objects(source: Source, dataset: ast.expr, scope: Scope) -> Iterator[Scope]:
    """Yield the classes of this file of which a dataset out of sight is given an object."""
    for value, at in settled(source, dataset, scope):
        given = [*value.args, *(k.value for k in value.keywords)] if _is_call(value) else []  # type: ignore[attr-defined]
        for each in given:
            cls = source.class_of(each, at)
            if cls is not None and source.method(cls, "__call__") is not None:
                yield cls


def _is_call(value: ast.expr) -> bool:
    return isinstance(value, ast.Call)


def _copied(source: Source, cls: Scope, loader: Call) -> Iterator[Spot]:
    items = [source.method(cls, name) for name in ("__getitem__", "__iter__", "__call__")]
    if not any(items) or _OWN.search(ast.unparse(cls.node)):
        return
    drawing = [s for s in source.scopes if s.parent is cls and s.name != "__init__"]
    for call in items[1].calls() if items[1] is not None else ():
        if _is_seeded(source, call):
            saw = f"each worker begins the same stream, of the seed on line {call.node.lineno}"
            yield Spot(loader.node, saw)
            return
    for scope in drawing:
        for call in scope.calls():
            name = source.called_name(call)
            seeds = call.word in _SEEDS and name.partition(".")[0] in ("numpy", "random", "torch")
            if seeds and scope is items[0] and number(source, call.argument(0), scope) is not None:
                saw = f"each item is drawn with the same seed, set on line {call.node.lineno}"
                yield Spot(loader.node, saw)
    yield from [s for scope in drawing for s in _drawing(source, scope, loader, drawing)][:1]


def _is_seeded(source: Source, call: Call) -> bool:
    """Tell whether a generator is made of a seed that is the same in every worker."""
    name = source.called_name(call)
    known = name.partition(".")[0] in ("numpy", "random")
    if not known or name.rpartition(".")[2] not in _GENERATORS or len(call.node.args) != 1:
        return False
    seed = call.node.args[0]
    if isinstance(seed, ast.Call) and len(seed.args) == 1:  # Generator(PCG64(self.seed))
        seed = seed.args[0]
    own = isinstance(seed, ast.Attribute) and ast.unparse(seed.value) == "self"
    fixed = number(source, seed, call.scope) is not None
    key = source.key(seed, call.scope)
    return fixed or (own and all(a.how == "=" for a in source.assignments.get(key, ())))


def _drawing(source: Source, scope: Scope, loader: Call, drawing: list[Scope]) -> Iterator[Spot]:
    """Yield where a function that workers run draws from a generator made before they start."""
    for call in scope.calls():
        key = source.key(call.receiver, scope) if call.receiver is not None else ""
        made = _generator(source, call, key, drawing)
        if made is not None:
            saw = (
                f"{shown(key)}, made on line {made.lineno}, is copied into each worker: they "
                "draw the same numbers"
            )
            yield Spot(loader.node, saw)
            return


def _generator(source: Source, call: Call, key: str, drawing: list[Scope]) -> ast.Call | None:
    """Return the call that made the generator which `call` draws from, before workers start."""
    given = source.assignments.get(key, [])
    if len(given) != 1 or given[0].scope in drawing or given[0].scope is call.scope:
        return None
    value = given[0].value
    if not isinstance(value, ast.Call):
        return None
    name = source.name(value.func, given[0].scope)
    known = name.partition(".")[0] in ("numpy", "random", "torch")
    return value if known and name.rpartition(".")[2] in _GENERATORS else None
