"""Training batches come in the same order each epoch: their DataLoader does not shuffle.

Look: a DataLoader without shuffle=True and without a sampler, over a dataset
that can be indexed, which a training loop of this file runs over.

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

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.loaders import loader_option, loaders_of, looped_over
from neural_trainer.inspect.lint.roles import ENGINE, role
from neural_trainer.inspect.lint.scope import Call, Scope
from neural_trainer.inspect.lint.settings import all_in_sight, truth
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.training_loops import training_loops

ID = "data-not-shuffled"
CAUSE = "data-not-shuffled"
_ORDERED = re.compile(r"iterable|stream|curriculum|sequential|stateful|bptt|webdataset", re.I)


def find(source: Source) -> list[Spot]:
    """Return each DataLoader of training batches that keeps their order."""
    if not source.called("DataLoader"):
        return []
    seen: dict[int, Spot] = {}
    for call, line in _of_training(source):
        if _keeps_order(source, call):
            saw = f"training batches (line {line}) come in the same order each epoch: no shuffle"
            seen[id(call.node)] = Spot(call.node, saw)
    return list(seen.values())


def _of_training(source: Source) -> list[tuple[Call, int]]:
    """Return each loader that is trained on, and the line where."""
    found = []
    for loop in training_loops(source):
        around = {each for a in loop.backwards for each in a.place.loops}
        for each in sorted(around, key=lambda node: node.lineno):
            scopes = {a.event.scope.number: a.event.scope for a in loop.actions}
            for expr in looped_over(each):
                for scope in {loop.scope.number: loop.scope, **scopes}.values():
                    found += [(c, each.lineno) for c in loaders_of(source, expr, scope)]
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
