"""Scores replies.jsonl as the benchmark's harness does: `python score.py` prints a table."""

import json
import re
from collections import defaultdict

LETTER = re.compile(r"^\s*\(?([A-D])\b")


def main():
    with open("questions.jsonl") as file:
        answers = {row["id"]: row["answer"] for row in map(json.loads, file)}
    marks = defaultdict(list)
    with open("replies.jsonl") as file:
        for row in map(json.loads, file):
            found = LETTER.match(row["reply"])
            right = found is not None and found[1] == answers[row["id"]]
            marks[row["template"], row["model"]].append(right)
    print("template  model  accuracy")
    for (template, model), right in sorted(marks.items()):
        print(f"{template:8}  {model:5}  {sum(right) / len(right):.3f}")


if __name__ == "__main__":
    main()
