"""PreToolUse: a training that is started bare is pointed to launch, once a session."""

import os
import sys

# Where the client puts the option bare_runs of plugin.json, if the user has set it: off, suggest or
# ask; anything else is suggest.
SETTING = "CLAUDE_PLUGIN_OPTION_BARE_RUNS"
WORDS = (
    "This starts a training that nothing watches. `%s` runs it logged, judged "
    "and within limits: skill neural-trainer:train. Suggested once a session; the user "
    "turns it off by the plugin's option bare_runs."
)
MAX_SHOWN = 200  # characters of the command


def main() -> None:
    """Print the client's answer if the command starts a bare training in a training project."""
    setting = os.environ.get(SETTING, "").strip().lower()
    if setting == "off":
        return
    import json

    from told_sessions import first_time
    from training_command import under_launch
    from training_project import trains_networks

    asked = json.load(sys.stdin)
    command = under_launch(asked["tool_input"]["command"])
    if command is None or not trains_networks(asked["cwd"]):
        return
    if not first_time(asked["session_id"]):
        return
    shown = " ".join(command.split())
    if len(shown) > MAX_SHOWN:
        shown = "neural-trainer launch -- COMMAND"
    words = WORDS % shown
    answer = {"hookEventName": "PreToolUse"}
    if setting == "ask":
        answer["permissionDecision"] = "ask"
        answer["permissionDecisionReason"] = words
    else:
        answer["additionalContext"] = words
    sys.stdout.write(json.dumps({"hookSpecificOutput": answer}) + "\n")


if __name__ == "__main__" and sys.version_info >= (3, 10):  # whatever python3 is here
    try:
        main()
    except Exception:  # a hook that fails must not be in the user's way
        sys.exit(0)
