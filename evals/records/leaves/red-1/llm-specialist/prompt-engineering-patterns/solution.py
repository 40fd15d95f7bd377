"""Prompt and reply of a support-ticket classifier."""

import json
import re


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def render(instructions: str, documents: list[str], question: str) -> str:
    """The question stands last, so that all before it is the same prefix for every question.
    No content holds a raw '<', so no content can be taken for a tag."""
    mails = "".join(f"<document>{_escape(d)}</document>\n" for d in documents)
    return (
        f"<instructions>{_escape(instructions)}</instructions>\n"
        f"<documents>\n{mails}</documents>\n"
        f"<question>{_escape(question)}</question>"
    )


def read_back(prompt: str) -> tuple[str, list[str], str]:
    def of(tag: str) -> list[str]:
        return [_unescape(x) for x in re.findall(f"<{tag}>([^<]*)</{tag}>", prompt)]

    return of("instructions")[0], of("document"), of("question")[0]


_SPACE = re.compile(r"[ \t\r\n]*")
# Raw control characters within strings are tolerated: models write them.
_STRING = re.compile(r'"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_OPEN_STRING = re.compile(r'"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*(?:\\(?:u[0-9a-fA-F]{0,3})?)?\Z')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_OPEN_NUMBER = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?)?\Z")
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_MISSING = object()


def _scan(text: str, start: int) -> tuple[str, int, object, list[int]]:
    """Read the JSON object or array at `start`, without recursion.

    ("whole" | "cut" | "bad", end, value of its own key "label", starts of containers within);
    "cut": valid as far as it goes, but the text ends first."""
    at, stack, inner = start, [], []
    label, key = _MISSING, None
    expect = "value"  # value, value], key, key}, colon, next
    while True:
        at = _SPACE.match(text, at).end()
        if at == len(text):
            return "cut", at, label, inner
        c = text[at]
        if expect == "next":
            if c == ",":
                expect, at = ("key" if stack[-1] == "{" else "value"), at + 1
                continue
            if c != ("}" if stack[-1] == "{" else "]"):
                return "bad", at, label, inner
        if expect == "colon":
            if c != ":":
                return "bad", at, label, inner
            expect, at = "value", at + 1
            continue
        if (c == "}" and (expect == "key}" or expect == "next")) or (
            c == "]" and (expect == "value]" or expect == "next")
        ):
            stack.pop()
            at += 1
            if not stack:
                return "whole", at, label, inner
            expect = "next"
            continue
        if c == '"':
            found = _STRING.match(text, at)
            if not found:
                return ("cut" if _OPEN_STRING.match(text, at) else "bad"), at, label, inner
            own = stack == ["{"]
            if expect.startswith("key"):
                if own:
                    key = json.loads(found[0], strict=False)
                expect = "colon"
            else:
                if own and key == "label":
                    label = json.loads(found[0], strict=False)
                expect = "next"
            at = found.end()
            continue
        if expect.startswith("key"):
            return "bad", at, label, inner
        if stack == ["{"] and key == "label":
            label = None  # not a string
        if c in "{[":
            if stack:
                inner.append(at)
            stack.append(c)
            expect, at = ("key}" if c == "{" else "value]"), at + 1
            continue
        rest = text[at : at + 9]
        word = next((w for w in _WORDS if rest.startswith(w)), None)
        if word is None:
            if any(w.startswith(text[at:]) for w in _WORDS) or _OPEN_NUMBER.match(text, at):
                return "cut", len(text), label, inner
            found = _NUMBER.match(text, at)
            if not found:
                return "bad", at, label, inner
            word = found[0]
        at, expect = at + len(word), "next"


def parse(reply: str, labels: list[str]) -> str | None:
    answer: object = None
    at, not_top = 0, set()
    for at_open in re.finditer(r"[{\[]", reply):
        start = at_open.start()
        if start < at or start in not_top:
            continue
        state, end, label, inner = _scan(reply, start)
        if state == "whole":
            at = end
            if reply[start] == "{" and label is not _MISSING:
                answer = label
        elif state == "cut":
            if reply[start] == "{" or any(reply[i] == "{" for i in inner):
                return None  # the reply broke off in here
            not_top.update(inner)
        else:  # a brace of the prose, or broken JSON, whose parts are not top-level either
            not_top.update(inner)
    return answer if isinstance(answer, str) and answer in labels else None
