"""compare --plan: runs held to what was promised before them, from the command line on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from made_sides import ending

from neural_trainer.cli import main
from neural_trainer.runs.run import Run

PLAN = [
    "plan", "does warm-up help?", "--noise", "0.02", "--correlation", "0.9", "--effect", "0.03",
    "--metric", "loss", "--arm", "baseline", "--arm", "warm-up", "warmup=100", "--out", "plan.yaml",
]  # fmt: skip


def lay_down(run: Run, config: dict[str, object]) -> None:
    series = run.signals["loss"]
    rows = zip(series.step.tolist(), series.value.tolist(), strict=True)
    lines = [json.dumps({"step": step, "loss": value, "config": config}) for step, value in rows]
    Path("runs").mkdir(exist_ok=True)
    Path("runs", f"{run.name}.jsonl").write_text("\n".join(lines) + "\n")


def carry_out(effect: float, noise: float = 0.005, skip: tuple[str, ...] = ()) -> None:
    """Lay down a run for each that is planned, with `effect` of every change."""
    generator = np.random.default_rng(1)
    plan = yaml.safe_load(Path("plan.yaml").read_text())
    of_seed = {seed: generator.normal(0, 0.02) for seed in plan["seeds"]}
    changed = {arm["name"]: bool(arm["set"]) for arm in plan["arms"]}
    for run in plan["runs"]:
        end = 2 + of_seed[run["seed"]] + generator.normal(0, noise) + effect * changed[run["arm"]]
        warmup = 100 if changed[run["arm"]] else 0
        if run["name"] not in skip:
            lay_down(ending(run["name"], end), {"seed": run["seed"], "warmup": warmup})


@pytest.fixture
def judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, object]]:
    """Plan; then, when called, carry out and return the judgement as JSON."""
    monkeypatch.chdir(tmp_path)
    assert main(PLAN) == 0

    def judge(*words: str) -> dict[str, object]:
        capsys.readouterr()
        assert main(["compare", "--plan", "plan.yaml", *words]) == 0
        text = capsys.readouterr().out
        *told, last = text.splitlines()
        assert max(map(len, told)) <= 80
        assert last.startswith("Next: neural-trainer plot ")
        assert main(["compare", "--plan", "plan.yaml", *words, "--json"]) == 0
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return found

    return judge


ANSWERS = {
    "better": (-0.05, "yes", "better"),
    "worse": (0.05, "no", "worse"),
    "too-small-to-matter": (-0.002, "no", "equivalent"),
}


@pytest.mark.parametrize(("effect", "answer", "verdict"), ANSWERS.values(), ids=ANSWERS)
def test_answers(effect: float, answer: str, verdict: str, judged) -> None:  # type: ignore[no-untyped-def]
    carry_out(effect)
    told = judged()
    (hypothesis,) = told["hypotheses"]
    assert (hypothesis["answer"], hypothesis["comparison"]["verdict"]) == (answer, verdict)
    assert hypothesis["comparison"]["paired_by"] == "plan"
    assert told["not_kept"] == []


def test_noise_that_was_not_planned_is_told(judged) -> None:  # type: ignore[no-untyped-def]
    carry_out(0.0, noise=0.2)
    told = judged()
    assert told["hypotheses"][0]["answer"] == "not settled"
    assert "the chance promised was not there" in told["not_kept"][0]


def test_a_run_that_is_missing_takes_its_partner_with_it(judged) -> None:  # type: ignore[no-untyped-def]
    carry_out(-0.05, skip=("warm-up-seed1",))
    told = judged()
    seeds = len(yaml.safe_load(Path("plan.yaml").read_text())["seeds"])
    assert told["hypotheses"][0]["comparison"]["num_pairs"] == seeds - 1
    assert "1 of" in told["not_kept"][0]
    assert "warm-up-seed1" in told["not_kept"][0]


def test_a_run_of_another_seed_or_setting_is_told(judged) -> None:  # type: ignore[no-untyped-def]
    carry_out(-0.05)
    lay_down(ending("baseline-seed0", 2.0), {"seed": 77, "warmup": 0})
    lay_down(ending("warm-up-seed1", 1.95), {"seed": 1, "warmup": 7})
    not_kept = " ".join(judged()["not_kept"])
    assert "baseline-seed0 ran with seed 77, planned 0" in not_kept
    assert "warm-up-seed1 ran with warmup 7, planned 100" in not_kept


def test_sides_named_by_hand_are_taken_by_their_seeds(judged) -> None:  # type: ignore[no-untyped-def]
    carry_out(-0.05)
    for path in list(Path("runs").iterdir()):
        path.rename(path.name.replace("baseline", "old").replace("warm-up", "new"))
    names = sorted(str(path) for path in Path().glob("*.jsonl"))
    half = len(names) // 2
    told = judged(*names[half:], "--against", *names[:half])
    assert told["hypotheses"][0]["answer"] == "yes"


def test_factorial_is_judged_over_the_settings_of_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["plan", "which of lr and clip matters?", "--noise", "0.01", "--effect", "0.02",
             "--metric", "loss", "--factor", "lr=1,2", "--factor", "clip=1,null",
             "--grid", "factorial", "--out", "plan.yaml"]  # fmt: skip
    assert main(words) == 0
    generator = np.random.default_rng(0)
    plan = yaml.safe_load(Path("plan.yaml").read_text())
    changes = {arm["name"]: arm["set"] for arm in plan["arms"]}
    for run in plan["runs"]:
        end = 2 - 0.05 * (changes[run["arm"]]["lr"] == 2) + generator.normal(0, 0.01)
        lay_down(ending(run["name"], end), {"seed": run["seed"], **changes[run["arm"]]})
    capsys.readouterr()
    assert main(["compare", "--plan", "plan.yaml", "--json", "--plot", "curves.png"]) == 0
    captured = capsys.readouterr()
    told = {h["name"]: h for h in json.loads(captured.out)["hypotheses"]}
    assert told["lr-2"]["answer"] == "yes"
    assert told["clip-None"]["answer"] != "yes"
    assert told["lr-2"]["comparison"]["num_pairs"] == 2 * len(plan["seeds"])
    assert captured.err == "curves.png drawn\n"
    assert Path("curves.png").read_bytes()[:4] == b"\x89PNG"


BAD_CALLS = {
    "no-runs-of-the-plan": (["compare", "--plan", "plan.yaml", "other"], "no pair of runs"),
    "one-log": (["compare", "other"], "1 logs and no --against"),
    "three-logs": (["compare", "a", "b", "c"], "3 logs and no --against"),
    "bad-margin": (["compare", "other", "other", "--margin", "-1"], "expected one argument|is no"),
    "zero-margin": (["compare", "other", "other", "--margin", "0"], "'0' is no size"),
    "bad-level": (["compare", "other", "other", "--level", "95"], "--level 95"),
    "bad-range": (["compare", "other", "other", "--score-range", "Pong=3"], "TASK=LOW:HIGH"),
    "no-noise": (["plan", "does x help?", "--effect", "1"], "the noise between seeds is needed"),
    "pilot-of-one": (["plan", "does x help?", "--pilot", "other", "--runs", "9"], "pilot of 1 run"),
    "bad-power": (["plan", "does x help?", "--noise", "1", "--power", "80"], "--power 80"),
    "one-arm": (["plan", "does x help?", "--noise", "1", "--arm", "a"], "one --arm leaves nothing"),
}


@pytest.mark.parametrize(("words", "says"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_calls_are_refused_in_one_line(
    words: list[str], says: str, judged: object, capsys: pytest.CaptureFixture[str]
) -> None:
    import re

    Path("other").mkdir()
    rows = "".join(f"{i},{1 / i}\n" for i in range(1, 30))
    Path("other", "x.csv").write_text("step,loss\n" + rows)
    capsys.readouterr()
    assert main(words) in (1, 2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.search(says, captured.err)
    if "usage" not in captured.err:
        assert len(captured.err.splitlines()) == 1


def test_a_pilot_read_from_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for seed, end in enumerate((2.0, 2.02, 1.97)):
        lay_down(ending(f"p-seed{seed}", end), {"seed": seed})
    assert main(["plan", "does x help?", "--pilot", "runs", "--runs", "40", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["noise"]["of_one_run"] == pytest.approx(np.std([2.0, 2.02, 1.97], ddof=1), rel=1e-4)
    assert told["metric"] == "loss"
    assert told["budget"]["planned_runs"] == 40
    assert told["effect_is"] == "the smallest that the budget can find"
