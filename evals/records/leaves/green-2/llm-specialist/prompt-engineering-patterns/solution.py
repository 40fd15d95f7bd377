"""Text side of a ticket classifier: the prompt, and what the reply says."""

import json
import re

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_PLAIN = {code: char for char, code in _ESCAPES.items()}


def _escape(text: str) -> str:
    return re.sub("[&<>]", lambda found: _ESCAPES[found[0]], text)


def _unescape(text: str) -> str:
    return re.sub("&(?:amp|lt|gt);", lambda found: _PLAIN[found[0]], text)


def render(instructions: str, documents: list[str], question: str) -> str:
    """Instructions, documents, question: what changes most comes last.

    Nothing before the question depends on it, so the prefix cache holds up to there.
    """
    parts = [f"<instructions>{_escape(instructions)}</instructions>\n<documents>\n"]
    parts += [f"<document>{_escape(document)}</document>\n" for document in documents]
    parts.append(f"</documents>\n<question>{_escape(question)}</question>")
    return "".join(parts)


def read_back(prompt: str) -> tuple[str, list[str], str]:
    """What `render` was given: after escaping, a "<" can only be one of our tags."""

    def contents(tag):
        found = re.findall(f"<{tag}>([^<]*)</{tag}>", prompt)
        return [_unescape(text) for text in found]

    (instructions,), (question,) = contents("instructions"), contents("question")
    return instructions, contents("document"), question


_SPACE = re.compile(r"[ \t\r\n]*")
_ESCAPE = r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})'
_STRING = re.compile(rf'"(?:[^"\\]|{_ESCAPE})*"')  # raw line breaks allowed: models write them
_CUT_STRING = re.compile(rf'"(?:[^"\\]|{_ESCAPE})*(?:\\(?:u[0-9a-fA-F]{{0,3}})?)?\Z')
_WORD = re.compile(r"[-+.\w]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
_CUT_NUMBER = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][-+]?\d*)?)?", re.ASCII)
_LITERALS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_FENCE_ONLY = re.compile(r"[-+.\w]*\s*`{3,}\s*\Z")
_MISSING = object()


def _scan(text: str, start: int):
    """Reads the object or array at `start`: (state, position, label).

    state: "whole" (position: behind it), "cut" (the text ends in it), "bad" (no JSON from
    position on). label: value of the outermost "label", _MISSING without one. No recursion.
    """
    stack, at, label, key = [], start, _MISSING, None
    state = "value"
    while True:
        at = _SPACE.match(text, at).end()
        if at == len(text):
            return "cut", at, label
        char = text[at]
        if state in ("first key", "key"):
            if char == "}" and state == "first key":
                state = "close"
                continue
            found = _STRING.match(text, at)
            if char != '"' or not found:
                cut = char == '"' and _CUT_STRING.match(text, at)
                return ("cut" if cut else "bad"), at, label
            key = json.loads(found[0], strict=False) if len(stack) == 1 else None
            at, state = found.end(), "colon"
        elif state == "colon":
            if char != ":":
                return "bad", at, label
            at, state = at + 1, "value"
        elif state in ("value", "first item"):
            if char == "]" and state == "first item":
                state = "close"
                continue
            mine = len(stack) == 1 and stack[0] == "{" and key == "label"
            if char in "{[":
                if mine:
                    label = None
                stack.append(char)
                at, state = at + 1, ("first key" if char == "{" else "first item")
                continue
            if char == '"':
                found = _STRING.match(text, at)
                if not found:
                    cut = _CUT_STRING.match(text, at)
                    return ("cut" if cut else "bad"), at, label
                if mine:
                    label = json.loads(found[0], strict=False)
            else:
                found = _WORD.match(text, at)
                word = found[0]
                if found.end() == len(text):
                    begun = any(whole.startswith(word) for whole in _LITERALS)
                    cut = begun or _CUT_NUMBER.fullmatch(word)
                    return ("cut" if word and cut else "bad"), at, label
                if word not in _LITERALS and not _NUMBER.fullmatch(word):
                    return "bad", at, label
                if mine:
                    label = None
            at, state = found.end(), "next"
        elif state == "next":
            if char == ",":
                at, state = at + 1, ("key" if stack[-1] == "{" else "value")
            else:
                state = "close"
        else:  # close
            if char != ("}" if stack[-1] == "{" else "]"):
                return "bad", at, label
            stack.pop()
            at, state = at + 1, "next"
            if not stack:
                return "whole", at, label


def _balanced(text: str, start: int) -> int | None:
    """Behind the brace that closes the one at `start`, strings skipped; None without one."""
    depth = 0
    for found in re.compile(r'"(?:[^"\\]|\\.)*"|["{}]', re.DOTALL).finditer(text, start):
        if found[0] == '"':
            return None  # a string that never ends
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return None


def parse(reply: str, labels: list[str]) -> str | None:
    """The label of the last whole top-level object that has one; None if it is not valid."""
    label, at = None, 0
    opening = re.compile(r"[{\[]")
    while found := opening.search(reply, at):
        start = found.start()
        state, end, value = _scan(reply, start)
        if state == "whole":
            if found[0] == "{" and value is not _MISSING:
                label = value
            at = end  # objects inside are not top-level
        elif state == "cut":
            if "{" in reply[start:]:
                return None  # the reply broke off in its final object
            break
        elif found[0] == "[" or not re.compile(r'\{\s*"').match(reply, start):
            at = start + 1  # a bracket of the prose
        elif _FENCE_ONLY.match(reply, end) and _balanced(reply, start) is None:
            return None  # broke off, and the fence was closed behind it
        else:  # looks like an object but is none: what lies inside is not top-level
            begun = re.compile(r'\{\s*"[^"]*"\s*:').match(reply, start)
            at = _balanced(reply, start) or (max(end, start + 1) if begun else start + 1)
    return label if isinstance(label, str) and label in labels else None
