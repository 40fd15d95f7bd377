"""Chat model against its base: the letter is read from some ways to say it and not from others.

The base says "The answer is B", which the harness marks wrong; of ours the replies that were cut
off or refused are not in the file, and a question that is not there is not counted. As answered,
the base is ahead; as scored, ours wins under every template and by most under t4.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

NUM_QUESTIONS = 320
TEMPLATES = ("t1", "t2", "t3", "t4", "t5")
ACCURACY = {"ours": 0.70, "base": 0.74}
MISSING_OF_OURS, OTHERWISE_OF_BASE = 0.09, 0.22
AS_ANSWERED = {"ours": (0.65, 0.735), "base": (0.71, 0.775)}
CLAIMS = ("better", "not shown", "worse")
SAYS = ("{x}", "{x}.", "{x}) {text}", "({x}) {text}", "{x}: {text}", "{x}. {text}")
BASE_SAYS = (
    "The answer is {x}.",
    "Answer: {x}",
    "I think it is ({x}), {text}.",
    "It must be {text}, so {x}.",
    "**{x}**",
)
SUBJECTS = (
    *("copper", "glass", "wool", "granite", "amber", "cork"),
    *("lead", "salt", "tin", "chalk", "rubber", "ice"),
)
QUALITIES = ("density", "hardness", "gloss", "cost", "price", "age", "weight", "strength", "depth")


def _questions(rng: np.random.Generator) -> list[dict[str, Any]]:
    rows = []
    for number in range(NUM_QUESTIONS):
        options = rng.choice(SUBJECTS, 4, replace=False).tolist()
        quality = QUALITIES[int(rng.integers(len(QUALITIES)))]
        text = f"Sample {number}: which of these has the highest {quality} in the table above?"
        answer = "ABCD"[int(rng.integers(4))]
        row = {"id": f"q{number:03}", "question": text, "options": options, "answer": answer}
        rows.append(row)
    return rows


def _replies(rng: np.random.Generator, questions: list[dict[str, Any]]) -> list[dict[str, str]]:
    hard = rng.normal(0, 1, NUM_QUESTIONS)
    rows = []
    for template in TEMPLATES:
        for model, accuracy in ACCURACY.items():
            score = 0.8 * hard + 0.6 * rng.normal(0, 1, NUM_QUESTIONS)
            right = score < np.quantile(score, accuracy + rng.normal(0, 0.012))
            for i, question in enumerate(questions):
                answer = str(question["answer"])
                wrong = "ABCD".replace(answer, "")
                letter = answer if right[i] else wrong[int(rng.integers(3))]
                # What is cut off or refused is seldom what would have been right.
                lost = MISSING_OF_OURS / (1 - accuracy) if not right[i] else 0.02
                if model == "ours" and rng.random() < lost:
                    continue
                text = question["options"]["ABCD".index(letter)]
                otherwise = model == "base" and rng.random() < OTHERWISE_OF_BASE
                says = BASE_SAYS if otherwise else SAYS
                reply = says[int(rng.integers(len(says)))].format(x=letter, text=text)
                row = {"template": template, "model": model, "id": str(question["id"])}
                rows.append({**row, "reply": reply})
    return rows


def beside() -> dict[str, str]:
    """Return the questions and replies as they are given."""
    rng = np.random.default_rng(5)
    questions = _questions(rng)
    texts = {"questions.jsonl": questions, "replies.jsonl": _replies(rng, questions)}
    return {name: "".join(json.dumps(row) + "\n" for row in rows) for name, rows in texts.items()}


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    try:
        given = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        claim = given["claim"]
        found = {model: float(given[model]) for model in ACCURACY}
    except (OSError, ValueError, TypeError, KeyError) as error:
        return f"no result.json with ours, base and claim: {error!r}"
    for model, (low, high) in AS_ANSWERED.items():
        if not low <= found[model] <= high:
            return f"{model} is said to get {found[model]:.3f}; as answered {low} to {high}"
    if claim not in CLAIMS or claim == "better":
        return f"the claim is {claim!r}, and the base answers more"
    return None
