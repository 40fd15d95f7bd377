"""A case that is described in words, without a log: the symptoms and settings that it speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from neural_trainer.diagnosis.facts import Evidence, Fact
from neural_trainer.diagnosis.settings import Setting, settings_facts
from neural_trainer.diagnosis.words import HINTS, SUCH_AS, WORDS
from neural_trainer.errors import ConfigError
from neural_trainer.runs.plain_text import printable
from neural_trainer.symptoms import Finding

STRENGTH = 0.7  # of a symptom that somebody describes: what was seen is not measured
LONGEST = 4_000  # characters that are read
_NUMBER = r"(\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)"
_TO = r"\s*(?:=|:|of|is|at|to)?\s*"
_SETTINGS = {
    "lr": rf"\b(?:lr|learning[ _-]rate){_TO}{_NUMBER}",
    "weight_decay": rf"\b(?:weight[ _-]decay|wd){_TO}{_NUMBER}",
    "epsilon": rf"\beps(?:ilon)?{_TO}{_NUMBER}",
    "clip_norm": rf"\bclip\w*(?: (?:grad\w*|norm))*{_TO}{_NUMBER}",
    "warmup": rf"\bwarm-?up{_TO}{_NUMBER}",
}
_OPTIMIZER = re.compile(r"\b(adamw?|sgd|rmsprop|lion|adafactor|lamb)\b", re.IGNORECASE)
_PRECISION = re.compile(r"\b(fp16|float16|half precision|bf16|bfloat16|fp32)\b", re.IGNORECASE)
_NO_WARMUP = re.compile(r"\b(?:no|without(?: a)?) warm-?up", re.IGNORECASE)
_WHEN = re.compile(r"\b(\d[\d,]*)([km]?) ?(?:steps?|iterations?|batches|epochs?)\b", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:no|not|without|never|isn.t|n.t)(?: (?:a|any|the|yet))?\W*$", re.IGNORECASE
)


@dataclass(frozen=True)
class Described:
    """What a description speaks of. findings: each quotes the words that it was read from."""

    findings: tuple[Finding, ...]
    evidence: Evidence


def read_description(text: str) -> Described:
    """Return what words speak of. Raises ConfigError where they name no symptom and no cause."""
    text = " ".join(text[:LONGEST].split())
    step = _step(text)
    findings = []
    for symptom, pattern in WORDS.items():
        said = _first(pattern, text)
        if said:
            sentence = f"The description says “{printable(said, 80)}”."
            findings.append(Finding(symptom, step, (step, step), STRENGTH, (sentence,)))
    facts = [
        Fact(cause, "words", "description", times, f"The description says “{printable(said, 80)}”.")
        for cause, (pattern, times) in HINTS.items()
        if (said := _first(pattern, text))
    ]
    if not findings and not facts:
        raise ConfigError(
            f"{printable(text, 120)!r} names no symptom that is known; expected words such as "
            f"{SUCH_AS}"
        )
    facts += settings_facts(_settings(text), "words")
    return Described(tuple(findings), Evidence(tuple(facts), ("words",)))


def _first(pattern: str, text: str) -> str:
    """Return the first words that a pattern finds and that nothing before them denies."""
    for match in re.finditer(pattern, text, re.IGNORECASE):
        if not _DENIED.search(text[max(0, match.start() - 20) : match.start()]):
            return match[0]
    return ""


def _step(text: str) -> float:
    found = _WHEN.search(text)
    if found is None:
        return 0.0
    return float(found[1].replace(",", "")) * {"": 1, "k": 1e3, "m": 1e6}[found[2].lower()]


def _settings(text: str) -> list[Setting]:
    where = "the description"
    found = []
    for name, pattern in _SETTINGS.items():
        match = re.search(pattern, text, re.IGNORECASE)
        if match is not None:
            found.append(Setting(name, float(match[1]), where))
    for name, words in (("optimizer", _OPTIMIZER), ("precision", _PRECISION)):
        match = words.search(text)
        if match is not None:
            found.append(Setting(name, match[1].lower(), where))
    if _NO_WARMUP.search(text):
        found.append(Setting("warmup", 0.0, where))
    return found
