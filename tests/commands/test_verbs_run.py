"""The other reading verbs on the example logs: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from example_logs import write
from made_layers import written

from neural_trainer.causes import CAUSES
from neural_trainer.cli import main
from neural_trainer.commands import VERBS
from neural_trainer.inspect.lint.rules import RULES
from neural_trainer.runs.folder_files import LAYERS_FILE, METRICS_FILE, RUN_FILE
from neural_trainer.symptoms import SYMPTOMS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("healthy", "diverging", "overfit"):
        write(name, tmp_path)
    run = tmp_path / "run"
    run.mkdir()
    (run / RUN_FILE).write_text("{}")
    (run / METRICS_FILE).write_bytes((tmp_path / "healthy.jsonl").read_bytes())
    written(run / LAYERS_FILE, range(10, 201, 10))
    rows = [
        (n, d, 1.8 + 480 / n**0.35 + 2100 / d**0.37 + n * d % 7 / 1e3)
        for n in (1e8, 3e8, 1e9, 4e9)
        for d in (1e9, 5e9, 2e10, 9e10)
    ]
    lines = [f"{n},{d},{loss}\n" for n, d, loss in rows]
    (tmp_path / "sizes.csv").write_text("params,tokens,loss\n" + "".join(lines))
    (tmp_path / "train.py").write_text("import torch\n")
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what the command prints, which must succeed and say nothing on stderr."""
    assert main(list(words)) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


JSON_OF = {
    "diagnose": ["healthy.jsonl"],
    "curves": ["healthy.jsonl"],
    "gradients": ["run"],
    "plot": ["healthy.jsonl"],
    "compare": ["diverging.jsonl", "healthy.jsonl"],
    "scaling": ["sizes.csv", "--bootstrap", "100"],
    "plan": ["does warm-up help?", "--noise", "0.01", "--effect", "0.02"],
    "lint": ["train.py"],
    "explain": ["lr-too-high"],
    "doctor": [],
    "monitor": ["healthy.jsonl", "run"],
    "watch": ["healthy.jsonl", "--once"],
}


@pytest.mark.parametrize("verb", JSON_OF)
def test_json_has_a_schema(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, verb, *JSON_OF[verb], "--json")
    if verb == "watch":  # a healthy log: nothing to say
        assert lines == ""
    else:
        assert json.loads(lines)["schema"].startswith("neural-trainer/")


def test_every_verb_that_only_reads_is_tried() -> None:
    assert set(JSON_OF) == {verb for verb, entry in VERBS.items() if entry.reads_only}


def test_text_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    calls = [("diagnose",), ("curves",)]
    calls = [
        (*call, f"{log}.jsonl") for call in calls for log in ("healthy", "diverging", "overfit")
    ]
    calls += [("gradients", "run"), ("monitor", "overfit.jsonl"), ("monitor", ".")]
    calls += [("compare", "diverging.jsonl", "healthy.jsonl"), ("explain",)]
    calls += [("plan", *JSON_OF["plan"])]
    calls += [("explain", name) for name in (*CAUSES, *SYMPTOMS, *RULES)]
    for call in calls:
        lines = printed(capsys, *call).splitlines()
        assert lines
        assert max(map(len, lines)) <= 80, call


def test_curves_of_chosen_signals(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(printed(capsys, "curves", "healthy.jsonl", "--signal", "eval/*", "--json"))
    assert list(told["signals"]) == ["eval/loss"]
    loss = told["signals"]["eval/loss"]
    assert loss["points"] == 10
    assert loss["last_step"] == 200
    assert loss["best_step"] == 200
    assert loss["better"] == "lower"


def test_gradients_are_drawn_where_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gradients", "run", "--layer", "block.*", "--out", "layers.png"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "layers.png drawn\n"
    assert "block.0.weight" in captured.out
    assert not any(line.startswith("embed") for line in captured.out.splitlines())
    assert (folder / "layers.png").read_bytes()[:4] == b"\x89PNG"


def test_gradients_of_a_log_without_layers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gradients", "healthy.jsonl"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert "Monitor(folder, model=model, optimizer=optimizer)" in captured.err


def test_curves_of_a_signal_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curves", "healthy.jsonl", "--signal", "reward"]) == 1
    assert "no signal 'reward'; it has loss" in capsys.readouterr().err


def test_explain_lists_everything(capsys: pytest.CaptureFixture[str]) -> None:
    listing = printed(capsys, "explain")
    assert "lr-too-high" in listing
    assert "loss-diverging" in listing


def test_explain_of_a_name_that_is_both(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "explain", "reward-frozen")
    assert "(cause)" in text
    assert "(symptom)" in text


def test_explain_suggests(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "lr-to-high"]) == 1
    assert "did you mean lr-too-high" in capsys.readouterr().err


def test_watch_of_a_faulty_log_says_one_line_an_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "watch", "diverging.jsonl", "--once").splitlines()
    assert lines
    assert all(line.startswith("neural-trainer: run diverging, step ") for line in lines)
    assert len(lines) == len({line.split(": ")[2] for line in lines})
    first = json.loads(
        printed(capsys, "watch", "diverging.jsonl", "--once", "--json").split("\n")[0]
    )
    assert first["cause"] == "lr-too-high"


def test_watch_of_a_log_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "nothing.jsonl"]) == 1
    assert "no such file" in capsys.readouterr().err


def test_plot_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "plot", "healthy.jsonl", "overfit.jsonl", "--term", "--signal", "*loss")
    assert "a healthy" in text
    assert "b overfit" in text
    assert max(map(len, text.splitlines())) <= 80


def test_plot_of_chosen_signals_on_log_axes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ("plot", "healthy.jsonl", "--signal", "loss", "--signal", "lr", "--log-x", "--log-y")
    printed(capsys, *call, "--out", "chosen.svg")
    drawn = (folder / "chosen.svg").read_text()
    assert "grad_norm" not in drawn
    assert main(["plot", "healthy.jsonl", "--signal", "reward"]) == 1
    assert "no run has a signal reward" in capsys.readouterr().err


def test_curves_are_exported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curves", "healthy.jsonl", "--signal", "lr", "--csv", "lr.csv"]) == 0
    assert capsys.readouterr().err == "lr.csv written\n"
    lines = (folder / "lr.csv").read_text().splitlines()
    assert lines[0] == "run,signal,step,value"
    assert lines[1:] == [f"healthy,lr,{step}.0,0.001" for step in range(1, 201)]
