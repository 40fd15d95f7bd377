"""Plans: what a question asks, how many seeds it takes, and what cannot be planned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_sides import ending, seeds

from neural_trainer.errors import ConfigError, NeuralTrainerError
from neural_trainer.study.ablation import (
    Arm,
    Factor,
    each_against_each,
    grid,
    one_against_others,
    parse_factor,
)
from neural_trainer.study.margin import Margin
from neural_trainer.study.plan import Budget, Plan, Request, make_plan, outcomes
from neural_trainer.study.plan_file import read_promise, to_dict, write
from neural_trainer.study.plan_noise import Noise, pilot_noise, stated_noise
from neural_trainer.study.plan_question import read_question
from neural_trainer.study.plan_text import to_text
from neural_trainer.study.power import power

QUESTIONS = {
    "does-it-help": ("does warm-up help?", "better", ("baseline", "warm-up"), None),
    "better-by": ("Is B better than A by 0.5 %?", "better", ("A", "B"), Margin(0.005, True)),
    "better-by-at-least": (
        "is muon better than adam w by at least 0.02", "better", ("adam w", "muon"),
        Margin(0.02, False),
    ),
    "better": ("is lr 3e-4 better than lr 1e-3?", "better", ("lr 1e-3", "lr 3e-4"), None),
    "as-good": ("is bf16 as good as fp32 within 1%?", "equivalent", ("fp32", "bf16"),
                Margin(0.01, True)),
    "which": ("which of A, B and C is best?", "which", ("A", "B", "C"), None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "arms", "size"), QUESTIONS.values(), ids=QUESTIONS)
def test_questions(text: str, kind: str, arms: tuple[str, ...], size: Margin | None) -> None:
    asked = read_question(text)
    assert (asked.kind, asked.arms, asked.size) == (kind, arms, size)


NO_QUESTIONS = [
    "",
    "why?",
    "is A better than A?",
    "which of A is best?",
    "is B better than A by x?",
]


@pytest.mark.parametrize("text", NO_QUESTIONS)
def test_what_is_no_question_is_told_the_forms(text: str) -> None:
    with pytest.raises(ConfigError, match=r"does X help\?"):
        read_question(text)


ARMS = (Arm("baseline", {}), Arm("warm-up", {"schedule.warmup_steps": 100}))


def planned(**changes: Any) -> Plan:
    request: dict[str, Any] = {
        "question": "does warm-up help?", "kind": "better", "metric": "eval/loss", "arms": ARMS,
        "hypotheses": tuple(one_against_others(changes.get("arms", ARMS))),
        "noise": stated_noise(0.02, 0.0, 2.0), "effect": Margin(0.03, False), "budget": Budget(),
    }  # fmt: skip
    return make_plan(Request(**{**request, **changes}))


def test_seeds_are_the_fewest_that_reach_the_power() -> None:
    plan = planned()
    n = len(plan.seeds)
    deviation = 0.02 * np.sqrt(2)
    assert power(0.03, deviation, n, paired=True) == pytest.approx(plan.promised)
    assert plan.promised >= 0.8 > power(0.03, deviation, n - 1, paired=True)


def test_pairs_that_agree_need_fewer_seeds_than_groups() -> None:
    close = planned(noise=stated_noise(0.02, 0.9, 2.0))
    assert len(close.seeds) < len(planned(paired=False).seeds)


def test_an_effect_in_per_cent_is_of_the_baseline() -> None:
    assert planned(effect=Margin(0.015, True)).effect == pytest.approx(0.03)
    with pytest.raises(ConfigError, match="--baseline VALUE, or a pilot"):
        planned(effect=Margin(0.015, True), noise=stated_noise(0.02, 0, None))


def test_a_budget_alone_says_what_it_can_find() -> None:
    plan = planned(effect=None, budget=Budget(gpu_hours=20, hours=1.0))
    assert (len(plan.runs), len(plan.seeds), plan.stated) == (20, 10, False)
    assert plan.margin is None  # what the budget cannot find may matter all the same
    assert "equivalent" not in outcomes(plan)
    deviation = 0.02 * np.sqrt(2)
    assert power(plan.effect, deviation, 10, paired=True) == pytest.approx(0.8, abs=0.001)


def test_a_budget_that_is_too_small_is_told() -> None:
    plan = planned(budget=Budget(runs=8))
    assert len(plan.seeds) == 4
    assert not plan.enough
    assert any("underpowered" in note for note in plan.notes)
    assert plan.detectable > 0.03


def test_a_budget_that_is_larger_than_needed_is_not_spent() -> None:
    assert planned(budget=Budget(runs=500)).seeds == planned().seeds


REFUSED = {
    "nothing-bounds-it": ({"effect": None}, "neither an effect nor a budget"),
    "five-runs": ({"budget": Budget(runs=5)}, "pays for 5 runs, 2 seeds"),
    "hours-of-nothing": ({"budget": Budget(gpu_hours=9)}, "expected --hours-per-run"),
    "too-small-an-effect": ({"effect": Margin(1e-6, False)}, "more than 10,000 runs an arm"),
    "two-arms-of-one-name": ({"arms": (ARMS[0], ARMS[0])}, "two arms have one name"),
}


@pytest.mark.parametrize(("changes", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_planned(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        planned(**changes)


def test_runs_are_interleaved_and_each_seed_is_whole() -> None:
    plan = planned()
    order = [(run.seed, run.arm) for run in plan.runs]
    assert [seed for seed, _ in order] == sorted(seed for seed, _ in order)
    for seed in plan.seeds:
        assert {arm for s, arm in order if s == seed} == {"baseline", "warm-up"}
    firsts = [order[2 * i][1] for i in range(len(plan.seeds))]
    assert len(set(firsts)) == 2  # neither arm always goes first


FACTORS = [Factor("lr", (0.1, 0.3)), Factor("clip", (1.0, None)), Factor("depth", (2, 4, 8))]


def test_one_at_a_time_changes_one_key_an_arm() -> None:
    arms, hypotheses = grid(FACTORS, "one-at-a-time")
    assert len(arms) == 1 + 1 + 1 + 2
    base = dict(arms[0].changes)
    for arm in arms[1:]:
        assert sum(base[key] != value for key, value in arm.changes.items()) == 1
    assert [h.after for h in hypotheses] == [(arm.name,) for arm in arms[1:]]


def test_factorial_sets_every_factor_against_its_first_over_the_rest() -> None:
    arms, hypotheses = grid(FACTORS, "factorial")
    by_name = {arm.name: arm.changes for arm in arms}
    assert len(by_name) == 12
    assert [len(h.after) for h in hypotheses] == [6, 6, 4, 4]
    for h in hypotheses:
        for before, after in zip(h.before, h.after, strict=True):
            one, other = by_name[before], by_name[after]
            assert [key for key in one if one[key] != other[key]] == [h.name.rpartition("-")[0]]


def test_a_factorial_needs_fewer_runs_than_one_at_a_time() -> None:
    runs = {}
    for kind in ("one-at-a-time", "factorial"):
        arms, hypotheses = grid(FACTORS[:2], kind)  # type: ignore[arg-type]
        runs[kind] = len(planned(arms=tuple(arms), hypotheses=tuple(hypotheses)).runs)
    assert runs["factorial"] < runs["one-at-a-time"]


def test_factors_are_read_as_yaml() -> None:
    assert parse_factor("a.lr=3e-4,1.0").values == (3e-4, 1.0)
    assert parse_factor("clip=1.0,null").values == (1.0, None)
    assert parse_factor("betas=[0.9, 0.95],[0.9, 0.999]").values == ([0.9, 0.95], [0.9, 0.999])
    for bad in ("lr=1", "lr", "=1,2", "lr=1,1", "lr=[1,2"):
        with pytest.raises(ConfigError):
            parse_factor(bad)


def test_which_is_best_sets_each_against_each() -> None:
    arms = [Arm(name, {"x": name}) for name in "ABC"]
    sides = [(h.before[0], h.after[0]) for h in each_against_each(arms)]
    assert sides == [("A", "B"), ("A", "C"), ("B", "C")]


def test_several_hypotheses_share_the_errors() -> None:
    arms = (*ARMS, Arm("clip", {"training.clip_norm": 1.0}))
    assert len(planned(arms=arms).seeds) > len(planned().seeds)


def test_noise_of_a_pilot_of_seeds() -> None:
    ends = [2.0, 2.03, 1.98, 2.01]
    noise = pilot_noise(seeds("p", ends, seconds=60.0), [], "loss", 0.0)
    assert noise.one == pytest.approx(np.std(ends, ddof=1))
    assert noise.of_differences == pytest.approx(noise.one * np.sqrt(2))
    assert noise.level == pytest.approx(np.mean(ends))
    assert noise.hours == pytest.approx(29 * 60 / 3600)
    # The true noise is below it for four pilots in five.
    generator = np.random.default_rng(0)
    found = generator.normal(0, 1, (20_000, 4)).std(axis=1, ddof=1)
    assert np.mean(found * noise.upper > 1) == pytest.approx(0.8, abs=0.01)


def test_noise_of_pairs_of_a_pilot() -> None:
    ends = np.array([2.0, 2.3, 1.8, 2.1])
    other = ends - 0.1 + np.array([0.01, -0.01, 0.02, 0.0])
    noise = pilot_noise(seeds("a", ends), seeds("b", other), "loss", 0.0)
    assert noise.of_differences == pytest.approx(np.std(other - ends, ddof=1))
    assert noise.of_differences < noise.one / 5


BAD_PILOTS = {
    "one-run": ([2.0], "a pilot of 1 run tells no noise between seeds"),
    "no-scatter": ([2.0, 2.0], "copies, or rounded|hold the same values"),
    "all-lost": ([np.nan, np.nan], "fewer than two runs of the pilot ended in a number"),
}


@pytest.mark.parametrize(("ends", "says"), BAD_PILOTS.values(), ids=BAD_PILOTS)
def test_pilots_that_tell_nothing(ends: list[float], says: str) -> None:
    with pytest.raises(NeuralTrainerError, match=says):
        pilot_noise(seeds("p", ends), [], "loss", 0.0)


def test_a_pilot_of_other_runs_than_seeds_is_told() -> None:
    runs = [ending(f"p{i}", 2 + i / 9, config={"lr": i, "seed": i}) for i in range(3)]
    assert any("lr" in note for note in pilot_noise(runs, [], "loss", 0.0).notes)


def test_text_fits_and_says_what_was_promised() -> None:
    for kind in ("better", "equivalent"):
        plan = planned(kind=kind, noise=Noise(0.02, 0.02, 2.0, 3, "4 runs of a pilot"))
        text = to_text(plan)
        assert max(map(len, text.splitlines())) <= 80
        assert f"chance of {100 * plan.promised:.0f}%" in " ".join(text.split())
        assert "compare --plan" in text
        assert str(plan.needed_unlucky) in text


def test_file_says_what_the_plan_does_and_is_not_written_over(tmp_path: Path) -> None:
    plan = planned()
    out = tmp_path / "plan.yaml"
    write(to_dict(plan, "base.yaml", "training.seed", "runs"), out)
    promise = read_promise(out)
    assert list(promise.runs) == [run.name for run in plan.runs]
    assert promise.changes == {"baseline": {}, "warm-up": {"schedule.warmup_steps": 100}}
    assert (promise.margin, promise.metric, promise.paired) == (0.03, "eval/loss", True)
    assert promise.hypotheses == plan.request.hypotheses
    with pytest.raises(ConfigError, match="is there already"):
        write({}, out)


def test_commands_of_runs_are_read_back_by_the_trainer() -> None:
    import shlex

    from neural_trainer.training.config_file import overridden

    arms, hypotheses = grid(
        [parse_factor("optimizer.lr=3e-4,1e-3"), parse_factor("training.clip_norm=1.0,null")],
        "one-at-a-time",
    )
    plan = planned(arms=tuple(arms), hypotheses=tuple(hypotheses))
    tree = to_dict(plan, "base.yaml", "training.seed", "runs")
    for run in tree["runs"]:
        words = shlex.split(run["command"])
        assert words[:4] == ["neural-trainer", "train", "base.yaml", "--set"]
        config = overridden({}, words[4:])
        arm = next(arm for arm in plan.request.arms if arm.name == run["arm"])
        assert config["run"]["name"] == run["name"]
        assert config["training"]["seed"] == run["seed"]
        assert config["optimizer"]["lr"] == arm.changes["optimizer.lr"]
        assert config["training"]["clip_norm"] == arm.changes["training.clip_norm"]


@pytest.mark.parametrize(
    "text", ["", "- 1", "schema: neural-trainer/plan/1", "a: [", "schema: other"], ids=repr
)
def test_a_file_that_is_no_plan_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"bad\.yaml"):
        read_promise(path)
    with pytest.raises(ConfigError, match="No such file"):
        read_promise(tmp_path / "none.yaml")
