"""`neural-trainer sweep` with real processes: trials, reports, what is pruned and retried."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from toy_sweep import asked, lay_down, report

from neural_trainer.cli import main
from neural_trainer.errors import NeuralTrainerError, RunRefused
from neural_trainer.study.sweep import places, states
from neural_trainer.study.sweep.claim import SILENT_S, claimed, is_left
from neural_trainer.study.sweep.plan_runs import sweep_of_plan
from neural_trainer.study.sweep.settings import SAMPLERS, Sweep, built
from neural_trainer.study.sweep.storage import opened, reaching, shown_url
from neural_trainer.study.sweep.sweep_file import keep
from neural_trainer.study.sweep.trial_run import tell
from neural_trainer.study.sweep.worker import work

optuna = pytest.importorskip("optuna")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(project: Path, **changes: Any) -> tuple[Sweep, Any]:
    """Return a sweep of the toy, and its study."""
    lay_down(project, **changes)
    tree = asked(**changes)
    asked_for = built(tree, "toy.yaml", "toy")
    study = places.create(asked_for, opened(asked_for))
    keep(asked_for, tree, "", "neural-trainer sweep toy.yaml")
    return asked_for, study


def worked(asked_for: Sweep, node: str = "here") -> str:
    """Let one worker of this process do what there is to do."""
    return work(asked_for, 0, lambda line: None, threading.Event(), node)


def states_of(study: Any) -> Counter[str]:
    return Counter(states.state_of(trial) for trial in study.get_trials(deepcopy=False))


def test_nothing_starts_without_a_yes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay_down(project)
    assert main(["sweep", "toy.yaml"]) == 1
    shown = capsys.readouterr()
    assert "proposed by" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "--yes" in shown.err
    assert not (project / "sweeps").exists()


def test_runs_that_cannot_be_seen_are_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down(project, log_from=None)
    assert main(["sweep", "toy.yaml", "--yes"]) == 1
    assert "could not be seen" in capsys.readouterr().err
    assert not (project / "sweeps").exists()


def test_from_config_to_report_and_on(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay_down(project, trials=3)
    found = report(project, "toy.yaml", "--yes", "--workers", "2")
    assert (found["schema"], found["states"]) == ("neural-trainer/sweep/1", {"complete": 3})
    least = min(found["trials"], key=lambda row: row["value"])
    assert found["best"]["number"] == least["number"]
    assert found["best"]["interval"][0] < least["value"] < found["best"]["interval"][1]
    assert len(found["rivals"]) == 2
    assert len((project / "ran.txt").read_text().split()) == 3
    # Said again with more trials it makes those that are not there yet.
    more = report(project, "toy.yaml", "--yes", "--trials", "4")
    assert more["states"] == {"complete": 4}
    assert len((project / "ran.txt").read_text().split()) == 4
    assert main(["sweep", "report", "sweeps/toy", "--plot", "a.png"]) == 0
    assert (project / "a.png").read_bytes().startswith(b"\x89PNG")
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("Sweep toy: 4 complete")
    assert text.splitlines()[-1].startswith("Next: neural-trainer curves sweeps/toy/trial-")


def test_a_faulty_run_is_pruned_with_its_cause(project: Path) -> None:
    space = {"lr": {"low": 1e-5, "high": 1e-1}, "opt": ["diverging"]}
    asked_for, study = made(project, space=space, trials=1)
    assert worked(asked_for) == "done"
    (trial,) = study.get_trials()
    assert trial.state.name == "PRUNED"
    assert trial.user_attrs["cause"] not in ("", "unknown", "healthy")
    assert trial.user_attrs["reason"].endswith(trial.user_attrs["cause"])
    assert not (project / "ran.txt").exists()


def test_a_bad_node_gets_no_more_trials_and_another_makes_good(project: Path) -> None:
    space = {"lr": {"low": 1e-5, "high": 1e-1}, "opt": ["broken"]}
    asked_for, study = made(project, space=space, trials=3, breaker=2)
    assert worked(asked_for, "bad") == "bad node"
    assert states_of(study) == {"failed": 2, "waiting": 2}  # one of the two again
    assert study.user_attrs["bad node bad"] == [0, 1]
    # The program is mended where the other node is: all three places get their value.
    (project / "toy.py").write_text((project / "toy.py").read_text().replace('"broken"', '"x"'))
    assert worked(asked_for, "good") == "done"
    assert states_of(study) == {"failed": 2, "complete": 3}


def test_settings_that_cannot_be_run_are_no_failures(project: Path) -> None:
    space = {"lr": {"low": 1e-5, "high": 1e-1}, "opt": ["infeasible"]}
    asked_for, study = made(project, space=space, trials=3, breaker=2)
    assert worked(asked_for) == "done"
    assert states_of(study) == {"infeasible": 3}


class Away:
    """Stands for a trial and its study, whose storage is away for the first `times` calls."""

    number = 3

    def __init__(self, times: int) -> None:
        self.times, self.told = times, list[float]()

    def set_user_attr(self, key: str, value: Any) -> None:
        if self.times:
            self.times -= 1
            raise ConnectionError("no route to host")

    def tell(self, trial: Any, value: float, skip_if_finished: bool) -> None:
        self.told.append(value)


@pytest.mark.parametrize(("times", "waits"), [(0, []), (2, [1.0, 2.0]), (9, [1.0, 2.0, 4.0])])
def test_an_end_is_told_once_the_storage_is_back(times: int, waits: list[float]) -> None:
    away, waited = Away(times), list[float]()

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return False

    ending = states.Ending("complete", value=0.5)
    if times == 9:
        with pytest.raises(NeuralTrainerError, match="trial 3 could not be told"):
            tell(away, away, ending, wait, (1.0, 2.0, 4.0))
    else:
        tell(away, away, ending, wait, (1.0, 2.0, 4.0))
        assert away.told == [0.5]
    assert waited == waits


class StopSoon(threading.Event):
    """An event that is set by the third who waits for it."""

    waited = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waited += 1
        if self.waited == 3:
            self.set()
        return super().wait(timeout)


def test_a_worker_that_is_stopped_gives_its_trial_back(project: Path) -> None:
    space = {"lr": {"low": 1e-5, "high": 1e-1}, "opt": ["endless"]}
    asked_for, study = made(project, space=space, trials=1, watcher=False)
    assert work(asked_for, 0, lambda line: None, StopSoon(), "here") == "stopped"
    assert states_of(study) == {"preempted": 1}
    (project / "toy.py").write_text((project / "toy.py").read_text().replace('"endless"', '"x"'))
    assert worked(asked_for) == "done"
    assert states_of(study) == {"preempted": 1, "complete": 1}
    first, second = study.get_trials()
    assert first.params == second.params


def test_places_are_made_once(project: Path) -> None:
    asked_for, study = made(project, trials=5)
    again = places.create(asked_for, opened(asked_for))
    assert len(again.get_trials()) == 5
    with pytest.raises(RunRefused, match="another objective"):
        made(project, trials=5, objective={"signal": "loss"})
    assert len(study.get_trials()) == 5


def test_a_trial_is_taken_by_one_worker_and_taken_up_when_that_is_gone(project: Path) -> None:
    asked_for, study = made(project, trials=2)
    first, second = places.take(study, asked_for), places.take(study, asked_for)
    assert first is not None
    assert second is not None
    assert first[0].number != second[0].number
    assert places.take(study, asked_for) is None
    first[1].release()  # as the system does when a worker is killed
    again = places.take(study, asked_for)
    assert again is not None
    assert again[0].number == first[0].number
    assert len(study.get_trials()) == 2


def test_a_worker_killed_as_it_takes_a_trial_loses_none(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for, study = made(project, trials=2)

    def killed(folder: Path, number: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(places, "claimed", killed)
        with pytest.raises(KeyboardInterrupt):
            places.take(study, asked_for)
    assert states_of(study) == {"running": 1, "waiting": 1}
    taken = places.take(study, asked_for)
    assert taken is not None
    assert states_of(study) == {"running": 1, "waiting": 1}
    assert places.take(study, asked_for) is not None
    assert states_of(study) == {"running": 2}


def test_workers_without_a_common_file_system_are_known_by_their_beats(tmp_path: Path) -> None:
    trial = optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING, user_attrs={"beat": 0})
    assert not is_left(tmp_path, trial, SILENT_S)
    assert is_left(tmp_path, trial, SILENT_S + 1)
    held = claimed(tmp_path, trial.number)
    assert held is not None
    assert not is_left(tmp_path, trial, SILENT_S + 1)
    held.release()
    assert is_left(tmp_path, trial, 0.0)


def test_a_storage_that_has_vanished_is_said(project: Path) -> None:
    tree = asked(storage="sqlite:////no/such/folder/study.db")
    gone = built(tree, "toy.yaml", "toy")
    with pytest.raises(NeuralTrainerError, match="is not reached"):
        opened(gone)
    with (
        pytest.raises(NeuralTrainerError, match=r"\*\*\*"),
        reaching(built(asked(storage="postgresql://me:secret@host/db"), "toy.yaml", "toy")),
    ):
        raise OSError("gone")
    assert shown_url("grpc://host:13000") == "grpc://host:13000"


def test_a_worker_that_is_started_again_proposes_what_is_new(project: Path) -> None:
    asked_for, study = made(project, trials=1, sampler="random")
    assert worked(asked_for) == "done"
    made(project, trials=2, sampler="random")
    assert worked(asked_for) == "done"
    assert len({trial.params["lr"] for trial in study.get_trials()}) == 2


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_proposes_within_the_space(project: Path, name: str) -> None:
    from neural_trainer.study.sweep.search import sampler
    from neural_trainer.study.sweep.space import suggest

    if name == "cma":
        pytest.importorskip("cmaes")
    space = built(asked(), "toy.yaml", "toy").space
    study = optuna.create_study(sampler=sampler(name, seed=1))
    for _ in range(12):
        trial = study.ask()
        values = suggest(space, trial)
        assert 1e-5 <= float(values["lr"]) <= 1e-1
        assert values["opt"] in ("adam", "sgd")
        study.tell(trial, float(values["lr"]))
    assert len({trial.params["lr"] for trial in study.trials}) == 12


def test_runs_of_a_plan(project: Path) -> None:
    lay_down(project)
    command = f"{sys.executable} toy.py 0.001 adam {{folder}}"
    plan = {
        "schema": "neural-trainer/plan/1", "question": "is b better than a?", "kind": "better",
        "metric": "eval/loss", "at": "steps", "level": 0.95, "margin": None, "paired": True,
        "power": {"promised": 0.8}, "noise": {"of_one_run": 0.1, "of_a_difference": 0.1},
        "hypotheses": [{"name": "b", "before": ["a"], "after": ["b"]}],
        "arms": [{"name": "a", "set": {}}, {"name": "b", "set": {}}],
        "folder": "runs", "outcomes": {},
        "runs": [
            {"name": f"{arm}-s0", "arm": arm, "seed": 0, "command": command} for arm in "ab"
        ],
    }  # fmt: skip
    (project / "plan.yaml").write_text(yaml.safe_dump(plan))
    asked_for, runs = sweep_of_plan(
        Path("plan.yaml"), {"log_from": "{folder}/metrics.jsonl", "grace_s": 0.5}
    )
    study = places.create(asked_for, opened(asked_for), runs)
    assert worked(asked_for) == "done"
    assert states_of(study) == {"complete": 2}
    assert sorted(path.name for path in (project / "runs").iterdir()) == ["a-s0", "b-s0"]
    assert json.loads((project / "runs/a-s0/summary.json").read_text())["ended"] == "it completed"
