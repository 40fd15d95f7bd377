"""What a cause or a symptom is, from the docstring of its own file."""

from __future__ import annotations

from difflib import get_close_matches
from textwrap import fill

from neural_trainer.causes import CAUSES, FAULTS
from neural_trainer.errors import NeuralTrainerError
from neural_trainer.render.report_text import WIDTH
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.symptoms import SYMPTOMS


def explain(name: str) -> str:
    """Return the text on the cause or symptom `name`. Raises NeuralTrainerError for another."""
    known = {**CAUSES, **SYMPTOMS}
    if name in CAUSES and name in SYMPTOMS:  # such as reward-frozen: the cause, then its look
        return f"{_text(name, 'cause', CAUSES[name])}\n\n{_text(name, 'symptom', SYMPTOMS[name])}"
    if name in known:
        return _text(name, "cause" if name in CAUSES else "symptom", known[name])
    near = get_close_matches(name, known, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "neural-trainer explain lists them"
    raise NeuralTrainerError(f"there is no cause or symptom {shown_name(name)}; {hint}")


def listing() -> str:
    """Return every cause and symptom with its first line."""
    width = max(len(name) for name in (*CAUSES, *SYMPTOMS))
    lines = ["Causes"]
    left = WIDTH - width - 4
    lines += [f"  {name:<{width}}  {_first(cause, left)}" for name, cause in CAUSES.items()]
    lines += ["", "Symptoms"]
    lines += [f"  {name:<{width}}  {_first(symptom, left)}" for name, symptom in SYMPTOMS.items()]
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
