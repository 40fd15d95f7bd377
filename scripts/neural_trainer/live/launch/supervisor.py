"""Runs one command to its end under watch: follows, judges, caps, stops and restarts it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from neural_trainer.live.judge import Judge
from neural_trainer.live.launch import caps, checkpoints, ending, restarts, stacks, status
from neural_trainer.live.launch.alarms import Alarms
from neural_trainer.live.launch.child import Child, started
from neural_trainer.live.launch.crash import Crash, crash_of
from neural_trainer.live.launch.gpus import NO_DRIVER, Gpus
from neural_trainer.live.launch.hang import Pace
from neural_trainer.live.launch.memory_group import num_oom_kills
from neural_trainer.live.launch.notes import Notes
from neural_trainer.live.launch.orphan import Orphan
from neural_trainer.live.launch.processes import processes_of
from neural_trainer.live.launch.restart_command import restart_command
from neural_trainer.live.launch.run_environment import run_environment
from neural_trainer.live.launch.settings import Settings
from neural_trainer.live.launch.signals import Signals
from neural_trainer.live.launch.state import write_state
from neural_trainer.live.launch.stdout_log import StdoutLog
from neural_trainer.live.launch.stop import Ended, Stop, exit_code, loss_is_broken
from neural_trainer.live.launch.talk import Talk
from neural_trainer.live.launch.view import Mark, View, num_points
from neural_trainer.live.launch.visibility import Sight
from neural_trainer.live.launch.watch_machine import MachineWatch
from neural_trainer.live.masking import masked_command
from neural_trainer.live.run_folder import STDOUT_FILE
from neural_trainer.runs.run import Run

POLL_S = 0.25  # a look costs a stat; a new line is seen so long after it was written
STATE_EVERY_S = 5.0
STAGE_GRACE_S = 10.0  # a stage is stopped for good: its checkpoint is of no use
TOLD_AT = 20  # points, after which it is said which of the minimum signals are not there
LEFT_BEHIND_S = 5.0  # for what outlives a command that ended well, such as an upload


class Supervisor:
    """One command and its restarts, in one run folder."""

    def __init__(
        self,
        settings: Settings,
        sight: Sight,
        run_folder: Path,
        talk: Talk,
        signals: Signals,
        gpus: Gpus,
        *,
        stage: str = "full",
        max_steps: int | None = None,
        spent_before: caps.Spent | None = None,
        orphan: Orphan | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """max_steps: end the run once it has taken so many. clock: seconds, steady.

        spent_before: by earlier stages. orphan: the run is going already; its launch was killed.
        """
        self._settings, self._sight, self._talk = settings, sight, talk
        self._signals, self._gpus, self._clock = signals, gpus, clock
        self._stage, self._max_steps, self._orphan = stage, max_steps, orphan
        self._spent_before = spent_before or caps.Spent()
        self._folder, self._run_folder = Path.cwd(), run_folder
        self._stdout = StdoutLog(run_folder / STDOUT_FILE)
        self._alarms = Alarms(run_folder, self._tell)
        self._judge = Judge(self._alarms.emit, name=run_folder.name)
        self._view = View(sight, run_folder, self._folder, clock)
        self._machine = MachineWatch(run_folder, gpus, self._alarms)
        self._attempts: list[restarts.Attempt] = []
        self._notes = Notes()
        self._began_s = clock()
        self._gpu_s = 0.0
        self._has_stepped = False
        self._state_due_at = 0.0
        self._told_missing = sight.by == "monitor" and sight.expected is not None
        self._started = self._attempt_started = time.time()
        self._attempt_spent_s = 0.0
        self._first_step: float | None = None
        self._files_before = checkpoints.state_of(checkpoints.files_below(self._folder))
        self._seen: Mark | None = None
        if orphan is not None:
            self._take_up(orphan)
        else:
            self._view.look(at_once=True)  # a log that is named may hold an earlier run
            self._seen = self._view.mark

    def _take_up(self, orphan: Orphan) -> None:
        """Begin where the launch that was killed had come to."""
        self._started, self._attempts = orphan.started, list(orphan.attempts)
        self._began_s -= orphan.spent_s
        self._gpu_s = orphan.gpu_s
        self._attempt_started = orphan.attempt_started
        self._attempt_spent_s, self._first_step = orphan.attempt_spent_s, orphan.first_step
        self._told_missing = True
        self._files_before = {
            path: state for path, state in self._files_before.items()
            if state[0] < orphan.started * 1e9
        }  # fmt: skip
        for alarm in orphan.alarms:
            self._alarms.recall(alarm)
            if not self._alarms.is_of_launch(alarm):
                self._judge.recall_alarm(alarm)
        self._notes.add("launch was killed; the run went on unjudged until it was taken up again")

    def run(self) -> Ended:
        """Run the command until it has ended for good; write and return the summary."""
        while True:
            stop, code = self._attempt(len(self._attempts) + 1)
            attempt = self._attempts[-1]
            if stop is not None and stop.kind != "hang":
                break
            if attempt.crash is None:
                break
            most = self._settings.caps.restarts if self._orphan is None else 0
            decision = restarts.decide(self._attempts, most, self._settings.backoff_s)
            if not decision.again:
                self._notes.add(decision.why)
            if not decision.again or self._max_steps is not None:
                break
            self._talk.event(f"{decision.why} in {decision.wait_s:g} s")
            self._save_state("waiting", None)
            self._signals.wait_until(self._clock() + decision.wait_s)
            if self._signals.received:
                stop = self._signal_stop()
                break
        return self._end(stop, code)

    def _attempt(self, number: int) -> tuple[Stop | None, int]:
        """Start the command and follow it to its end; return why it was stopped, and its code."""
        ooms = num_oom_kills()
        child = self._start(number)
        self._signals.child = child
        for sent in self._signals.received[-1:]:  # one that came while it was started
            child.send(sent)
        self._save_state("running", child.pid)
        pace = Pace(self._clock(), self._settings.hang_after_s)
        stop = self._follow(child, pace)
        code = child.ended()
        assert code is not None
        self._signals.child = None
        self._clear_away(child, code)
        with self._notes.noting("reading and judging the run"):
            self._look(pace, at_once=True)
        with self._notes.noting("looking at the machine"):  # a disk that has just become full
            self._machine.observe(self._clock(), time.time(), pace.step, at_once=True)
        crash = self._crash(stop, code, ooms)
        ended = stop.sentence if stop is not None else "it completed"
        if self._orphan is not None and stop is None:
            ended = "it ended; its exit code is not known"
        if crash is not None and (stop is None or stop.kind != "hang"):
            ended = f"it crashed: {crash.cause}"
        self._attempts.append(restarts.Attempt(number, self._first_step, pace.step, ended, crash))
        if crash is not None and (stop is None or stop.kind != "hang"):
            self._alarms.raise_(f"crash-{crash.id}", f"the run crashed: {crash.cause}", pace.step)
        return stop, code

    def _start(self, number: int) -> Child:
        """Start the command; a run that goes already is taken as it is."""
        if self._orphan is not None:
            return self._orphan.child
        found = checkpoints.written(self._folder, self._files_before) if number > 1 else []
        command: Sequence[str] = self._settings.command
        if number > 1:
            self._view.begin_again()
            command = restart_command(command, self._settings.restart_with, found)
        environment = run_environment(
            self._run_folder, self._stage, number if self._sight.by == "monitor" else None, found
        )
        self._attempt_started, self._attempt_spent_s = time.time(), self._clock() - self._began_s
        self._first_step = None
        stdout = self._stdout.open()
        try:
            return started(command, self._run_folder, environment, stdout)
        finally:
            os.close(stdout)

    def _follow(self, child: Child, pace: Pace) -> Stop | None:
        """Watch the command until it has ended; return why launch ended it, None if it did not."""
        stop: Stop | None = None
        kill_at = 0.0
        before = self._clock()
        while child.ended() is None or child.is_ending():
            self._signals.wait(POLL_S)
            now = self._clock()
            self._gpu_s += (now - before) * len(self._gpus)
            before = now
            with self._notes.noting("reading and judging the run"):
                self._look(pace)
            with self._notes.noting("looking at the machine"):
                self._machine.observe(now, time.time(), pace.step)
            with self._notes.noting("keeping stdout.log within bounds"):
                self._stdout.keep_bounded()
            if now >= self._state_due_at:
                self._save_state("stopping" if stop else "running", child.pid)
            if stop is None:
                stop = self._why_stop(pace, now)
                if stop is not None:
                    kill_at = now + self._grace_s(stop)
                    self._begin_stop(stop, child)
            elif now >= kill_at or len(self._signals.received) > 1:
                why = "it did not end in time" if now >= kill_at else "a second signal came"
                self._talk.event(f"{why}: killed")
                self._notes.add(f"{why}: it was killed")
                child.kill()
                break
            self._show_status(pace, now)
        if stop is None and self._signals.received:  # it heeded the signal before launch looked
            return self._signal_stop()
        return stop

    def _begin_stop(self, stop: Stop, child: Child) -> None:
        if stop.kind != "steps":
            grace = self._grace_s(stop)
            self._talk.event(f"{stop.sentence}; it has {grace:g} s to write a checkpoint")
        if stop.kind != "signal":  # that one was passed on as it came
            child.send(signal.SIGTERM)

    def _grace_s(self, stop: Stop) -> float:
        grace = self._settings.grace_s
        return min(grace, STAGE_GRACE_S) if stop.kind == "steps" else grace

    def _look(self, pace: Pace, *, at_once: bool = False) -> None:
        """Take what was logged since the last look."""
        run = self._view.look(at_once=at_once)
        if run is None:
            return
        mark = self._view.mark
        if mark is None or mark == self._seen:
            return
        self._seen = mark
        step = run.last_step
        if pace.step is None:
            self._has_stepped = True
            self._first_step = step if self._first_step is None else self._first_step
            self._alarms.clear_like("crash-", step)
            self._alarms.clear("not-logging", step)
        pace.observe(step, self._clock())
        self._alarms.clear("hang", step)
        self._judge.consider(run)
        self._tell_missing(run)

    def _why_stop(self, pace: Pace, now: float) -> Stop | None:
        if self._signals.received:
            return self._signal_stop()
        spent = self._spent(now).with_(self._spent_before)
        reached = caps.reached(spent, self._settings.caps)
        if reached:
            self._alarms.raise_("cap-reached", f"{reached}: the run is stopped", pace.step)
            return Stop("cap", reached)
        if "nan" in self._settings.stop_on and loss_is_broken(self._view.run):
            return Stop("nan", f"the loss is not finite (step {pace.step or 0:g})")
        if self._max_steps is not None and pace.step is not None and pace.first_step is not None:
            taken = max(pace.step, pace.step - pace.first_step + 1)
            if taken >= self._max_steps:
                return Stop("steps", f"{self._max_steps} steps were taken")
        return self._hang(pace, now)

    def _hang(self, pace: Pace, now: float) -> Stop | None:
        silent = pace.silent_s(now)
        if silent <= pace.limit_s(is_idle=self._machine.is_idle):
            return None
        if self._view.run is None:
            self._alarms.raise_(
                "not-logging", f"nothing was logged in {silent:.0f} s: the run is not seen", None
            )
            if self._settings.hang_after_s is None:
                return None
        found = stacks.Stacks("", "")
        with self._notes.noting("taking the stacks"):
            found = stacks.take(self._run_folder, processes_of(self._run_folder))
        where = f"; it stands in {found.where}" if found.where else ""
        taken = f"; see {stacks.STACKS_FILE}" if found.text else f"; {stacks.NONE}"
        usual = f", usually {pace.usual_s():.2g} s" if pace.usual_s() else ""
        message = f"no step for {silent:.0f} s{usual}{where}{taken}"
        self._alarms.raise_("hang", message, pace.step)
        return Stop("hang", message) if "hang" in self._settings.stop_on else None

    def _crash(self, stop: Stop | None, code: int, ooms: int | None) -> Crash | None:
        """Return why the run ended badly; None where it ended well or launch meant it to end."""
        if stop is not None:
            if stop.kind == "hang":
                return Crash("hang", "it stood still", "see stacks.txt", "no", "")
            return None
        if code == 0:
            return None
        now_ooms = num_oom_kills()
        was_oom = ooms is not None and now_ooms is not None and now_ooms > ooms
        crash = crash_of(code, self._stdout.tail(), was_oom=was_oom)
        # A checkpoint after the loss broke is broken too, and one before it leads there again.
        return crash._replace(repeats="always") if loss_is_broken(self._view.run) else crash

    def _signal_stop(self) -> Stop:
        return Stop("signal", f"stopped by {self._signals.received[0].name}")

    def _clear_away(self, child: Child, code: int) -> None:
        """End what the command has started and left."""
        until = self._clock() + (LEFT_BEHIND_S if code == 0 else 0.0)
        while processes_of(self._run_folder) and self._clock() < until:
            self._signals.wait(POLL_S)
        left = child.clear_away()
        if left:
            self._notes.add(f"ended what it had left behind: {len(left)} processes")

    def _spent(self, now: float) -> caps.Spent:
        hours = (now - self._began_s) / 3600
        return caps.Spent(hours, self._gpu_s / 3600, self._machine.disk_gb)

    def _tell(self, alarm: Mapping[str, Any]) -> None:
        self._talk.event(status.alarm_line(alarm))

    def _tell_missing(self, run: Run) -> None:
        if self._told_missing or num_points(run) < TOLD_AT:
            return
        self._told_missing = True
        if missing := status.missing_line(run):
            self._talk.event(missing)

    def _show_status(self, pace: Pace, now: float) -> None:
        hours, loss = self._spent(now).hours, status.last_loss(self._view.run)
        num_alarms = len(self._alarms.raised)
        line = status.status_line(self._run_folder.name, hours, pace.step, loss, num_alarms)
        self._talk.status(line)

    def _save_state(self, state: str, child_pid: int | None) -> None:
        self._state_due_at = self._clock() + STATE_EVERY_S
        loss = status.last_loss(self._view.run)
        record: dict[str, Any] = {
            "state": state,
            "pid": os.getpid(),
            "child": child_pid,
            "started": self._started,
            "command": masked_command(self._settings.command),
            "folder": str(self._folder),
            "attempt": len(self._attempts) + 1,
            "attempts": [ending.as_entry(attempt) for attempt in self._attempts],
            "attempt_started": self._attempt_started,
            "attempt_spent_s": self._attempt_spent_s,
            "first_step": self._first_step,
            "spent_s": self._clock() - self._began_s,
            "gpu_s": self._gpu_s,
            "gpus": len(self._gpus),
            "grace_s": self._settings.grace_s,
            "log": str(self._view.path) if self._view.path is not None else None,
            "step": self._seen.step if self._seen is not None else None,
            "loss": repr(loss) if loss is not None else None,
        }
        with self._notes.noting("launch's state"):
            write_state(self._run_folder, record)

    def _end(self, stop: Stop | None, code: int) -> Ended:
        attempt = self._attempts[-1]
        kind = stop.kind if stop is not None else "completed" if code == 0 else "crashed"
        if self._judge.finish() is None and self._view.run is None:
            self._notes.add("nothing was logged: the run was not judged")
        self._notes.add(self._machine.note, "" if self._gpus.note == NO_DRIVER else self._gpus.note)
        if self._alarms.num_lost:
            self._notes.add(f"{self._alarms.num_lost} lines of alerts.jsonl could not be written")
        sentence = stop.sentence if stop is not None else attempt.ended
        final = exit_code(kind, self._signals.received)
        spent = self._spent(self._clock())
        record = ending.summary(
            ended=sentence, code=None if self._orphan is not None else code,
            run_folder=self._run_folder, log=self._log(),
            run=self._view.run, report=self._judge.report, attempts=self._attempts,
            alarms=self._alarms.raised, spent=spent,
            checkpoints=checkpoints.written(self._folder, self._files_before),
            notes=self._notes.told,
        )  # fmt: skip
        failure = ending.write(self._run_folder, record)
        if failure:
            record["notes"].append(failure)
        self._save_state(f"ended: {sentence}", None)
        self._alarms.close()
        self._talk.end()
        num_alarms = len(self._alarms.raised)
        return Ended(kind, final, record, num_alarms, self._has_stepped, spent)

    def _log(self) -> Path | None:
        return None if self._sight.by == "monitor" else self._view.path
