"""The code of a file as text, comments and docstrings left out: what it never mentions."""

from __future__ import annotations

import io
import re
import tokenize

from neural_trainer.inspect.lint.source import Source

_BEFORE_STATEMENT = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)


def mentions(source: Source, pattern: re.Pattern[str]) -> bool:
    """Tell whether the code of a file has a match of `pattern`, comments left out."""
    if "wording" not in source.kept:
        source.kept["wording"] = _code(source.text)
    return pattern.search(source.kept["wording"]) is not None


def _code(text: str) -> str:
    lines: dict[int, list[str]] = {}
    before = tokenize.ENCODING
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in (tokenize.COMMENT, tokenize.NL):
                continue
            docstring = token.type == tokenize.STRING and before in _BEFORE_STATEMENT
            if not docstring:
                lines.setdefault(token.start[0], []).append(token.string)
            before = token.type
    except (tokenize.TokenError, IndentationError, SyntaxError):  # text that only ast reads
        return text
    return "\n".join(" ".join(words) for words in lines.values())
