"""Comments that a finding is meant: `# neural-trainer: ignore[rule-id] because REASON`."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Container
from dataclasses import dataclass

from neural_trainer.inspect.lint.finding import Unread
from neural_trainer.runs.plain_text import shown_name

_MARK = "neural-trainer:"
_COMMENT = re.compile(r"neural-trainer:\s*ignore(?:\[(?P<rules>[^\]]*)\])?(?P<rest>.*)")
_REASON = re.compile(r"\s*(?:because|:|--|-|—)\s*(?P<reason>.*\w.*)")
_FORM = "say # neural-trainer: ignore[rule-id] because REASON"


@dataclass(frozen=True)
class Ignores:
    """Which rules are silenced on which lines, and the comments that were refused."""

    by_line: dict[int, frozenset[str]]
    refused: tuple[Unread, ...] = ()

    def silences(self, rule: str, first: int, last: int) -> bool:
        """Tell whether a finding of `rule` that spans these lines is meant to be there."""
        return any(rule in self.by_line.get(line, ()) for line in range(first, last + 1))


def read_ignores(text: str, path: str, rules: Container[str]) -> Ignores:
    """Return the opt-outs of a file. A comment alone on its line counts for the next line of code.

    One without a reason, or that names no rule of `rules`, is refused.
    """
    if _MARK not in text:
        return Ignores({})
    by_line: dict[int, frozenset[str]] = {}
    refused, waiting = [], frozenset[str]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        number = token.start[0]
        if token.type == tokenize.COMMENT and (match := _COMMENT.search(token.string)):
            names, why = _named(match, rules)
            if why:
                refused.append(Unread(path, number, why))
            elif token.line[: token.start[1]].strip():
                by_line[number] = by_line.get(number, frozenset()) | names
            else:
                waiting |= names
        elif waiting and token.type not in _LAYOUT:
            by_line[number] = by_line.get(number, frozenset()) | waiting
            waiting = frozenset()
    return Ignores(by_line, tuple(refused))


_LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENDMARKER,
}  # fmt: skip


def _named(match: re.Match[str], rules: Container[str]) -> tuple[frozenset[str], str]:
    """Return the rules that a comment silences, or why it is refused."""
    names = frozenset(filter(None, (n.strip() for n in (match["rules"] or "").split(","))))
    if not names:
        return names, f"an ignore comment names no rule: {_FORM}"
    unknown = sorted(name for name in names if name not in rules)
    if unknown:
        return names, f"an ignore comment names {shown_name(unknown[0])}, which is no rule"
    if not _REASON.fullmatch(match["rest"]):
        return names, f"an ignore comment gives no reason and is not followed: {_FORM}"
    return names, ""
