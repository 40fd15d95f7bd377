"""Training batches come in the same order each epoch: their DataLoader does not shuffle.

Look: a DataLoader without shuffle=True and without a sampler, over a dataset
that can be indexed, which a training loop of this file runs over; a sampler of
torch that keeps the order; batches cut off the data front to back, each epoch,
in the loop, by split or chunk, or in a generator of this file.

Reason: neighbours in a file are alike, by class or by time. Batches of one kind
pull the weights one way after another, and each epoch repeats the same noise.

Fix: shuffle=True; a sampler where the order has a meaning.

Not reported: datasets that are iterables, or from code out of sight with
shuffle not given; a batch that holds all data; a shuffle or a sampler that is
worked out; loaders that no training loop in sight uses.

Sources: PyTorch documentation, torch.utils.data.DataLoader (shuffle: default
False); Bengio 2012, Practical Recommendations, arXiv 1206.5533, section 3.3.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.batch_cuts import cut_from_front
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loader_option, loaders_of, looped_over
from neural_trainer.inspect.lint.parts import made_of
from neural_trainer.inspect.lint.roles import ENGINE, role
from neural_trainer.inspect.lint.scope import Call, Place, Scope, head_of, taken_from
from neural_trainer.inspect.lint.settings import all_in_sight, setting, truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops
from neural_trainer.inspect.lint.wording import mentions

ID = "data-not-shuffled"
CAUSE = "data-not-shuffled"
_CARRIED = re.compile(r"\b(?:state|hidden|hx|memory|carry)\b")
"""What goes from one piece of a sequence to the next, so that their order has a meaning."""
_ORDERED = re.compile(r"iterable|stream|curriculum|sequential|stateful|bptt|webdataset", re.I)


def find(source: Source) -> list[Spot]:
    """Return each DataLoader of training batches that keeps their order."""
    if not source.called("DataLoader"):
        return _cut_in_order(source) or _given_in_order(source)
    seen: dict[tuple[int, int], Spot] = {}
    for call, line in {id(c.node): (c, at) for c, at in reversed(_of_training(source))}.values():
        sampler = _ordered_sampler(source, call)
        if sampler is not None:
            saw = f"training batches (line {line}) come in the same order: this does not shuffle"
            seen[sampler.lineno, sampler.col_offset] = Spot(sampler, saw)
        elif _keeps_order(source, call):
            saw = f"training batches (line {line}) come in the same order each epoch: no shuffle"
            seen[call.node.lineno, call.node.col_offset] = Spot(call.node, saw)
    return list(seen.values())


def _ordered_sampler(source: Source, call: Call) -> ast.expr | None:
    """Return a sampler that keeps the order: a DistributedSampler told so, a SequentialSampler."""
    given = loader_option(source, call, "sampler") or loader_option(source, call, "batch_sampler")
    made = made_of(source, *given) if given is not None else []
    ordered = [value for value, at in made if _keeps(source, value, at)]
    return ordered[0] if ordered and len(ordered) == len(made) else None


def _keeps(source: Source, sampler: ast.expr, at: Scope) -> bool:
    """Tell whether a sampler of torch keeps the order."""
    name = source.name(sampler.func, at) if isinstance(sampler, ast.Call) else ""
    if not isinstance(sampler, ast.Call) or not name.startswith("torch.utils.data."):
        return False
    if name.endswith(".BatchSampler") and sampler.args:
        inner = made_of(source, sampler.args[0], at)
        return bool(inner) and all(_keeps(source, value, scope) for value, scope in inner)
    call = Call(sampler, "DistributedSampler", Place(), at)
    told = setting(source, call, 3, "shuffle") if name.endswith(".DistributedSampler") else None
    off = told is not None and truth(source, *told) is False
    return off or name.endswith(".SequentialSampler")


def _cut_in_order(source: Source) -> list[Spot]:
    """Return each loop that cuts batches off the data from front to back, epoch by epoch."""
    spots = []
    for loop in training_loops(source):
        over = taken_from(loop.loop)
        around = loop.backwards[0].place.loops
        carried = _CARRIED.search(ast.unparse(loop.loop)) is not None
        pieces = over is not None and len(around) >= 2 and not carried
        if pieces and over is not None and _in_pieces(source, over, loop.scope):
            saw = "batches are pieces of the data from front to back, in the same order each epoch"
            spots.append(Spot(loop.loop, saw))
        cut = cut_from_front(loop.loop, source, loop.scope) if len(around) >= 2 else set()
        if len(cut) >= 2 and not carried:
            saw = "batches are cut from front to back here, in the same order each epoch"
            spots.append(Spot(loop.loop, saw))
    return [] if spots and mentions(source, _DRAWN) else spots


def _in_pieces(source: Source, over: ast.expr, scope: Scope, depth: int = 4) -> bool:
    """Tell whether a loop goes over pieces of tensors: x.split(64), torch.chunk, zip of several."""
    if depth == 0:
        return False
    if isinstance(over, ast.ListComp):  # [(x[i:i + n], y[i:i + n]) for i in range(0, len(x), n)]
        return len(cut_from_front(over, source, scope)) >= 2
    if not isinstance(over, ast.Call):
        values = [(v, at) for v, at, i in source.values(over, scope) if i is None]
        return len(values) == 1 and _in_pieces(source, *values[0], depth - 1)
    word = getattr(over.func, "attr", getattr(over.func, "id", ""))
    if word in ("enumerate", "tqdm", "list", "zip") and over.args:
        return all(_in_pieces(source, each, scope, depth - 1) for each in over.args)
    if isinstance(over.func, ast.Attribute) and word in ("split", "chunk", "tensor_split"):
        library = source.name(over.func, scope).partition(".")[0] == "torch"
        size = over.args[int(library)] if len(over.args) > int(library) else None
        owner = over.args[0] if library and over.args else over.func.value
        text = isinstance(size, ast.Constant) and isinstance(size.value, str)  # of a string
        rows = len(over.args) <= 1 + int(library) and not any(k.arg == "dim" for k in over.keywords)
        return size is not None and rows and not text and not isinstance(owner, ast.Constant)
    return source.name(over.func, scope) in ("numpy.array_split", "itertools.batched")


def _given_in_order(source: Source) -> list[Spot]:
    """Return each loop of a generator that cuts batches from front to back, epoch by epoch.

    The data may be drawn at random as a whole: what is mentioned counts within the generator.
    """
    spots = []
    for loop in training_loops(source):
        over = taken_from(loop.loop)
        epochs = len(loop.backwards[0].place.loops) > 1
        made = source.defined(over.func, loop.scope) if isinstance(over, ast.Call) else None
        if made is None or not made.is_function or not epochs:
            continue
        text = f"{ast.unparse(made.node)} {head_of(loop.loop)}"
        loops = [n for n in ast.walk(made.node) if isinstance(n, (ast.For, ast.While))]
        cut = next((each for each in loops if cut_from_front(each, source, made)), None)
        yields = cut is not None and any(isinstance(n, ast.Yield) for n in ast.walk(cut))
        if cut is not None and yields and not _DRAWN.search(text):
            saw = f"batches (line {loop.loop.lineno}) are cut from front to back here, each epoch"
            spots.append(Spot(cut, saw))
    return spots


_DRAWN = re.compile(
    r"shuffl|perm(?!ute)|(?<!up)(?<!down)sample(?!_rate|s?_per)|rand(?:int|om_state)|choice|argsort"
)


def _of_training(source: Source) -> list[tuple[Call, int]]:
    """Return each loader that is trained on, and the line where."""
    found = []
    for loop in training_loops(source):
        around = {each for a in loop.backwards for each in a.place.loops}
        for each in sorted(around, key=lambda node: node.lineno):
            owners = [a.event.scope for a in loop.actions if each in a.event.place.loops]
            scope = owners[0] if owners else loop.scope
            for expr in looped_over(each):
                calls = loaders_of(source, expr, scope)
                if not any(_shuffles(source, call) for call in calls):  # else one loop for both
                    found += [(call, each.lineno) for call in calls]
    for call in source.called("fit"):
        if role(source, call.receiver, call.scope) != ENGINE and "ightning" in source.text:
            given = call.argument(1, "train_dataloaders")
            if given is not None:
                found += [(c, call.node.lineno) for c in loaders_of(source, given, call.scope)]
    for scope in source.scopes:
        if scope.name == "train_dataloader" and scope.is_method:
            for item in scope.returns:
                found += [(c, c.node.lineno) for c in loaders_of(source, item.value, scope)]
    return found


def _shuffles(source: Source, call: Call) -> bool:
    shuffled = loader_option(source, call, "shuffle")
    return shuffled is not None and truth(source, *shuffled) is True


def _keeps_order(source: Source, call: Call) -> bool:
    if not all_in_sight(source, call) or _ORDERED.search(ast.unparse(call.node)):
        return False
    if loader_option(source, call, "sampler") or loader_option(source, call, "batch_sampler"):
        return False
    size = loader_option(source, call, "batch_size")
    if size is not None and re.search(r"\blen\(|None", ast.unparse(size[0])):
        return False
    shuffled = loader_option(source, call, "shuffle")
    if shuffled is not None:
        return truth(source, *shuffled) is False
    dataset = loader_option(source, call, "dataset")
    return dataset is not None and _is_indexed(source, *dataset)


def _is_indexed(source: Source, expr: ast.expr, scope: Scope, depth: int = 4) -> bool:
    """Tell whether a dataset is one that is asked for items by their index."""
    if depth == 0:
        return False
    if isinstance(expr, ast.Subscript):  # {part: Data(part) for part in ...}["train"]
        held = [(v, at) for v, at in made_of(source, expr.value, scope)]
        each = [(v.value, at) for v, at in held if isinstance(v, ast.DictComp)]
        if each:
            return all(_is_indexed(source, v, at, depth - 1) for v, at in each)
    if not isinstance(expr, ast.Call):
        values = source.values(expr, scope)
        return bool(values) and all(_is_indexed(source, v, s, depth - 1) for v, s, _ in values)
    cls = source.defined(expr.func, scope)
    if cls is not None and cls.is_class:
        return source.method(cls, "__getitem__") is not None
    name = source.name(expr.func, scope)
    last = name.rpartition(".")[2]
    known = ("TensorDataset", "Subset", "random_split", "ConcatDataset", "load_dataset")
    return last in known or name.startswith("torchvision.datasets.")
