"""What a question in words asks: which arms, better or as good, and by how much."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from neural_trainer.errors import ConfigError
from neural_trainer.study.margin import Margin, parse_margin

Kind = Literal["better", "equivalent", "which"]
BASELINE = "baseline"
_SIZE = r"(?P<size>[0-9.eE+-]+\s*%?)"
_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(form, re.IGNORECASE))  # type: ignore[misc]
    for kind, form in (
        ("better", rf"(?:does|do|will|would) (?P<b>.+?) (?:help|work|pay|matter)(?: by {_SIZE})?"),
        ("better", rf"is (?P<b>.+?) better than (?P<a>.+?)(?: by (?:at least )?{_SIZE})?"),
        ("equivalent", rf"is (?P<b>.+?) (?:as good as|equal to|the same as) (?P<a>.+?)"
                       rf"(?: within {_SIZE})?"),
        ("which", r"which of (?P<all>.+?) (?:is|are|works?|helps?|matters?)(?: best)?"),
    )
)  # fmt: skip
_NO_SIZE = re.compile(r" (?:by|within) [^ ]+(?: %)?$")  # what a size would have been read from
FORMS = (
    "'does X help?', 'is B better than A by 0.5 %?', 'is B as good as A within 1 %?', "
    "'which of A, B and C is best?'"
)


@dataclass(frozen=True)
class Asked:
    """A question read. arms: the one compared with first, then the others. size: None if unsaid."""

    kind: Kind
    arms: tuple[str, ...]
    size: Margin | None


def read_question(text: str) -> Asked:
    """Return what `text` asks. Raises ConfigError where it has none of FORMS.

    >>> read_question("is B better than A by 0.5 %?").arms
    ('A', 'B')
    """
    plain = " ".join(text.split()).rstrip("?. ")
    for kind, form in _FORMS:
        found = form.fullmatch(plain)
        if found is None:
            continue
        groups = found.groupdict()
        if kind == "which":
            arms = tuple(re.split(r", and |, or |, | and | or ", groups["all"]))
        else:
            arms = (groups.get("a") or BASELINE, groups["b"])
        if any(_NO_SIZE.search(arm) for arm in arms):
            raise ConfigError(f"{plain!r} ends in no size; expected {FORMS}")
        if len({slug(arm) for arm in arms}) < max(2, len(arms)):
            raise ConfigError(f"{plain!r} names one thing twice, or one alone; expected {FORMS}")
        size = groups.get("size")
        return Asked(kind, arms, parse_margin(size) if size else None)
    raise ConfigError(f"{plain!r} has no form that is known here; expected {FORMS}")


def slug(name: str) -> str:
    """Return `name` as a run may be called.

    >>> slug("warm-up of 100 steps")
    'warm-up-of-100-steps'
    """
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.") or "arm"
