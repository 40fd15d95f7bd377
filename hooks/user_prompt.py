"""UserPromptSubmit: names the agent that a prompt about training is for, in a training project."""

import sys

WORDS = {
    "diagnostician": "This describes a training failure: before proposing a fix, start the agent "
    "neural-trainer:diagnostician, or run `neural-trainer diagnose LOG --brief`, "
    "and quote its numbers.",
    "ml-debugger-specialist": "This hands a whole case over: take the skill "
    "neural-trainer:ml-training-debugger, which starts the agent "
    "neural-trainer:ml-debugger-specialist and returns its JSON.",
    "ml-expert-specialist": "This asks for ML code: take the skill neural-trainer:ml-expert; once "
    "its plan is approved, the agent neural-trainer:ml-expert-specialist writes and measures.",
    "optimization-guru": "This is a choice of optimizer, learning rate or schedule: start "
    "the agent neural-trainer:optimization-guru; no value without the number that speaks for it.",
    "scaling-advisor": "This is a question of scaling: start the agent "
    "neural-trainer:scaling-advisor, or run `neural-trainer scaling TABLE` on runs at hand.",
    "fine-tuning-advisor": "This is a choice of how to fine-tune: start the agent "
    "neural-trainer:fine-tuning-advisor; memory is computed, not guessed.",
}


def main() -> None:
    """Print the words of the agent that the prompt is for, in a folder that trains networks."""
    import json

    from agent_words import agent_for
    from training_project import trains_networks

    asked = json.load(sys.stdin)
    agent = agent_for(asked["prompt"])
    if agent is not None and trains_networks(asked["cwd"]):
        sys.stdout.write(WORDS[agent] + "\n")


if __name__ == "__main__" and sys.version_info >= (3, 10):  # whatever python3 is here
    try:
        main()
    except Exception:  # a hook that fails must not be in the user's way
        sys.exit(0)
