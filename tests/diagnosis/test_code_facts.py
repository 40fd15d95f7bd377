"""What training code says: planted programs with file and line, and a sound one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from planted_programs import CLIPPED, PLANTED, SOUND, planted

from neural_trainer.causes import FAULTS
from neural_trainer.diagnosis.code_facts import BEARS, code_evidence
from neural_trainer.diagnosis.facts import Evidence
from neural_trainer.diagnosis.latent import LATENT
from neural_trainer.errors import ReadError
from neural_trainer.inspect.lint.rules import RULES


def told_by(text: str, folder: Path, name: str = "train.py") -> Evidence:
    (folder / name).write_text(text)
    return code_evidence([str(folder / name)])


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_speaks_for_its_cause_with_file_and_line(name: str, tmp_path: Path) -> None:
    *_, cause, line, kind = PLANTED[name]
    said = [f for f in told_by(planted(name), tmp_path).of(cause) if f.times > 1]
    assert said
    assert said[0].where.startswith(f"{tmp_path / 'train.py'}:")
    if {fact.kind for fact in said} != {"rule"} or kind == "rule":  # a rule may come to find it
        assert {fact.kind for fact in said} == {kind}
        assert said[0].where.startswith(f"{tmp_path / 'train.py'}:{line}")
    sound = told_by(SOUND, tmp_path).of(cause)
    assert sound
    assert all(fact.times < 1 for fact in sound)


def test_sound_code_finds_no_fault_and_excludes_many(tmp_path: Path) -> None:
    evidence = told_by(SOUND, tmp_path)
    assert evidence.certain == ()
    assert evidence.notes == ()
    assert {f.cause for f in evidence.facts if f.times > 1} <= {"dataloader-bottleneck"}
    excluded = {f.cause: f.where.rpartition(":")[2] for f in evidence.facts if f.bounded <= 0.1}
    assert excluded.items() >= {
        "zero-grad-missing": "28", "optimizer-step-missing": "32", "data-not-shuffled": "20",
        "softmax-twice": "30", "parameters-frozen": "27", "lr-schedule-wrong": "27",
        "eval-mode-while-training": "26", "train-mode-while-evaluating": "33",
        "fp16-overflow": "27", "clipping-too-tight": "27",
    }.items()  # fmt: skip


KEPT_IN_ONE = {
    "data-not-shuffled": ("shuffle=True", "shuffle=False"),
    "loss-reduction-wrong": ("CrossEntropyLoss()", "CrossEntropyLoss(reduction='sum')"),
}


@pytest.mark.parametrize("cause", KEPT_IN_ONE)
def test_what_one_file_does_and_another_does_not_excludes_nothing(
    cause: str, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text(SOUND)
    (tmp_path / "b.py").write_text(SOUND.replace(*KEPT_IN_ONE[cause]))
    said = code_evidence([str(tmp_path)]).of(cause)
    assert said
    assert all(fact.times > 1 for fact in said)


SCHEDULED = """
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    for epoch in range(epochs):
        model.train()"""
UNITS = {  # where the scheduler steps, and the kind and direction of what that says
    "each-epoch": ("        model.eval()\n", "        scheduler.step()\n        model.eval()\n",
                   "code", False),
    "each-batch": ("            optimizer.step()\n",
                   "            optimizer.step()\n            scheduler.step()\n", "rule", True),
}  # fmt: skip


@pytest.mark.parametrize("name", UNITS)
def test_the_unit_of_a_schedule_is_held_to_where_it_steps(name: str, tmp_path: Path) -> None:
    before, after, kind, speaks_for = UNITS[name]
    loop = "\n    for epoch in range(epochs):\n        model.train()"
    text = SOUND.replace(before, after).replace(loop, SCHEDULED)
    (said,) = told_by(text, tmp_path).of("lr-schedule-wrong")
    assert (said.kind, said.times > 1) == (kind, speaks_for)


def test_two_values_of_a_setting_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOUND)
    (tmp_path / "b.py").write_text(SOUND.replace("lr=1e-3", "lr=0.5"))
    assert code_evidence([str(tmp_path)]).of("lr-too-high") == ()


UNSEEN = {
    "rate-from-a-command-line": ("lr=1e-3", "lr=args.lr", "lr-too-high"),
    "shuffled-or-not-by-a-flag": ("shuffle=True", "shuffle=flag", "data-not-shuffled"),
    "a-sampler": ("shuffle=True", "sampler=Weighted(data)", "data-not-shuffled"),
    "logits-of-another-file": ("= Net()", "= other.make()", "softmax-twice"),
    "a-loss-of-ones-own": ("nn.CrossEntropyLoss()", "make_loss()", "log-of-zero"),
    "clipped-by-a-flag": (
        "            optimizer.step()", CLIPPED.format("args.clip"), "clipping-too-tight"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_seen_is_not_told(name: str, tmp_path: Path) -> None:
    before, after, cause = UNSEEN[name]
    assert told_by(SOUND.replace(before, after), tmp_path).of(cause) == ()


def test_code_without_a_loop_says_so(tmp_path: Path) -> None:
    text = "import torch\nfrom transformers import Trainer\nTrainer(optimizers=None).train()\n"
    evidence = told_by(text, tmp_path)
    assert evidence.facts == ()
    assert evidence.notes == ("the code shows no loop that goes backward and steps an optimizer",)


def test_a_notebook_is_told_by_cell(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": text} for text in ("x = 1\n", planted("no-zero-grad"))]
    text = json.dumps({"cells": cells, "nbformat": 4, "metadata": {}})
    said = told_by(text, tmp_path, "train.ipynb").of("zero-grad-missing")
    assert [fact.kind for fact in said] == ["rule"]
    assert ":cell 2:30" in said[0].where


BROKEN = {"python-2": "print 'backward'\n", "half-a-file": "def optim(:\n", "null": "optim\0\n"}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_python_is_noted(name: str, tmp_path: Path) -> None:
    evidence = told_by(BROKEN[name], tmp_path)
    assert evidence.facts == ()
    assert evidence.notes


def test_code_is_never_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    told_by(SOUND + f"\ntrain()\nopen({str(canary)!r}, 'w')\n", tmp_path)
    assert not canary.exists()


def test_a_path_that_is_not_there_is_refused() -> None:
    with pytest.raises(ReadError, match="does not exist"):
        code_evidence(["nowhere.py"])


def test_a_habit_that_does_no_harm_in_many_runs_is_not_taken_for_a_fault(tmp_path: Path) -> None:
    evidence = told_by(SOUND.replace("shuffle=True", "shuffle=False"), tmp_path)
    assert evidence.certain == ()
    (said,) = evidence.of("data-not-shuffled")
    assert said.bounded > 5


def test_latent_rules_are_rules() -> None:
    assert LATENT
    assert set(RULES) >= LATENT


def test_habits_are_about_causes_that_there_are() -> None:
    assert BEARS
    assert {cause for bears in BEARS.values() for cause in bears} <= set(FAULTS)
