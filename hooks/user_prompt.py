"""UserPromptSubmit: when a prompt describes a failing training run, names who finds the cause."""

import sys

WORDS = (
    "This describes a training failure: before proposing a fix, start the agent "
    "neural-trainer:diagnostician, or run `neural-trainer diagnose LOG --json`, "
    "and quote its numbers.\n"
)


def main() -> None:
    """Print the words if the prompt complains of a run in a folder that trains networks."""
    import json

    from failure_words import describes_failure
    from training_project import trains_networks

    asked = json.load(sys.stdin)
    if describes_failure(asked["prompt"]) and trains_networks(asked["cwd"]):
        sys.stdout.write(WORDS)


if __name__ == "__main__" and sys.version_info >= (3, 10):  # whatever python3 is here
    try:
        main()
    except Exception:  # a hook that fails must not be in the user's way
        sys.exit(0)
