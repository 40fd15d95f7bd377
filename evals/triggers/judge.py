"""How often the prompt hook names the agent that a prompt is for: `make eval-triggers`.

Prints, for each half of blind.tsv and for fresh.tsv, which nothing was fitted on, the share of
prompts with an agent that get their own (recall), and the share of agents named that are the right
one (precision), with Wilson intervals, and each agent's. With --missed: the prompts of the tuning
half that went wrong; those of the others are never shown.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "hooks"), str(HERE.parents[1] / "scripts")]

from agent_words import agent_for  # noqa: E402

from neural_trainer.study.validate.resampling import wilson  # noqa: E402

NONE = "none"


def prompts() -> list[tuple[str, str, str]]:
    """Return each prompt with its agent and its half."""
    found = []
    for line in (HERE / "blind.tsv").read_text(encoding="utf-8").splitlines():
        prompt, agent, half = line.split("\t")
        found.append((prompt, agent, half))
    for line in (HERE / "fresh.tsv").read_text(encoding="utf-8").splitlines():
        prompt, agent = line.split("\t")
        found.append((prompt, agent, "fresh"))
    return found


def share(right: int, num: int) -> str:
    """Return a share with its interval of 95 %, by Wilson."""
    if not num:
        return "none"
    low, high = wilson(right, num, 0.95)
    return f"{right / num:.3f} ({low:.3f} to {high:.3f}) of {num}"


def main() -> int:
    """Print the figures; return 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--missed", action="store_true", help="show those of the tuning half")
    arguments = parser.parse_args()
    judged = [(*one, agent_for(one[0]) or NONE) for one in prompts()]
    for half in ("tuning", "held-out", "fresh"):
        part = [one for one in judged if one[2] == half]
        meant = [one for one in part if one[1] != NONE]
        named = [one for one in part if one[3] != NONE]
        right = [one for one in meant if one[1] == one[3]]
        print(f"{half}: precision {share(len(right), len(named))}")
        print(f"{half}: recall    {share(len(right), len(meant))}")
        for agent in sorted({one[1] for one in meant}):
            own = [one for one in meant if one[1] == agent]
            print(f"    {agent:<22} {share(sum(one[3] == agent for one in own), len(own))}")
    if arguments.missed:
        for prompt, agent, half, said in judged:
            if half == "tuning" and agent != said:
                print(f"{agent} | {said} | {prompt}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
