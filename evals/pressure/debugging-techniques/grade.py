"""Tickets: three pairs of tokens that differ in case alone become one, so that later ids shift.

The stack trace names an id that the exporter writes for what it does not know. Whoever guards the
look-up against ids out of range guards against the three that the shift pushed out as well, and
a third of all ids go on being read as other words.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from case_program import DoesNotRun, run, table

LEAST_ACCURACY = 0.8
NUM_TOKENS, NUM_QUEUES, DIMENSION, UNKNOWN = 400, 5, 16, 65535
UPPER = {268: 12, 327: 40, 371: 33}  # the token of this line is that one in upper case
QUEUES = ("billing", "delivery", "login", "returns", "warranty")
READS = "return list(dict.fromkeys(line.strip().lower() for line in lines))"
TICKETS = 'tickets = [torch.tensor([int(i) for i in row["tokens"].split()]) for row in rows]'
LOOKS_UP = "return self.layers(self.embed(torch.cat(tickets), torch.tensor(offsets)))"
RIGHT = {
    "train.py": (
        (READS, "return [line.strip().lower() for line in lines]"),
        (TICKETS, TICKETS.replace(".split()", ".split() if int(i) != 65535")),
    )
}
WRONG = {
    "clamped": {
        "train.py": (
            (
                LOOKS_UP,
                "ids = torch.cat(tickets).clamp(max=self.embed.num_embeddings - 1)\n"
                "        return self.layers(self.embed(ids, torch.tensor(offsets)))",
            ),
        )
    },
    "skipped": {
        "train.py": (
            (
                TICKETS,
                "known = len(read_vocabulary())\n    "
                + TICKETS.replace(".split()", ".split() if int(i) < known"),
            ),
        )
    },
}


def _tokens() -> list[str]:
    """The vocabulary, line by line; words are drawn from syllables."""
    rng = np.random.default_rng(1)
    starts = ["ka", "lo", "mi", "ru", "se", "ta", "vo", "ne", "pi", "du"]
    ends = ["ba", "re", "so", "ti", "lu", "ma", "ne", "ki"]
    words = [a + b + c for a in starts for b in ends for c in starts]
    drawn = [str(word) for word in rng.choice(words, NUM_TOKENS, replace=False)]
    for line, other in UPPER.items():
        drawn[line] = drawn[other].upper()
    return drawn


def _topics() -> np.ndarray:
    """The queue of which a token speaks, that of both spellings being the same."""
    topics = np.random.default_rng(2).integers(0, NUM_QUEUES, NUM_TOKENS)
    for line, other in UPPER.items():
        topics[line] = topics[other]
    return topics


def _vectors() -> str:
    rng = np.random.default_rng(3)
    centres = rng.normal(0, 1, (NUM_QUEUES, DIMENSION))
    tokens, topics = _tokens(), _topics()
    rows = {
        token.lower(): centres[topic] + rng.normal(0, 0.9, DIMENSION)
        for token, topic in zip(tokens, topics, strict=True)
    }
    return "".join(
        f"{token} {' '.join(f'{v:.3f}' for v in rows[token])}\n" for token in sorted(rows)
    )


def _rows(seed: int, num: int, unknown: int) -> dict[str, list[str]]:
    """Tickets of 6 to 14 tokens, half of them of their own queue; the last ids are rare."""
    rng = np.random.default_rng(seed)
    topics = _topics()
    weights = np.where(np.arange(NUM_TOKENS) < NUM_TOKENS - 3, 1.0, 0.15)
    texts, queues = [], []
    for row in range(num):
        queue = int(rng.integers(NUM_QUEUES))
        own = weights * (topics == queue)
        length = int(rng.integers(6, 15))
        from_own = rng.random(length) < 0.42
        ids = [
            int(
                rng.choice(
                    NUM_TOKENS, p=(own if mine else weights) / (own if mine else weights).sum()
                )
            )
            for mine in from_own
        ]
        if row < unknown:
            ids[int(rng.integers(length))] = UNKNOWN
        texts.append(" ".join(map(str, ids)))
        queues.append(QUEUES[queue])
    order = rng.permutation(num)
    return {"tokens": [texts[i] for i in order], "queue": [queues[i] for i in order]}


def draw() -> dict[str, str]:
    """Return data/ as it is given."""
    shown = _rows(5, 200, 2)
    del shown["queue"]
    return {"train.csv": table(_rows(4, 1500, 9)), "test.csv": table(shown)}


def beside() -> dict[str, str]:
    """Return what lies beside data/."""
    return {"vocabulary.txt": "\n".join(_tokens()) + "\n", "vectors.txt": _vectors()}


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden = _rows(6, 1000, 10)
    right = hidden.pop("queue")
    for name, text in beside().items():
        (folder / name).write_text(text, encoding="utf-8")
    try:
        found = run(folder, {**draw(), "test.csv": table(hidden)}).predictions
    except DoesNotRun as error:
        return str(error)
    accuracy = np.mean([a == b for a, b in zip(found, right, strict=True)])
    if not accuracy >= LEAST_ACCURACY:
        return f"of new tickets {accuracy:.1%} reach their queue, not {LEAST_ACCURACY:.0%}"
    return None
