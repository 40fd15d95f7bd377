"""One trial: its run is launched in the background, followed, ended where it should, and told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from neural_trainer.errors import NeuralTrainerError, RunRefused
from neural_trainer.live.launch import actions
from neural_trainer.live.launch.detached import detach, detach_again
from neural_trainer.live.launch.settings import Settings
from neural_trainer.live.launch.settings import built as launch_settings
from neural_trainer.live.launch.state import is_held
from neural_trainer.live.launch.view import View
from neural_trainer.live.launch.visibility import sight
from neural_trainer.runs.run import Run
from neural_trainer.study.sweep import states
from neural_trainer.study.sweep.claim import BEAT_S
from neural_trainer.study.sweep.milestones import reached
from neural_trainer.study.sweep.run_ending import ending_of, has_ended, standing_cause
from neural_trainer.study.sweep.settings import Sweep
from neural_trainer.study.sweep.space import suggest
from neural_trainer.study.sweep.states import Ending
from neural_trainer.study.sweep.storage import is_of_storage
from neural_trainer.study.sweep.trial_command import FOLDER, filled, log_path, runnable

POLL_S = 0.2
Wait = Callable[[float], bool]
"""Waits so many seconds; True once the worker is told to stop."""


class TrialRun:
    """A trial of a study and the run that shows what it is worth."""

    def __init__(
        self, sweep: Sweep, trial: Any, node: str, wait: Wait,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """node: where the worker runs. clock: unix seconds."""
        self._sweep, self._trial, self._node = sweep, trial, node
        self._wait, self._clock = wait, clock
        self._beat_due, self._milestone = 0.0, 0

    def end(self) -> Ending:
        """Run it, or go on with the run that a killed worker left; return how it ended."""
        attributes = self._trial.user_attrs
        begun = states.FOLDER in attributes
        values = suggest(self._sweep.space, self._trial)  # of one that was begun: those it has
        folder = Path(attributes[states.FOLDER]) if begun else self._folder(attributes)
        planned = attributes.get(states.COMMAND)  # of a plan's run; else the sweep's
        words = filled(
            planned or self._sweep.command, self._sweep.space, {**values, FOLDER: str(folder)}
        )
        settings = settings_of(self._sweep, words, folder)
        if begun:
            return self._go_on(folder, settings)
        self._trial.set_user_attr(states.NODE, self._node)
        self._trial.set_user_attr(states.FOLDER, str(folder))
        try:
            detach(settings, folder)
        except RunRefused as error:
            return Ending("failed", f"the run did not start: {error}")
        return self._follow(folder, settings)

    def _go_on(self, folder: Path, settings: Settings) -> Ending:
        """Follow the run that a worker began which is no more."""
        if not has_ended(folder) and not is_held(folder):
            if not actions.is_left(folder):
                return Ending("preempted", "its worker was killed before the run began")
            with suppress(RunRefused):  # nothing of it is left; what it logged is read all the same
                detach_again(folder)
        return self._follow(folder, settings)

    def _folder(self, attributes: Mapping[str, Any]) -> Path:
        """Return a new folder: of a planned run under its name, where that is free."""
        name = attributes.get(states.RUN)
        if name is None:
            return self._sweep.folder / f"trial-{self._trial.number:04d}"
        planned = Path(str(name))
        return planned if not planned.exists() else planned.with_name(
            f"{planned.name}-trial-{self._trial.number}"
        )  # fmt: skip

    def _follow(self, folder: Path, settings: Settings) -> Ending:
        seen = sight(settings.command, Path.cwd(), settings.log_from)
        view = View(seen, folder, Path.cwd())
        run: Run | None = None
        while True:
            alive = is_held(folder)
            run = view.look(at_once=not alive) or view.run
            if not alive:
                reason, cause = self._trial.user_attrs.get(states.PRUNING, ("", ""))
                return ending_of(folder, run, self._sweep.objective, pruned=reason, cause=cause)
            reason, cause = self._why_prune(folder, run)
            if reason:
                self._trial.set_user_attr(states.PRUNING, [reason, cause])
                self._stop(folder)
                view.look(at_once=True)
                return ending_of(
                    folder, view.run, self._sweep.objective, pruned=reason, cause=cause
                )
            self._beat()
            if self._wait(POLL_S):
                self._stop(folder)
                view.look(at_once=True)
                return ending_of(folder, view.run, self._sweep.objective)

    def _stop(self, folder: Path) -> None:
        with suppress(RunRefused):  # it has ended by itself meanwhile
            actions.stop(folder)

    def _why_prune(self, folder: Path, run: Run | None) -> tuple[str, str]:
        """Return why the trial is to end now, "" where it is not, and the diagnosis' cause."""
        cause = standing_cause(folder) if self._sweep.watcher else ""
        if cause:
            return f"its run is diagnosed as faulty: {cause}", cause
        if run is None or self._sweep.pruner.name == "none":
            return "", ""
        try:
            for step, value in reached(run, self._sweep.objective, self._milestone):
                self._milestone = step
                self._trial.report(value, step)
                if self._trial.should_prune():
                    return f"behind the others at step {step} ({self._sweep.pruner.name})", ""
        except Exception as error:  # the storage is away: the run goes on without being compared
            if not is_of_storage(error):
                raise
        return "", ""

    def _beat(self) -> None:
        now = self._clock()
        if now < self._beat_due:
            return
        self._beat_due = now + BEAT_S
        try:
            self._trial.set_user_attr(states.BEAT, now)
        except Exception as error:
            if not is_of_storage(error):
                raise


def settings_of(sweep: Sweep, words: Sequence[str], folder: Path) -> Settings:
    """Return what launch is asked for a trial."""
    return launch_settings(
        {
            "command": list(runnable(words)), "run": str(folder),
            "log_from": None if sweep.log_from is None else log_path(sweep.log_from, folder),
            "hours": sweep.max_hours, "grace_s": sweep.grace_s,
        },
        source=f"sweep {sweep.name}",
    )  # fmt: skip


def tell(study: Any, trial: Any, ending: Ending, wait: Wait, patience: Sequence[float]) -> None:
    """Tell the storage how a trial ended, again after each of `patience` seconds where it is away.

    Raises NeuralTrainerError where it stays away: the run folder keeps the end, and the sweep,
    said again, tells it then.
    """
    for seconds in (*patience, None):
        try:
            _tell(study, trial, ending)
            return
        except Exception as error:
            if not is_of_storage(error):
                raise
            if seconds is None:
                raise NeuralTrainerError(
                    f"the storage is away, so that the end of trial {trial.number} could not be "
                    f"told; once it is there, say the same sweep again"
                ) from error
        wait(seconds)


def _tell(study: Any, trial: Any, ending: Ending) -> None:
    import optuna

    attributes = {
        states.STATE: ending.state, states.REASON: ending.reason, states.CAUSE: ending.cause,
        states.ERROR: ending.error, states.REPEATS: ending.repeats,
        states.DURATION: ending.duration_s, states.GPU_HOURS: ending.gpu_hours,
        states.STEPS: ending.steps,
    }  # fmt: skip
    for key, value in attributes.items():
        trial.set_user_attr(key, value)
    if ending.state == "complete":
        study.tell(trial, ending.value, skip_if_finished=True)
    elif ending.state == "pruned":
        study.tell(trial, state=optuna.trial.TrialState.PRUNED, skip_if_finished=True)
    else:
        study.tell(trial, state=optuna.trial.TrialState.FAIL, skip_if_finished=True)
