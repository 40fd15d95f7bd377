"""Prompt text and reply parsing for the ticket classifier."""

import json
import re

# --- prompt -------------------------------------------------------------------------------------
# All content is escaped ("&" and "<"), so that no "<" in a prompt is anything but one of our tags.
# The question comes last, and nothing before it depends on it.


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&amp;", "&")


def render(instructions: str, documents: list[str], question: str) -> str:
    parts = [f"<instructions>\n{_escape(instructions)}\n</instructions>\n<documents>\n"]
    parts += [f"<document>\n{_escape(document)}\n</document>\n" for document in documents]
    parts.append(f"</documents>\n<question>\n{_escape(question)}\n</question>\n")
    return "".join(parts)


def read_back(prompt: str) -> tuple[str, list[str], str]:
    def inside(tag: str) -> list[str]:
        # Contents hold no "<", so tags can be taken at their word.
        found = re.findall(f"<{tag}>\n([^<]*)\n</{tag}>", prompt)
        return [_unescape(text) for text in found]

    (instructions,), (question,) = inside("instructions"), inside("question")
    return instructions, inside("document"), question


# --- reply --------------------------------------------------------------------------------------

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
_WORD = re.compile(r"[-+.\w]+")
_VALUE = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity")
_NUMBER_START = re.compile(r"-?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d*)?)?")
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")


def _decode(token: str):
    try:
        return json.loads(token, strict=False)
    except ValueError:
        return None


def _scan(text: str, start: int):
    """Read the object or array at `start`, without recursion.

    Returns (state, end, entries, inner): state "whole", "cut" (the text ends in it) or "bad";
    entries are an outermost object's key and value tokens (None for a container); inner maps the
    start of every container completed within to its end.
    """
    entries, inner = [], {}
    stack = []  # (start, kind)
    at, expect = start, "value"
    key = None
    while True:
        at = _SPACE.match(text, at).end()
        if at == len(text):
            return "cut", at, entries, inner
        char = text[at]
        if expect in ("key", "first key") and char == '"' or expect.endswith("value") and char == '"':
            found = _STRING.match(text, at)
            if not found:
                return "cut", len(text), entries, inner
            at = found.end()
            if expect.endswith("key"):
                key, expect = found.group(), "colon"
                continue
            if len(stack) == 1 and stack[0][1] == "{":
                entries.append((key, found.group()))
            expect = "comma"
        elif expect.endswith("value") and char in "{[":
            if len(stack) == 1 and stack[0][1] == "{":
                entries.append((key, None))
            stack.append((at, char))
            at += 1
            expect = "first key" if char == "{" else "first value"
        elif (
            char in "}]"
            and stack
            and stack[-1][1] == ("{" if char == "}" else "[")
            and expect in ("comma", "first key" if char == "}" else "first value")
        ):
            opened, _ = stack.pop()
            at += 1
            if not stack:
                return "whole", at, entries, inner
            inner[opened] = at
            expect = "comma"
        elif expect == "comma" and char == ",":
            at += 1
            expect = "key" if stack[-1][1] == "{" else "value"
        elif expect == "colon" and char == ":":
            at += 1
            expect = "value"
        elif expect.endswith("value") and (found := _WORD.match(text, at)):
            word = found.group()
            if found.end() == len(text) and (
                _NUMBER_START.fullmatch(word) or any(w.startswith(word) for w in _WORDS)
            ):
                return "cut", len(text), entries, inner
            if not _VALUE.fullmatch(word):
                return "bad", at, entries, inner
            if len(stack) == 1 and stack[0][1] == "{":
                entries.append((key, word))
            at = found.end()
            expect = "comma"
        else:
            return "bad", at, entries, inner


def parse(reply: str, labels: list[str]) -> str | None:
    label = None
    skip: dict[int, int] = {}
    at = 0
    opening = re.compile(r"[{\[]")
    while found := opening.search(reply, at):
        at = found.start()
        if at in skip:  # lies within something that began as JSON: not top-level
            at = skip[at]
            continue
        state, end, entries, inner = _scan(reply, at)
        is_object = reply[at] == "{"
        if state == "whole":
            if is_object:
                values = [value for key, value in entries if _decode(key) == "label"]
                if values:
                    label = _decode(values[-1]) if values[-1] is not None else None
            at = end
        elif state == "cut" and is_object:
            return None
        else:  # a brace in prose, or an object the model gave up; go on behind it
            skip.update(inner)
            at += 1
    return label if isinstance(label, str) and label in labels else None
