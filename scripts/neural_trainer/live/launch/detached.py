"""A launch that outlives the terminal: its own session, no terminal, its words in a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from neural_trainer.errors import RunRefused
from neural_trainer.live.launch.settings import Settings, as_json, built
from neural_trainer.live.launched import LAUNCH_FOLDER

LOG_FILE = "launch.log"
READY = "ready"

# Forks before anything is imported that starts threads; the first process ends at once.
_BOOT = """
import os, sys
if os.fork():
    os._exit(0)
sys.path.insert(0, sys.argv[1])
from neural_trainer.live.launch.detached import go_on
go_on(sys.argv[2])
"""


def detach(settings: Settings, run_folder: Path) -> None:
    """Launch in the background; return once it holds `run_folder`. Raises RunRefused."""
    _in_background(run_folder, json.dumps(as_json(settings)))


def detach_again(run_folder: Path) -> None:
    """Take up the run in `run_folder` in the background. Raises RunRefused."""
    _in_background(run_folder, "")


def _in_background(run_folder: Path, asked: str) -> None:
    home = run_folder / LAUNCH_FOLDER
    home.mkdir(parents=True, exist_ok=True)
    scripts = Path(__file__).parents[3]
    with (home / LOG_FILE).open("ab") as log:
        done = subprocess.run(
            [sys.executable, "-c", _BOOT, str(scripts), str(run_folder)],
            input=asked, stdout=subprocess.PIPE, stderr=log, text=True,
            start_new_session=True, check=False,
        )  # fmt: skip
    if done.stdout.strip() != READY:
        why = done.stdout.strip() or f"see {home / LOG_FILE}"
        raise RunRefused(f"the launch did not start: {why}")


def go_on(run_folder: str) -> None:
    """Be the launch in the background: read the settings from stdin, supervise, end.

    Without settings, the run that is there is taken up.
    """
    from neural_trainer.errors import NeuralTrainerError
    from neural_trainer.live.launch.start import conclude, supervise
    from neural_trainer.live.launch.take_up import take_up
    from neural_trainer.live.launch.talk import Talk
    from neural_trainer.live.launch.visibility import sight

    asked = sys.stdin.read()
    out = os.fdopen(os.dup(2), "w", encoding="utf-8")

    def ready() -> None:
        print(READY, flush=True)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        os.close(nothing)

    try:
        if asked:
            settings = built(json.loads(asked))
            seen = sight(settings.command, Path.cwd(), settings.log_from)
            ended = supervise(settings, seen, Path(run_folder), Talk(out), ready)
        else:
            ended = take_up(Path(run_folder), Talk(out), ready)
        code = conclude(ended, out, as_json=False)
        out.flush()
    except NeuralTrainerError as error:
        print(error, flush=True)
        code = 1
    os._exit(code)
