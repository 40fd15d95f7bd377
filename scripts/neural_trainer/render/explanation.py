"""What a cause, a symptom or a rule of lint is, from the docstring of its own file."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from textwrap import fill

from neural_trainer.causes import CAUSES, FAULTS
from neural_trainer.errors import NeuralTrainerError
from neural_trainer.inspect.lint.rules import RULES
from neural_trainer.render.report_text import WIDTH
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.symptoms import SYMPTOMS

_KINDS: dict[str, Mapping[str, object]] = {"cause": CAUSES, "symptom": SYMPTOMS, "rule": RULES}


def explain(name: str) -> str:
    """Return the text on all that goes by `name`. Raises NeuralTrainerError where nothing does."""
    texts = [_text(name, kind, group[name]) for kind, group in _KINDS.items() if name in group]
    if texts:  # such as zero-grad-missing: the cause, then how it looks in source
        return "\n\n".join(texts)
    near = get_close_matches(name, {**CAUSES, **SYMPTOMS, **RULES}, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "neural-trainer explain lists them"
    raise NeuralTrainerError(f"there is no cause, symptom or rule {shown_name(name)}; {hint}")


def listing() -> str:
    """Return every cause, symptom and rule with its first line."""
    width = max(len(name) for group in _KINDS.values() for name in group)
    left = WIDTH - width - 4
    lines: list[str] = []
    for title, group in (("Causes", CAUSES), ("Symptoms", SYMPTOMS), ("Rules of lint", RULES)):
        lines += [*([""] if lines else []), title]
        lines += [f"  {name:<{width}}  {_first(home, left)}" for name, home in group.items()]
    lines += ["", "Next: neural-trainer explain " + next(iter(FAULTS))]
    return "\n".join(lines)


def _text(name: str, kind: str, home: object) -> str:
    paragraphs = (home.__doc__ or "").strip().split("\n\n")
    return "\n\n".join([f"{name} ({kind})", *map(_fitting, paragraphs)])


def _fitting(paragraph: str) -> str:
    """Return a paragraph as it stands in its file, filled anew where a line of it is too long."""
    if max(map(len, paragraph.splitlines())) <= WIDTH:
        return paragraph
    return fill(" ".join(paragraph.split()), WIDTH, break_on_hyphens=False)


def _first(home: object, most: int) -> str:
    line = (home.__doc__ or "").strip().partition("\n\n")[0].replace("\n", " ")
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + " …"
