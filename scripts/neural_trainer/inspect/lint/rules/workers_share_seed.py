"""Workers of a DataLoader draw the same numbers: each has a copy of one generator.

Look: a DataLoader with workers whose dataset, or what that is given or holds (a
transform, a collate_fn, a function that these call), draws from a generator made
before the workers start (np.random.default_rng, RandomState, random.Random,
torch.Generator, in __init__ or at the top of the file); a worker_init_fn that
gives every worker the same seed; a seed set to a constant in __getitem__; a
stream (__iter__, or what that calls) whose generator is made of one seed.

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

from neural_trainer.inspect.lint.aliases import is_partial
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loader_calls, loader_option
from neural_trainer.inspect.lint.parts import settled
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.settings import number
from neural_trainer.inspect.lint.source import Source, shown
from neural_trainer.inspect.lint.worker_code import worker_code

ID = "workers-share-seed"
CAUSE = "augmentation-duplicated"
_GENERATORS = frozenset({"default_rng", "RandomState", "Random", "Generator"})
_SEEDS = ("seed", "manual_seed", "seed_everything", "set_seed")
_OWN = re.compile(r"initial_seed|worker_info|getpid|urandom")


def find(source: Source) -> list[Spot]:
    """Return each place from which all workers get the same numbers."""
    spots: list[Spot] = []
    for call in loader_calls(source):
        workers = loader_option(source, call, "num_workers")
        if workers is None or number(source, *workers) == 0:
            continue
        starts = loader_option(source, call, "worker_init_fn")
        if starts is not None:
            function = _function(source, *starts)
            spots += _same_seed(source, function, call) if function is not None else []
            continue
        code = worker_code(source, call)
        if not any(_makes_its_own(scope) for scope in code):
            spots += _of_code(source, code, call)
    return spots


def _function(source: Source, expr: ast.expr, at: Scope) -> Scope | None:
    """Return the function of this file that is given to start a worker, also as a partial."""
    named = [v for v, _, _ in source.values(expr, at) if isinstance(v, ast.Lambda)]
    held = [v for v, _ in settled(source, expr, at) if is_partial(v)]
    return source.defined(held[0].args[0] if held else named[0] if named else expr, at)


def _makes_its_own(scope: Scope) -> bool:
    """Tell whether code of a worker, or its class, asks which worker it is."""
    owner = scope.parent if scope.is_method and scope.parent is not None else scope
    return _OWN.search(ast.unparse(owner.node)) is not None


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


def _of_code(source: Source, code: list[Scope], loader: Call) -> list[Spot]:
    """Return the first place where code that workers run draws what others draw as well."""
    for scope in code:
        for call in scope.calls():
            line = call.node.lineno
            if _is_of_stream(source, scope) and _is_seeded(source, call):
                saw = f"each worker begins the same stream, of the seed on line {line}"
                return [Spot(loader.node, saw)]
            library = source.called_name(call).partition(".")[0]
            seeds = call.word in _SEEDS and library in ("numpy", "random", "torch")
            fixed = seeds and number(source, call.argument(0), scope) is not None
            if fixed and scope.name == "__getitem__":
                saw = f"each item is drawn with the same seed, set on line {line}"
                return [Spot(loader.node, saw)]
            made = _generator(source, call, code)
            if made is not None:
                what, where = _shown(source, call), made.lineno
                saw = f"{what}, made on line {where}, is copied into each worker: they "
                return [Spot(loader.node, saw + "draw the same numbers")]
    return []


def _is_seeded(source: Source, call: Call) -> bool:
    """Tell whether a generator is made of a seed that is the same in every worker."""
    name = source.called_name(call)
    known = name.partition(".")[0] in ("numpy", "random")
    if not known or name.rpartition(".")[2] not in _GENERATORS or len(call.node.args) != 1:
        return False
    seed = call.node.args[0]
    if isinstance(seed, ast.Call) and len(seed.args) == 1:  # Generator(PCG64(self.seed))
        seed = seed.args[0]
    return all(_is_same(source, part, call.scope) for part in _parts_of(seed))


def _is_of_stream(source: Source, scope: Scope) -> bool:
    """Tell whether a function is __iter__ of a stream, or a method that this one calls."""
    cls = scope.parent if scope.is_method else None
    if cls is None:
        return False
    if scope.name == "__iter__":
        return True
    goes = source.method(cls, "__iter__")
    return (
        goes is not None
        and source.method(cls, "__getitem__") is None
        and any(source.callee(call) is scope for call in goes.calls())
    )


def _parts_of(seed: ast.expr) -> list[ast.expr]:
    """Return what a seed is put together of: [self.seed, self.epoch], self.seed + self.epoch."""
    if isinstance(seed, (ast.List, ast.Tuple)):
        return [part for each in seed.elts for part in _parts_of(each)]
    if isinstance(seed, ast.BinOp):
        return [*_parts_of(seed.left), *_parts_of(seed.right)]
    return [seed]


def _is_same(source: Source, seed: ast.expr, scope: Scope) -> bool:
    """Tell whether a part of a seed is the same in every worker: a number, or kept by self."""
    if _WORKER.search(ast.unparse(seed)):
        return False
    if number(source, seed, scope) is not None:
        return True
    own = isinstance(seed, ast.Attribute) and ast.unparse(seed.value) == "self"
    given = source.assignments.get(source.key(seed, scope), ())
    return own and all(a.how == "=" for a in given)


_WORKER = re.compile(r"worker|rank|shard")


def _shown(source: Source, call: Call) -> str:
    given = [k.value for k in call.node.keywords if k.arg == "generator"]
    drawn = [e for e in (*given, call.receiver) if e is not None]
    return shown(source.key(drawn[0], call.scope))


def _generator(source: Source, call: Call, code: list[Scope]) -> ast.Call | None:
    """Return the call that made the generator which `call` draws from, before workers start."""
    given = [k.value for k in call.node.keywords if k.arg == "generator"]
    drawn = [e for e in (*given, call.receiver) if e is not None]
    return _made_before(source, drawn[0], call.scope, code) if drawn else None


def _made_before(
    source: Source, expr: ast.expr, scope: Scope, code: list[Scope], depth: int = 4
) -> ast.Call | None:
    """Return the call that made a generator, where no code that workers run made or set it."""
    key = source.key(expr, scope)
    items = source.assignments.get(key, [])
    if depth == 0 or not key or len(items) > 1 or any(i.scope in code for i in items):
        return None
    if any(i.scope is scope for i in items) and scope.is_function:
        return None
    values = [(v, at) for v, at, i in source.values(expr, scope) if i is None]
    found = [
        value if isinstance(value, ast.Call) else _made_before(source, value, at, code, depth - 1)
        for value, at in values
    ]
    made = found[0] if len(found) == 1 else None
    at = values[0][1] if values else scope
    if made is None or not isinstance(values[0][0], ast.Call):
        return made
    while isinstance(made.func, ast.Attribute) and isinstance(made.func.value, ast.Call):
        made = made.func.value  # torch.Generator().manual_seed(0)
    name = source.name(made.func, at)
    known = name.partition(".")[0] in ("numpy", "random", "torch")
    return made if known and name.rpartition(".")[2] in _GENERATORS else None
