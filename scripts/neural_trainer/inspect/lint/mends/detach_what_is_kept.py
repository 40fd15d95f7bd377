"""total += loss becomes total += loss.detach(). Certain: what is kept never goes backward."""

from __future__ import annotations

import ast

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.source import Source


def mend(source: Source, spot: Spot, layout: Layout) -> str | None:
    """Return the text with the kept tensor detached."""
    node = spot.node
    if isinstance(node, ast.AugAssign):
        kept = node.value
    elif isinstance(node, ast.Call) and len(node.args) == 1:
        kept = node.args[0]
    else:
        return None
    if isinstance(kept, (ast.List, ast.Tuple)):
        if len(kept.elts) != 1:
            return None
        kept = kept.elts[0]
    old = layout.node(kept)
    if old is None:
        return None
    code = layout.code(old)
    plain = isinstance(kept, (ast.Name, ast.Attribute, ast.Call))
    return layout.replaced((old, layout.expression(f"{code if plain else f'({code})'}.detach()")))
