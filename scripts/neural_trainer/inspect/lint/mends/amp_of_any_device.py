"""torch.cuda.amp.autocast(...) becomes torch.amp.autocast("cuda", ...), GradScaler likewise.

Certain where the full name is written out, or where every name that one import
takes from torch.cuda.amp is only ever called.
"""

from __future__ import annotations

import ast
from typing import Any

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.source import Source

_CALLED = ("autocast", "GradScaler")


def mend(source: Source, spot: Spot, layout: Layout) -> str | None:
    """Return the text with the new name and the device named."""
    if not isinstance(spot.node, ast.Call):
        return None
    function = spot.node.func
    if isinstance(function, ast.Attribute) and function.attr in _CALLED:
        if ast.unparse(function) != f"torch.cuda.amp.{function.attr}":
            return None
        call = layout.node(spot.node)
        if call is None:
            return None
        named = layout.expression(f"torch.amp.{function.attr}")
        return layout.replaced((call, _with_device(layout, call, function.attr, named)))
    if isinstance(function, ast.Name):
        return _with_import(source, layout, function.id)
    return None


def _with_device(layout: Layout, call: Any, kind: str, function: Any) -> Any:
    """Return a call with "cuda" as its first argument. autocast took `enabled` first before."""
    cst = layout.cst
    args = list(call.args)
    if kind == "autocast":
        for position, keyword in enumerate(("enabled", "dtype", "cache_enabled")):
            if position < len(args) and args[position].keyword is None and not args[position].star:
                args[position] = args[position].with_changes(
                    keyword=cst.Name(keyword),
                    equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
                )
    comma = (
        cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")) if args else cst.MaybeSentinel.DEFAULT
    )
    device = cst.Arg(cst.SimpleString('"cuda"'), comma=comma)
    return call.with_changes(func=function, args=[device, *args])


def _with_import(source: Source, layout: Layout, name: str) -> str | None:
    """Return the text with an import of torch.cuda.amp and all calls of its names changed."""
    lines = [
        node
        for node in source.tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "torch.cuda.amp"
    ]
    if len(lines) != 1 or any(a.asname or a.name not in _CALLED for a in lines[0].names):
        return None
    names = {alias.name for alias in lines[0].names}
    calls = {id(c.node.func): c.node for c in source.called(*names)}
    uses = [n for n in ast.walk(source.tree) if isinstance(n, ast.Name) and n.id in names]
    if name not in names or any(id(use) not in calls for use in uses):
        return None  # a name that is passed on, or is an annotation
    pairs = []
    for use in uses:
        outer = calls[id(use)]
        inner = [n for n in ast.walk(outer) if isinstance(n, ast.Call) and n is not outer]
        call = layout.node(outer)
        if call is None or any(id(each.func) in calls for each in inner):
            return None
        pairs.append((call, _with_device(layout, call, use.id, layout.expression(use.id))))
    module = layout.imported_module(lines[0])
    if module is None:
        return None
    return layout.replaced((module, layout.expression("torch.amp")), *pairs)
