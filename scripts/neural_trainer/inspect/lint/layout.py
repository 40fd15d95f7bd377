"""A file as LibCST holds it, layout and comments included, and edits to it by place."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from neural_trainer.errors import MissingPackage

if TYPE_CHECKING:
    import libcst as cst


_ENCODING = re.compile(r"(?:#.*\n)?#.*?coding[:=]")
_KINDS: dict[type[ast.expr], str] = {
    ast.BinOp: "BinaryOperation",
    ast.BoolOp: "BooleanOperation",
    ast.UnaryOp: "UnaryOperation",
    ast.Compare: "Comparison",
}
"""What LibCST calls the kinds of expressions for which it has a name of its own."""


class Layout:
    """The nodes of a file by where they stand. Each edit gives the whole text anew."""

    def __init__(self, text: str) -> None:
        """Parse `text`. Raises MissingPackage where LibCST is not installed."""
        try:
            import libcst as cst
            from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
        except ModuleNotFoundError:
            raise MissingPackage("libcst", "neural-trainer fix", "lint") from None
        self.cst = cst
        self._lines = text.split("\n")
        # LibCST would decode the text once more by an encoding that a comment in it names.
        self._names_encoding = _ENCODING.match(text) is not None
        unnamed = text.replace("coding", "CODING", 1) if self._names_encoding else text
        wrapper = MetadataWrapper(cst.parse_module(unnamed), unsafe_skip_copy=True)
        self.module = wrapper.module
        self._parents = wrapper.resolve(ParentNodeProvider)
        self._places: dict[tuple[int, int, int, int], list[Any]] = {}
        self._spans: dict[Any, tuple[int, int, int, int]] = {}
        for node, place in wrapper.resolve(PositionProvider).items():
            spot = (place.start.line, place.start.column, place.end.line, place.end.column)
            self._places.setdefault(spot, []).append(node)
            self._spans[node] = spot

    def node(self, node: ast.expr) -> cst.BaseExpression | None:
        """Return the node of LibCST for an expression of `ast`, None where none lies just there."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        spot = (
            node.lineno,
            self._characters(node.lineno, node.col_offset),
            node.end_lineno,
            self._characters(node.end_lineno, node.end_col_offset),
        )
        kind = _KINDS.get(type(node), type(node).__name__)
        found = [n for n in self._places.get(spot, ()) if type(n).__name__ == kind]
        return found[0] if len(found) == 1 else None

    def statement(self, node: ast.expr) -> cst.SimpleStatementLine | None:
        """Return the line that holds an expression, None where it holds several statements."""
        at: Any = self.node(node)
        while at is not None and not isinstance(at, self.cst.SimpleStatementLine):
            at = self._parents.get(at)
        return at if at is not None and len(at.body) == 1 else None

    def imported_module(self, node: ast.ImportFrom) -> Any:
        """Return the node of the module that an import takes names from, None if none is there."""
        for (line, column, _, _), nodes in self._places.items():
            if (line, column) == (node.lineno, node.col_offset):
                for each in nodes:
                    if isinstance(each, self.cst.ImportFrom):
                        return each.module
        return None

    def same_block(self, *statements: Any) -> bool:
        """Tell whether statements stand in one block."""
        return len({id(self._parents.get(each)) for each in statements}) == 1

    def replaced(self, *pairs: tuple[Any, Any]) -> str:
        """Return the text with the second of each pair in the place of the first.

        All else stays as it is written, to the character. No node may lie in another.
        """
        lines = list(self._lines)
        for old, new in sorted(pairs, key=lambda pair: self._spans[pair[0]], reverse=True):
            first, start, last, end = self._spans[old]
            code = lines[first - 1][:start] + self.code(new) + lines[last - 1][end:]
            lines[first - 1 : last] = code.split("\n")
        return "\n".join(lines)

    def inserted(self, line: Any, code: str, *, after: bool = False) -> str | None:
        """Return the text with a line of code before (or after) the line of a statement."""
        block = self._parents.get(line)
        if block is None or not hasattr(block, "body"):
            return None
        new = self.cst.parse_statement(code)
        if not after and line.leading_lines:
            new, line_now = (
                new.with_changes(leading_lines=line.leading_lines),
                line.with_changes(leading_lines=()),
            )
        else:
            line_now = line
        body: list[Any] = []
        for each in block.body:
            pair = [line_now, new] if after else [new, line_now]
            body += pair if each is line else [each]
        return self._with_block(block, body)

    def moved(self, line: Any, to: Any, *, after: bool = False) -> str | None:
        """Return the text with a statement's line before (or after) another of its block."""
        block: Any = self._parents.get(line)
        if block is None or not self.same_block(line, to):
            return None
        body: list[Any] = []
        for each in block.body:
            if each is line:
                continue
            pair = [to, line] if after else [line, to]
            body += pair if each is to else [each]
        return self._with_block(block, body)

    def _with_block(self, block: Any, body: list[Any]) -> str:
        changed = self.module.deep_replace(block, block.with_changes(body=body))
        text = str(getattr(changed, "code", ""))
        return text.replace("CODING", "coding", 1) if self._names_encoding else text

    def expression(self, code: str) -> Any:
        """Return an expression as LibCST parses it."""
        return self.cst.parse_expression(code)

    def code(self, node: Any) -> str:
        """Return the text of a node."""
        return str(self.module.code_for_node(node))

    def _characters(self, line: int, offset: int) -> int:
        return len(self._lines[line - 1].encode()[:offset].decode(errors="replace"))
