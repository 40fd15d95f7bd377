"""Which agent a prompt is for, by the words of trigger_words.py."""

from __future__ import annotations

import re

import trigger_words as words
from failure_words import complaint_of, describes_failure
from trigger_words import find


def _handed_over(text: str, prompt: str) -> bool:
    """A case of at least two kinds of material, to be gone through whole."""
    kinds = sum(find(kind, text) is not None for kind in words.MATERIAL)
    if kinds < 2 or not find(words.HANDED_OVER, text):
        return False
    return kinds == len(words.MATERIAL) or _of_training(text)


def _decides(text: str) -> bool:
    return bool(re.search(words.ASKED, text) or find(words.DECISION, text))


def _of_training(text: str) -> bool:
    return re.search(r"\b(?:train\w*|runs?|loss|epochs?|fine-?tun\w+|model)\b", text) is not None


def _fails(text: str, prompt: str) -> bool:
    return describes_failure(prompt)


def _to_write(text: str, prompt: str) -> bool:
    """A model or a training to be written, or inference to be made fast."""
    if re.search(words.FAST, text) and not find(words.NOT_FAST, text):
        return True
    verb = find(words.WRITE, text)
    if verb is None or find(words.NOT_MADE, text):
        return False
    made = find(words.MADE, text, verb.end())
    return made is not None and made.start() - verb.end() < 80


def _of_tuning(text: str, prompt: str) -> bool:
    found = find(words.TUNING, text) is not None and not find(words.NOT_TUNING, text)
    return found and bool(_decides(text) or find(words.USED, text))


def _of_scaling(text: str, prompt: str) -> bool:
    if find(words.NOT_SCALING, text):
        return False
    return bool(find(words.ALONE_SCALING, text) or (find(words.SCALING, text) and _decides(text)))


def _of_rates(text: str, prompt: str) -> bool:
    found = find(words.RATE, text) is not None and not find(words.NOT_RATE, text)
    return found and _decides(text)


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
    task = re.match(words.TASK, text) is not None and not find(words.BEST, text)
    for agent, applies in TRIGGERS:
        if not (task and applies in _NOT_A_TASK) and applies(text, prompt):
            return agent
    return None
