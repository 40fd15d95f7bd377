"""Which agent a prompt is for: a case handed over whole, else what the fitted network says."""

from __future__ import annotations

import re

MAX_CHARACTERS = 4000  # a pasted log may be long; what is asked stands before or after it

_HANDED_OVER = re.compile(
    r"\b(?:root[- ]causes?|post[- ]?mortem|(?:whole|full|complete) case|case file"
    r"|hand(?:ing|ed)? (?:\w+ ){0,2}over|full (?:analysis|diagnosis|report|investigation)"
    r"|thorough(?:ly)?|in depth|deep dive|end[- ]to[- ]end|as json|json report"
    r"|ml-training-debugger|without asking|no questions)\b"
)
_MATERIAL = (
    r"\b(?:logs?|metrics|tensorboard|events?\.out\S*|wandb|curves)\b|\w\.(?:csv|jsonl|log)\b",
    r"\b(?:code|scripts?|source|repo|notebook)\b|\w\.(?:py|ipynb)\b",
    r"\b(?:configs?|configuration|hyper-?parameters)\b|\w\.ya?ml\b",
)
_OF_TRAINING = re.compile(r"\b(?:train\w*|runs?|loss|epochs?|fine-?tun\w+|model)\b")


def agent_for(prompt: str) -> str | None:
    """The name of the agent that a prompt is for, without the plugin's; None where it is for none.

    >>> agent_for("which learning rate should I take for AdamW?")
    'optimization-guru'
    >>> agent_for("train schedule to Boston") is None
    True
    """
    if hands_over(prompt):
        return "ml-debugger-specialist"
    import agent_network

    return agent_network.Network().agent_for(prompt)


def hands_over(prompt: str) -> bool:
    """Whether a case of at least two kinds of material is to be gone through whole."""
    text = prompt[:MAX_CHARACTERS].lower()
    if len(prompt) > MAX_CHARACTERS:
        text += "\n" + prompt[-MAX_CHARACTERS // 4 :].lower()
    if not _HANDED_OVER.search(text):
        return False
    kinds = sum(re.search(kind, text) is not None for kind in _MATERIAL)
    return kinds == len(_MATERIAL) or (kinds == 2 and _OF_TRAINING.search(text) is not None)
