"""What other tools say is taken for what it names, and their answers are scored as ours are."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import diagnosis
import diagnosis_live
import diagnosis_page
import diagnosis_peers
import pytest
from diagnosis_answers import SHOWN, Answer, judged, ours, row, run_of
from diagnosis_meanings import MEANINGS, named

from neural_trainer.causes import CAUSES

TOOLS = {tool for tool, _ in diagnosis_peers.TOOLS.values()} | set(diagnosis_live.TOOLS)


def test_every_tool_has_meanings_and_every_meaning_is_a_cause() -> None:
    assert set(MEANINGS) == TOOLS
    for tool, lines in MEANINGS.items():
        assert lines, tool
        for words, causes in lines:
            assert words == words.casefold(), words
            assert causes
            assert set(causes) <= set(CAUSES), words


# Sentences as the tools print them, at the versions that are pinned.
SAID = [
    pytest.param(
        "runmedic",
        "Weights are not updated: `optimizer.step()` missing, `zero_grad()` called after "
        "`backward()`, parameters frozen (`requires_grad=False`) or not passed to the optimizer",
        {"optimizer-step-missing", "parameters-frozen", "parameters-not-in-optimizer"},
        id="runmedic-not-updated",
    ),
    pytest.param(
        "runmedic",
        "Exploding gradients: the learning rate is too high for this point of training and there "
        "is no warmup",
        {"lr-too-high", "recurrent-gradients-exploding", "warmup-missing"},
        id="runmedic-exploding",
    ),
    pytest.param("runmedic", "host memory keeps growing", {"memory-leak"}, id="runmedic-memory"),
    pytest.param(
        "trainproof",
        "Learning rate is zero for the entire run - the optimizer never steps.",
        {"lr-schedule-wrong"},
        id="trainproof-zero-lr",
    ),
    pytest.param("trainproof", "Loss curve is diverging.", set(), id="trainproof-a-symptom"),
    pytest.param(
        "training-doctor", "Learning rate may be too low", {"lr-too-low"}, id="doctor-low"
    ),
    pytest.param("sk-autod", "Noisy training", set(), id="sk-autod-a-symptom"),
    pytest.param("sk-autod", "Dying ReLU proxy", {"relus-dead"}, id="sk-autod-relus"),
    pytest.param(
        "torch-audit",
        "Check learning rate, loss scaling, or initialization.",
        {"lr-too-high", "fp16-overflow", "bad-initialisation"},
        id="torch-audit-nan",
    ),
    pytest.param(
        "torchmortem", "Vanishing gradients detected", {"gradients-vanishing"}, id="mortem"
    ),
    pytest.param(
        "torchtest2",
        "2 trainable parameter(s) are not in the optimizer: head.weight, head.bias.",
        {"parameters-not-in-optimizer"},
        id="torchtest2-coverage",
    ),
]


@pytest.mark.parametrize(("tool", "sentence", "causes"), SAID)
def test_a_sentence_names_its_causes(tool: str, sentence: str, causes: set[str]) -> None:
    assert {cause for group in named(tool, [sentence]) for cause in group} == causes


def test_causes_keep_the_order_of_the_tool_and_stand_once() -> None:
    said = [
        "LR too high",
        "Reduce the learning rate or add warmup.",
        "Noisy training",
        "LR too low",
    ]
    assert named("sk-autod", said) == (("lr-too-high",), ("warmup-missing",), ("lr-too-low",))


LOG = "step,train_loss,val_loss\n10.0,2.5,\n20.0,2.0,2.25\n30.0,,1.5\n40.0,1.5,1.75\n"


def _module(patch: pytest.MonkeyPatch, name: str, **members: Any) -> None:
    module = ModuleType(name)
    module.__dict__.update(members)
    patch.setitem(sys.modules, name, module)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "made.csv"
    path.write_text(LOG)
    return path


def test_sk_autod_gets_rows_that_have_both_losses(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [SimpleNamespace(detector_name="LR too low", message="slow", recommendation="more")]
    given = []

    def diagnose(*curves: list[float]) -> SimpleNamespace:
        given.append(curves)
        return SimpleNamespace(findings=found)

    _module(monkeypatch, "sk_autod", diagnose=diagnose)
    _module(monkeypatch, "sk_autod.reports")
    _module(monkeypatch, "sk_autod.reports.text", render_text=lambda report: "printed")
    told = diagnosis_peers.asked("sk-autod", log)
    assert given == [([2.0, 1.5], [2.25, 1.75])]
    assert (told["alarms"], told["bytes"], told["error"]) == (True, 7, "")
    assert named("sk-autod", told["said"]) == (("lr-too-low",),)


def test_runmedic_that_only_informs_does_not_alarm(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = ["info"]
    head = []

    def load(path: str) -> list[str]:
        head.append(Path(path).read_text().splitlines()[0])
        return ["run"]

    def run_checks(run: str, roles: str) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(severity=level, title=level, causes=["Learning rate far too low"])
            for level in levels
        ]

    _module(
        monkeypatch, "runmedic",
        loaders=SimpleNamespace(load=load), roles=SimpleNamespace(detect=lambda run: "roles"),
        checks=SimpleNamespace(run_checks=run_checks),
        report=SimpleNamespace(to_text=lambda *_: "printed"),
    )  # fmt: skip
    log.write_text("step,process_memory_bytes\n10,5\n")
    told = diagnosis_peers.asked("runmedic", log)
    assert (told["alarms"], told["said"]) == (False, ["info", "Learning rate far too low"])
    assert head == ["step,host_memory_bytes"]
    levels.append("warning")
    assert diagnosis_peers.asked("runmedic", log)["alarms"]


def test_trainproof_says_its_failures_first(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        {"level": "PASS", "message": "p", "evidence": "p"},
        {"level": "WARN", "message": "w", "evidence": "w"},
        {"level": "FAIL", "message": "f", "evidence": "f"},
    ]
    _module(monkeypatch, "trainproof")
    report = {"verdict": "FAIL", "findings": found}
    _module(monkeypatch, "trainproof.epoch", check_epoch=lambda path: report)
    _module(monkeypatch, "trainproof.report", print_verdict_console=lambda *_: print("four"))
    told = diagnosis_peers.asked("trainproof", log)
    assert (told["alarms"], told["said"], told["bytes"]) == (True, ["f", "f", "w", "w"], 5)


def test_training_doctor_is_asked_with_and_without_a_least_confidence(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        SimpleNamespace(confidence=sure, problem=f"{sure}", explanation="", suggestions=["do"])
        for sure in (0.4, 0.6)
    ]
    doctor = SimpleNamespace(analyze=lambda: found)
    _module(
        monkeypatch, "training_doctor",
        Doctor=lambda: SimpleNamespace(load=lambda path: doctor),
    )  # fmt: skip
    loose, strict = (name for name in diagnosis_peers.TOOLS if name.startswith("training-doctor"))
    assert diagnosis_peers.asked(loose, log)["said"] == ["0.6", "", "do", "0.4", "", "do"]
    assert not diagnosis_peers.asked(strict, log)["alarms"]


def test_a_tool_that_raises_is_silent_and_counted(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(path: Path) -> diagnosis_peers.Told:
        raise ValueError("Need at least 5 epochs of data")

    monkeypatch.setitem(diagnosis_peers.TOOLS, "sk-autod", ("sk-autod", ask))
    told = diagnosis_peers.asked("sk-autod", log)
    assert told["error"] == "ValueError: Need at least 5 epochs of data"
    answer = diagnosis.answer("sk-autod", told, told["seconds"])
    one = row("sk-autod", [run_of("a", "b", 0, "overfitting", ["overfitting"])], [answer])
    assert (one.num_raised, one.figures["detects"].value) == (1, 0.0)


RUNS = [
    run_of("family", "steep", 0, "lr-too-high", ["lr-too-high", "warmup-missing"]),
    run_of("family", "plain", 0, "healthy", ["healthy"]),
]


@pytest.mark.parametrize(
    ("alarms", "groups", "values"),
    [
        pytest.param(True, (("warmup-missing",),), (1, 1, 1), id="first"),
        pytest.param(True, (("overfitting", "lr-too-high"),), (1, 1, 1), id="in-one-sentence"),
        pytest.param(True, (("overfitting",), ("lr-too-high",)), (1, 1, 0), id="later"),
        pytest.param(True, (), (1, 0, 0), id="alarm-without-a-cause"),
        pytest.param(False, (("lr-too-high",),), (0, 0, 0), id="named-without-an-alarm"),
    ],
)
def test_an_answer_is_scored(
    alarms: bool, groups: tuple[tuple[str, ...], ...], values: tuple[float, ...]
) -> None:
    answers = [Answer(alarms, groups, 0.5, 100), Answer(False, (), 1.5, 300)]
    one = row("tool", RUNS, answers)
    assert tuple(one.figures[name].value for name in SHOWN[:3]) == values
    assert one.figures["alarms on healthy"].value == 0
    assert (one.seconds, one.num_bytes, one.num_raised) == (1.0, 200, 0)
    assert one.by_cause == {"lr-too-high": (1, values[1]), "healthy": (1, 0)}


def test_an_alarm_on_a_healthy_run_counts_against_a_tool() -> None:
    one = row("tool", RUNS, [Answer(True, (), 1, 1)] * 2)
    assert one.figures["alarms on healthy"].value == 1


def test_answers_are_ranked_as_the_tool_says_them() -> None:
    answer = Answer(True, (("overfitting", "lr-too-high"), ("label-noise",)), 1, 1)
    assert judged(RUNS[0], answer, answer.named).ranked[:3] == [
        "lr-too-high", "overfitting", "label-noise"
    ]  # fmt: skip


def test_our_answer_about_a_log_and_about_none(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "step,train_loss\n" + "".join(f"{i},{'nan' if i > 5 else 1}\n" for i in range(30))
    )
    answer = ours(log)
    assert answer.alarms
    assert answer.named
    assert answer.num_bytes > 0
    assert "nowhere.csv" in ours(tmp_path / "nowhere.csv").error


def test_the_page_is_stable_and_its_prose_fits_80_columns() -> None:
    answers = [Answer(True, (("lr-too-high",),), 0.5, 1234), Answer(False, (), 0.5, 1234)]
    rows = [row("ours, log", RUNS, answers), row("runmedic", RUNS, answers)]
    parts = {title: diagnosis_page.Part(rows, 3.0) for title in (*diagnosis.WANTED, "Public logs")}
    lines = "\n".join(diagnosis_page.page(parts)).splitlines()
    assert lines == "\n".join(diagnosis_page.page(parts)).splitlines()
    assert [line for line in lines if len(line) > 80 and not line.startswith("|")] == []
    assert (
        "| runmedic | 1.0 (1.0 to 1.0) | 1.0 (1.0 to 1.0) | 1.0 (1.0 to 1.0) | .00 (.00 to .00) |"
        in lines
    )
    assert "| lr-too-high | 1 | 1 | runmedic 1 |" in lines
    assert all(f"### {tool}" in lines for tool in TOOLS)
    assert "runmedic 0.1.1" in " ".join(lines)


def test_runs_that_were_not_made_are_said_to_lack() -> None:
    lines = list(diagnosis_page.page({"Training scripts": diagnosis_page.Part([])}))
    assert sum(line.startswith("Not run yet") for line in lines) == 1


def test_a_table_for_others_holds_the_signals_of_a_log(tmp_path: Path) -> None:
    from neural_trainer.runs.read import read

    (tmp_path / "log.csv").write_text(LOG)
    path = tmp_path / "table.csv"
    diagnosis.write_table(path, read(tmp_path / "log.csv"))
    assert diagnosis_peers.both_losses(path) == ([2.0, 1.5], [2.25, 1.75])
