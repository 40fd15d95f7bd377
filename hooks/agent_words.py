"""Which agent a prompt is for, by the words of trigger_words.py."""

from __future__ import annotations

import re

import other_trades as trades
import trigger_words as words
from failure_words import complaint_of, describes_failure
from trigger_words import find, mentions

MAX_VERBS = 8  # "implement", "build": so many are tried for what is to be made


def _handed_over(text: str, prompt: str) -> bool:
    """A case of at least two kinds of material, to be gone through whole."""
    kinds = sum(mentions(kind, text) for kind in words.MATERIAL)
    if kinds < 2 or not mentions(words.HANDED_OVER, text):
        return False
    return kinds == len(words.MATERIAL) or _of_training(text)


def _decides(text: str) -> bool:
    return bool(re.search(words.ASKED, text) or mentions(words.DECISION, text))


def _of_training(text: str) -> bool:
    return re.search(r"\b(?:train\w*|runs?|loss|epochs?|fine-?tun\w+|model)\b", text) is not None


def _fails(text: str, prompt: str) -> bool:
    return describes_failure(prompt)


def _to_write(text: str, prompt: str) -> bool:
    """A model or a training to be written, or inference to be made fast."""
    if re.search(words.FAST, text) and not mentions(words.NOT_FAST, text):
        return True
    if mentions(words.NOT_MADE, text):
        return False
    verb = find(words.WRITE, text)
    for _ in range(MAX_VERBS):
        if verb is None:
            break
        made = find(words.MADE, text, verb.end())
        if made is not None and made.start() - verb.end() < 80:
            return True
        verb = find(words.WRITE, text, verb.end())
    return re.search(words.PAPER_FIRST, text) is not None


def _of_tuning(text: str, prompt: str) -> bool:
    found = mentions(words.TUNING, text) and not mentions(words.NOT_TUNING, text)
    return found and bool(_decides(text) or mentions(words.USED, text))


def _of_scaling(text: str, prompt: str) -> bool:
    if mentions(words.NOT_SCALING, text) and not mentions(words.SIZE, text):
        return False
    if mentions(words.ALONE_SCALING, text):
        return True
    # A size told beside an optimizer describes the model; it is not what is asked.
    found = mentions(words.SCALING, text) or (
        mentions(words.SIZE, text) and not mentions(words.RATE, text)
    )
    return bool(found) and _decides(text)


def _of_rates(text: str, prompt: str) -> bool:
    if not mentions(words.RATE, text) or not _decides(text):
        return False
    return mentions(trades.FIELD, text) or not mentions(words.NOT_RATE, text)


def _elsewhere(text: str) -> bool:
    """Talk about a word, or a matter of another trade."""
    if mentions(trades.TALK, text):
        return True
    if mentions(trades.FIELD, text):
        return False
    if mentions(trades.OTHER, text):
        return True
    return mentions(trades.OF_DATA, text) and not mentions(trades.NETWORK, text)


# Agent, and whether a prompt is for it. The first that says yes is named: a run that fails comes
# before what it fails at, and what is rare in prompts before what is common.
_NOT_A_TASK = (_of_tuning, _of_scaling, _of_rates)
TRIGGERS = (
    ("ml-debugger-specialist", _handed_over),
    ("diagnostician", _fails),
    ("ml-expert-specialist", _to_write),
    ("fine-tuning-advisor", _of_tuning),
    ("scaling-advisor", _of_scaling),
    ("optimization-guru", _of_rates),
)


def agent_for(prompt: str) -> str | None:
    """The name of the agent that a prompt is for, without the plugin's; None where it is for none.

    >>> agent_for("which learning rate should I take for AdamW?")
    'optimization-guru'
    >>> agent_for("train schedule to Boston") is None
    True
    """
    text = complaint_of(prompt)
    if _elsewhere(text):
        return None
    task = re.match(words.TASK, text) is not None and not mentions(words.BEST, text)
    for agent, applies in TRIGGERS:
        if not (task and applies in _NOT_A_TASK) and applies(text, prompt):
            return agent
    return None
