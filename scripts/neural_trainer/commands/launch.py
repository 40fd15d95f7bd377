"""Run any training command under watch: seen, judged, kept within caps, restarted.

After it: `launch list`, `launch stop RUN`, `launch attach RUN`, `launch prune`.
It refuses a run that it cannot see, shows what will run, and starts it on a yes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ACTIONS = ("list", "stop", "attach", "prune")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `launch`."""
    add = parser.add_argument
    parser.usage = (
        "neural-trainer launch [options] -- COMMAND ...\n"
        "       neural-trainer launch list|stop|attach|prune [RUN] [--json]"
    )
    add("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="what trains, and its words")
    add("--config", metavar="FILE", help="a YAML file with the command and what is below")
    add("--run", metavar="FOLDER", help="the run folder (default: runs/NAME of the script)")
    add("--log-from", metavar="PATH", help="the log to judge; stdout: what the command prints")
    add(
        "--stage", metavar="LIST", dest="stages",
        help="one-step,smoke,full: each runs the command so far and must pass",
    )  # fmt: skip
    add("--max-hours", metavar="H", dest="hours", help="stop it after so many hours")
    add("--max-gpu-hours", metavar="H", dest="gpu_hours", help="... GPU hours")
    add("--max-disk-gb", metavar="GB", dest="disk_gb", help="... once its folder is so large")
    add("--restarts", metavar="N", help="start it again so often after a crash (default: 0)")
    add(
        "--restart-with", metavar="WORDS",
        help="added to the command then, such as '--resume {checkpoint}'",
    )  # fmt: skip
    add("--stop-on", metavar="LIST", help="nan,hang: stop it then, not only tell")
    add("--grace", metavar="S", dest="grace_s", help="time to write a checkpoint (default: 60)")
    add("--hang-after", metavar="S", dest="hang_after_s", help="(default: from its own pace)")
    add("--backoff", metavar="S", dest="backoff_s", help="before the first restart (default: 10)")
    add("--gpu-hour-price", metavar="P", help="what a GPU hour costs, for the plan")
    add("--yes", action="store_true", help="start it without asking")
    add("--detach", action="store_true", help="in the background; it survives the terminal")
    add("--json", action="store_true", help="print the summary as JSON, all else on stderr")


def run(arguments: argparse.Namespace) -> int:
    """Launch, or do what is asked with a launch."""
    words = list(arguments.command)
    if words[:1] == ["--"]:
        words = words[1:]
    elif words[:1] and words[0] in ACTIONS:
        return _act(words[0], words[1:], as_json=arguments.json)
    from neural_trainer.live.launch.settings import built, from_file
    from neural_trainer.live.launch.start import agreed, conclude, prepared, supervise
    from neural_trainer.live.launch.talk import Talk

    given = from_file(Path(arguments.config)) if arguments.config else {}
    options = {key: value for key, value in vars(arguments).items() if value is not None}
    for name in ("config", "yes", "detach", "json", "command"):
        options.pop(name, None)
    if words:
        options["command"] = words
    settings = built({**given, **options}, source=arguments.config or "launch")
    out = sys.stderr if arguments.json else sys.stdout
    seen, run_folder = prepared(settings, out)
    if not arguments.yes:
        agreed(sys.stdin, sys.stderr)
    if arguments.detach:
        return _detach(settings, run_folder, as_json=arguments.json)
    ended = supervise(settings, seen, run_folder, Talk(out), lambda: None)
    return conclude(ended, sys.stdout, as_json=arguments.json)


def _detach(settings: object, run_folder: Path, *, as_json: bool) -> int:
    import json
    import shlex

    from neural_trainer.live.launch.detached import detach
    from neural_trainer.live.launch.ending import shown_path
    from neural_trainer.live.launch.settings import Settings

    assert isinstance(settings, Settings)
    detach(settings, run_folder)
    if as_json:
        print(json.dumps({"schema": "neural-trainer/launch/1", "run": str(run_folder)}))
        return 0
    quoted = shlex.quote(shown_path(run_folder))
    print(f"started in the background: {shown_path(run_folder)}")
    print(f"Next: neural-trainer launch attach {quoted}, or launch stop {quoted}")
    return 0


def _act(action: str, words: list[str], *, as_json: bool) -> int:
    from neural_trainer.live.launch import actions

    parser = argparse.ArgumentParser(prog=f"neural-trainer launch {action}", allow_abbrev=False)
    parser.add_argument("--json", action="store_true", default=as_json)
    if action in ("stop", "attach"):
        parser.add_argument("run", metavar="RUN", help="its folder or its name")
    if action == "attach":
        parser.add_argument("--detach", action="store_true", help="take it up, do not look on")
    if action == "stop":
        parser.add_argument("--now", action="store_true", help="without time to checkpoint")
    try:
        given = parser.parse_args(words)
    except SystemExit as end:  # argparse has printed the usage
        return int(end.code or 0)
    if action == "list":
        rows = actions.launches(Path.cwd())
        print(actions.list_json(rows) if given.json else actions.list_text(rows, Path.cwd()))
    elif action == "stop":
        folder = actions.found(given.run, Path.cwd())
        print(f"{given.run}: {actions.stop(folder, at_once=given.now)}")
    elif action == "attach":
        folder = actions.found(given.run, Path.cwd())
        actions.take_up_if_left(folder, sys.stdout)
        if not given.detach:
            actions.attach(folder, sys.stdout)
    else:
        print(f"{actions.prune(Path.cwd())} runs whose folders are gone were taken out")
    return 0
