"""Two and four processes of gloo: the losses, checkpoints and ends of one process."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
import shared_cases
import torch
from rank_processes import Ended, Job, run_ranks

from neural_trainer.runs.read import read
from neural_trainer.training.checkpoint import find_checkpoint
from neural_trainer.training.config_file import build_config
from neural_trainer.training.state import TrainingState
from neural_trainer.training.trainer import train

STEPS = 9  # of 4 batches a pass: into the third pass
SLOW = pytest.mark.slow


def tree(case: str = "shared_cases:tokens", **sections: dict[str, Any]) -> dict[str, Any]:
    base: dict[str, Any] = {
        "case": case,
        "optimizer": {"lr": 0.05},
        "schedule": {"warmup_steps": 2},
        "training": {"steps": STEPS, "eval_every": 3, "threads": 1, "clip_norm": 0.5},
        "checkpoint": {"every": 0, "keep": 9, "best": False},
    }
    for section, keys in sections.items():
        base[section] = {**base[section], **keys}
    return base


EXACT, ROUGH = 1e-12, 2e-3
# What a training does, how near to one process its losses come, and with which of the two ways.
KINDS: dict[str, tuple[dict[str, Any], float, tuple[str, ...]]] = {
    "plain": (tree(), EXACT, ("ddp", "fsdp")),
    "accumulated": (tree(training={"accumulate": 3}), EXACT, ("ddp", "fsdp")),
    "average": (tree(training={"ema_decay": 0.8}, checkpoint={"every": 4}), EXACT, ("ddp", "fsdp")),
    "recomputed": (tree(training={"activation_checkpointing": True}), EXACT, ("ddp", "fsdp")),
    "sgd": (tree(optimizer={"name": "sgd"}), EXACT, ("ddp", "fsdp")),
    "patience": (
        tree(optimizer={"lr": 0.5}, training={"patience": 1, "eval_every": 1}),
        EXACT,
        ("ddp", "fsdp"),
    ),
    "muon": (tree(optimizer={"name": "muon"}), 1e-2, ("ddp",)),
    "iterable": (tree("shared_cases:windows"), EXACT, ("ddp", "fsdp")),
    "own-optimizer": ({**tree("shared_cases:own_optimizer"), "optimizer": None}, EXACT, ("ddp",)),
    "fp16": (tree("shared_cases:single", training={"precision": "fp16"}), ROUGH, ("ddp", "fsdp")),
    "bf16": (tree("shared_cases:single", training={"precision": "bf16"}), 2e-2, ("ddp", "fsdp")),
}
CELLS = [(kind, way) for kind, (_, _, ways) in KINDS.items() for way in ways]


def with_way(config: dict[str, Any], way: str) -> dict[str, Any]:
    return {**config, "training": {**config["training"], "distributed": way}}


Done = tuple[Path, dict[str, list[Ended]]]
Wanted = tuple[str, dict[str, Any], "str | None"]


def trainings(folder: str, size: int, *wanted: Wanted) -> Job:
    return Job(folder, size, "shared_cases:train_all", (json.dumps(wanted),))


def command(folder: str, config: dict[str, Any]) -> Job:
    return Job(folder, 2, "shared_cases:command", (json.dumps(config),))


def recorded(folder: Path) -> dict[str, tuple[list[float], list[float]]]:
    signals = read(folder).signals
    return {
        name: (signals[name].step.tolist(), signals[name].value.tolist())
        for name in ("loss", "eval/loss", "lr", "grad_norm")
    }


def assert_same(found: Path, expected: Path, tolerance: float) -> None:
    ours, theirs = recorded(found), recorded(expected)
    for name, (steps, values) in theirs.items():
        assert ours[name][0] == steps, name
        assert ours[name][1] == pytest.approx(values, rel=tolerance, abs=tolerance), name


# Written by, gone on with at step 4 by: in the folder of the two ranks.
CHAINS = [("ddp", "ddp"), ("fsdp", "fsdp"), ("ddp", "fsdp"), ("fsdp", "ddp"), ("1", "ddp"),
          ("1", "fsdp")]  # fmt: skip
FAILURES = {
    "mislabelled": tree("shared_cases:mislabelled"),
    "raising": tree("shared_cases:raising"),
    "killed": tree("shared_cases:killed"),
    "drifting": tree("shared_cases:drifting", training={"compare_ranks_every": 1}),
    "unused": tree("shared_cases:unused"),
    "terminated": tree("shared_cases:terminated"),
}


def middle(folder: str) -> str:
    return f"{folder}/checkpoints/step-00000004"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Return where all was trained, by one process and by two, and how these ended."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for kind, (config, _, _) in KINDS.items():
            train(build_config(config), Path(f"{kind}-1"))
        whole = [(f"{kind}-{way}", with_way(KINDS[kind][0], way), None) for kind, way in CELLS]
        resumed = [
            (f"{by}-to-{to}", with_way(KINDS["average"][0], to),
             middle("../average-1" if by == "1" else f"average-{by}"))
            for by, to in CHAINS
        ]  # fmt: skip
        jobs = [
            trainings("2", 2, *whole, *resumed),
            Job("given", 2, "shared_cases:collect", ("3",)),
            *(command(name, config) for name, config in FAILURES.items()),
        ]
        ended = dict(zip((job.folder for job in jobs), run_ranks(*jobs), strict=True))
        return folder, ended


@pytest.fixture
def trained(done: Done) -> Path:
    """Return where all was trained, once it is sure that two ranks came to the end."""
    folder, ended = done
    for rank, end in enumerate(ended["2"]):
        assert end.code == 0, f"rank {rank}: {end.said}"
    return folder


@pytest.mark.parametrize(("kind", "way"), CELLS)
def test_two_ranks_have_the_losses_of_one(trained: Path, kind: str, way: str) -> None:
    assert_same(trained / "2" / f"{kind}-{way}", trained / f"{kind}-1", KINDS[kind][1])


@SLOW
def test_four_ranks_have_the_losses_of_one(trained: Path, project: Path) -> None:
    wanted = [(f"{kind}-{way}", with_way(KINDS[kind][0], way), None) for kind, way in CELLS]
    for end in run_ranks(trainings("4", 4, *wanted))[0]:
        assert end.code == 0, end.said
    for kind, way in CELLS:
        assert_same(Path("4", f"{kind}-{way}"), trained / f"{kind}-1", KINDS[kind][1])


def weights(folder: Path) -> dict[str, Any]:
    """Return weights and their average as the last checkpoint of a run has them, by one process."""
    checkpoint = find_checkpoint(folder, pytest.fail)
    config = build_config(checkpoint.config)
    state = TrainingState(config, shared_cases.tokens(), torch.device("cpu"))
    state.restore(checkpoint)
    assert state.ema is not None
    averages = {f"average of {name}": tensor for name, tensor in state.ema.weights.items()}
    return {**state.case.model.state_dict(), **averages}


def assert_goes_on(found: Path, whole: Path, after: int) -> None:
    """Assert that a run has the losses of the whole one after a step, and its last weights."""
    ours, theirs = recorded(found), recorded(whole)
    for name, (steps, values) in theirs.items():
        first = sum(step <= after for step in steps)
        assert ours[name][0] == steps[first:], name
        assert ours[name][1] == pytest.approx(values[first:], rel=EXACT, abs=EXACT), name
    expected = weights(whole)
    for name, tensor in weights(found).items():
        torch.testing.assert_close(tensor, expected[name], rtol=0, atol=EXACT)


@pytest.mark.parametrize(("by", "to"), CHAINS)
def test_two_ranks_go_on_from_what_the_same_another_way_or_one_wrote(
    trained: Path, by: str, to: str
) -> None:
    assert_goes_on(trained / "2" / f"{by}-to-{to}", trained / "average-1", 4)


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_one_process_goes_on_from_what_two_ranks_wrote(
    trained: Path, project: Path, way: str
) -> None:
    config = build_config(with_way(KINDS["average"][0], way))
    checkpoint = find_checkpoint(trained / "2" / middle(f"average-{way}"), pytest.fail)
    assert_goes_on(train(config, Path("out"), checkpoint), trained / "average-1", 4)


@SLOW
@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_from_two_ranks_to_four_to_one(trained: Path, project: Path, way: str) -> None:
    config = with_way(KINDS["average"][0], way)
    first = str(trained / "2" / middle(f"average-{way}"))
    for end in run_ranks(trainings("4", 4, ("out", config, first)))[0]:
        assert end.code == 0, end.said
    assert_goes_on(Path("4/out"), trained / "average-1", 4)
    then = find_checkpoint(Path("4/out/checkpoints/step-00000008"), pytest.fail)
    assert then.step == 8
    assert_goes_on(train(build_config(config), Path("out"), then), trained / "average-1", 8)


@pytest.mark.parametrize("kind", ["loader", "workers", "lists", "drawn"])
def test_no_sample_is_given_twice_or_lost_and_each_pass_is_drawn_anew(
    done: Done, kind: str
) -> None:
    folder, ended = done
    assert [end.code for end in ended["given"]] == [0, 0], ended["given"]
    ranks = [json.loads((folder / "given" / f"given-{r}.json").read_text())[kind] for r in (0, 1)]
    orders = []
    for shares in zip(*ranks, strict=True):
        for batch in zip(*shares, strict=True):
            assert [len(own) for own in batch] in ([2, 2], [1, 1])
        orders.append([number for share in shares for own in share for number in own])
    assert all(sorted(order) == list(range(22)) for order in orders)
    assert (orders[0] != orders[1] != orders[2]) == (kind != "lists")


def lines(end: Ended) -> list[str]:
    return end.said.strip().splitlines()


def test_an_error_on_one_rank_ends_all_with_a_line_each(
    done: Done,
) -> None:
    rank_0, rank_1 = done[1]["mislabelled"]
    assert (rank_0.code, rank_1.code) == (1, 1)
    [own], [others] = lines(rank_1), lines(rank_0)
    assert own.startswith("neural-trainer: step 3: a label or an index is out of range")
    assert others.startswith("neural-trainer: rank 0 ends with another, rank 1: step 3: a label")


def test_what_a_users_code_raises_is_shown_where_it_is_raised(
    done: Done,
) -> None:
    rank_0, rank_1 = done[1]["raising"]
    assert (rank_0.code, rank_1.code) == (1, 1)
    assert "ValueError: something of the user's own" in rank_1.said
    assert lines(rank_0) == [
        "neural-trainer: rank 0 ends with another, rank 1: something of the user's own"
    ]


def test_a_rank_that_is_killed_ends_the_other(done: Done) -> None:
    rank_0, rank_1 = done[1]["killed"]
    assert (rank_0.code, rank_1.code) == (1, -signal.SIGKILL)
    [line] = lines(rank_0)
    assert line.startswith("neural-trainer: rank 0 has lost another rank, which was killed")


def test_a_rank_that_is_told_to_stop_stops_all_at_one_step(done: Done) -> None:
    for end in done[1]["terminated"]:
        assert end.code == 1
        [line] = lines(end)
        assert line.startswith("neural-trainer: stopped by SIGTERM after step 4, its checkpoint")
    folder = done[0] / "terminated" / "runs" / "train" / "checkpoints"
    assert [path.name for path in folder.iterdir()] == ["step-00000004"]


def test_early_stopping_is_decided_alike(trained: Path) -> None:
    assert len(recorded(trained / "patience-1")["loss"][0]) < STEPS


def test_ranks_that_differ_are_told_with_the_first_tensor(
    done: Done,
) -> None:
    for end in done[1]["drifting"]:
        assert end.code == 1
        [line] = lines(end)
        assert "step 3: ranks-out-of-sync: blocks.1.linear.weight differs on rank 1" in line
        assert "the first of 1 of 7 tensors" in line


def test_a_parameter_without_a_part_in_the_loss_is_named(
    done: Done,
) -> None:
    for end in done[1]["unused"]:
        assert end.code == 1
        [line] = lines(end)
        assert line.startswith("neural-trainer: extra.weight and 1 other parameters have no part")
