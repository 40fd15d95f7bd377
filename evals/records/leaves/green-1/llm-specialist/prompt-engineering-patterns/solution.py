"""Prompt and reply of the ticket classifier, as text."""

import json
import re


def _escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _unescape(text):
    return text.replace("&lt;", "<").replace("&amp;", "&")  # the ampersand last


def render(instructions: str, documents: list[str], question: str) -> str:
    """What stays comes first, the question last: the prefix up to it is the same text.

    No value contains "<" after escaping, so every "<" in the prompt is one of our tags.
    """
    parts = ["<instructions>", _escape(instructions), "</instructions>\n<documents>\n"]
    for document in documents:
        parts += ["<document>", _escape(document), "</document>\n"]
    parts += ["</documents>\n<question>", _escape(question), "</question>"]
    return "".join(parts)


def _between(text, tag):
    return [_unescape(value) for value in re.findall(rf"<{tag}>([^<]*)</{tag}>", text)]


def read_back(prompt: str) -> tuple[str, list[str], str]:
    (instructions,) = _between(prompt, "instructions")
    (question,) = _between(prompt, "question")
    return instructions, _between(prompt, "document"), question


_DECODER = json.JSONDecoder()
_REST = re.compile(r"\s*\Z")  # the text ends where something was still expected
_START = re.compile(r'\{\s*("|\Z)')  # begins as a JSON object does, unlike a brace in prose
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]', re.DOTALL)


def _closing(text, start):
    """Behind the brace that closes the one at start (strings skipped), None if none does."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return None


def parse(reply: str, labels: list[str]) -> str | None:
    found, broken, at = None, False, 0
    while match := re.compile(r"[{\[]").search(reply, at):
        start = match.start()
        try:
            value, at = _DECODER.raw_decode(reply, start)
        except RecursionError:
            at = start + 1
            continue
        except json.JSONDecodeError as error:
            at = start + 1
            if _START.match(reply, start):
                end = _closing(reply, start)
                if end is not None:  # malformed but closed: what lies in it is not top-level
                    at = end
                elif error.msg.startswith("Unterminated") or _REST.match(reply, error.pos):
                    return None  # all the rest belongs to an object that broke off
                else:  # unclosed: broke off, unless a whole answer follows
                    broken, at = True, max(at, error.pos)
            continue
        if isinstance(value, dict) and "label" in value:
            found, broken = value["label"], False
    if broken or not isinstance(found, str):
        return None
    return found if found in labels else None
