"""torch.cuda.amp or torch.cpu.amp is used, which torch.amp replaces.

Look: torch.cuda.amp.autocast, GradScaler, custom_fwd or custom_bwd, or those of
torch.cpu.amp, by any import.

Reason: deprecated since PyTorch 2.4; each use prints a FutureWarning, and the
name binds the code to CUDA.

Fix: torch.amp.autocast("cuda", ...) and torch.amp.GradScaler("cuda", ...).

Not reported: the import itself, which code may hold as a fallback for an older
PyTorch; a use in the handler of an ImportError or AttributeError, in an arm of a
condition that has torch.amp in another, or after one that leaves; a name that
another import takes from torch.amp.

Sources: PyTorch 2.4 documentation, Automatic Mixed Precision package.
"""

from __future__ import annotations

import ast
import re
from typing import TypeAlias

from neural_trainer.inspect.lint.aliases import is_partial
from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.scope import Scope
from neural_trainer.inspect.lint.source import Source

ID = "deprecated-cuda-amp"
CAUSE = ""
_OLD = ("torch.cuda.amp.", "torch.cuda.amp.autocast_mode.", "torch.cuda.amp.grad_scaler.")
_NAMES = ("autocast", "GradScaler", "custom_fwd", "custom_bwd")
_NEW = {True: re.compile(r"torch\.(?:amp|autocast)\b"), False: re.compile(r"torch\.amp\b")}
"""What stands in another arm, by whether the use is one of autocast."""
Branches: TypeAlias = "tuple[tuple[ast.AST, str], ...]"
_REPLACED = {old + new for old in _OLD for new in _NAMES} | {
    "torch.cpu.amp.autocast",
    "torch.cpu.amp.GradScaler",
}


def find(source: Source) -> list[Spot]:
    """Return each use of a name that torch.amp replaces."""
    if "amp" not in source.text:
        return []
    spots, both = [], _imported_anew(source)
    for scope in source.scopes:
        uses: list[tuple[ast.expr, ast.expr, Branches]] = []
        own = [c for c in scope.calls() if id(c.node) not in source.partials]
        uses += [(c.node, c.node.func, c.place.branches) for c in own]
        bound = [c for c in scope.calls() if is_partial(c.node)]
        uses += [(c.node, c.node.args[0], c.place.branches) for c in bound]
        called = {id(function) for _, function, _ in uses}
        # a decorator without parentheses is no call
        for inner in scope.inner.values():
            place = inner.defined_at.branches
            uses += [(d, d, place) for d in inner.decorators if id(d) not in called]
        for node, function, branches in uses:
            name = source.name(function, scope)
            root = ast.unparse(function).partition(".")[0]
            if name not in _REPLACED or root in both:
                continue
            if not _is_fallback(branches, scope, node, name.endswith("autocast")):
                last = name.rpartition(".")[2]
                spots.append(Spot(node, f"{name} is deprecated: torch.amp.{last} takes its place"))
    return sorted(spots, key=lambda spot: (_line(spot.node), spot.saw))


def _imported_anew(source: Source) -> set[str]:
    """Return the names that an import takes from torch.amp: one of torch.cuda.amp is for others."""
    return {
        alias.asname or alias.name
        for node in source.nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
        if _NAMED_NEW.match(f"{getattr(node, 'module', None) or ''}.{alias.name}".lstrip("."))
    }


_NAMED_NEW = re.compile(r"torch\.amp(?:\.\w+)*$|torch\.autocast$")


def _is_fallback(branches: Branches, scope: Scope, use: ast.expr, autocast: bool) -> bool:
    """Tell whether a use is for a PyTorch without torch.amp: an arm, or after one that leaves."""
    new = _NEW[autocast]
    if any(arm.startswith("except") or new.search(ast.unparse(n)) for n, arm in branches):
        return True
    blocks = [scope.node, *(node for node, _ in branches)]
    before = [each for block in blocks for each in _statements(block) if each.lineno < _line(use)]
    return any(new.search(ast.unparse(each)) and _leaves(each) for each in before)


def _statements(block: ast.AST) -> list[ast.stmt]:
    arms = [getattr(block, name, []) for name in ("body", "orelse", "finalbody")]
    return [each for arm in arms if isinstance(arm, list) for each in arm]


def _leaves(statement: ast.stmt) -> bool:
    """Tell whether what comes after a statement runs where it did not find what it looked for."""
    tried = statement.body[-1:] if isinstance(statement, (ast.If, ast.Try)) else []
    return any(isinstance(each, (ast.Return, ast.Raise, ast.Continue)) for each in tried)


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))
