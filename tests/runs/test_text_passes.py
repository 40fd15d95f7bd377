"""Text logs: two passes over data in an epoch whose lines differ in their totals alone."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.runs.read import read_all


def passes(train: str, held_out: str, every: int = 1, epochs: int = 4) -> str:
    return "".join(
        train.format(i=i, e=e, x=9 - e) if name == "train" else held_out.format(i=i, e=e, x=19 - e)
        for e in range(1, epochs + 1)
        for name in ("train", "held out")[: 1 + (e % every == 0)]
        for i in (0, 1)
    )


# A log, and its losses in training and on held-out data.
TOLD: dict[str, tuple[str, list[float], list[float]]] = {
    "one-shape": (
        passes("Epoch: [{e}][{i}/2] Loss {x}.{i}5\n", "Epoch: [{e}][{i}/3] Loss {x}.{i}5\n"),
        [8.05, 8.15, 7.05, 7.15, 6.05, 6.15, 5.05, 5.15],
        [18.15, 17.15, 16.15, 15.15],
    ),
    "no-epoch-below": (
        passes("Epoch: [{e}][{i}/2] Time 0.1 (0.1) Loss {x}.{i} (7.7)\n", "[{i}/3] Time 0.2 (0.2) Loss {x}.{i} ({x}.75)\n", epochs=2),
        [8.0, 8.1, 7.0, 7.1],
        [18.75, 17.75],
    ),
    "position-and-total-bare": (
        "".join(f"Epoch: {e}\n1 2 Loss: {9 - e}.5 | Acc: 50.5% (6/12)\n2 3 Loss: {19 - e}.5 | Acc: 40.5% (5/12)\n" for e in (1, 2, 3)),
        [8.5, 7.5, 6.5],
        [18.5, 17.5, 16.5],
    ),
    "every-second-epoch": (
        passes("Epoch: [{e}][{i}/2] Loss {x}.{i}5\n", "Epoch: [{e}][{i}/3] Loss {x}.{i}5\n", every=2),
        [8.05, 8.15, 7.05, 7.15, 6.05, 6.15, 5.05, 5.15],
        [17.15, 15.15],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "trained", "held_out"), TOLD.values(), ids=TOLD)
def test_second_pass_is_held_out(
    text: str, trained: list[float], held_out: list[float], tmp_path: Path
) -> None:
    path = tmp_path / "train.log"
    path.write_text(text)
    (run,) = read_all(path)
    assert run.signals["loss"].value.tolist() == pytest.approx(trained)
    assert run.signals["eval/loss"].value.tolist() == pytest.approx(held_out)
    others = set(run.signals) - {"loss", "eval/loss", "accuracy", "eval/accuracy"}
    assert others <= {"epoch", "step_time_s"}


NOT_TOLD = {
    "another-batch-size": "".join(f"Epoch: [{e}][{i}/{2 + (e > 2)}] Loss {9 - e}.{i}5\n" for e in range(1, 5) for i in (0, 1)),
    "three-lengths": "".join(f"Epoch: [{e}][{i}/{3 + e % 3}] Loss {9 - e}.{i}5\n" for e in range(6) for i in (0, 1)),
    "training-by-name": passes("Train: [{e}][{i}/2] Loss {x}.{i}5\n", "Train: [{e}][{i}/3] Loss {x}.{i}5\n"),
    "more-than-one-pass-of-either": "".join(f"Epoch: [{e}][{i}/{2 + e % 2}] Loss {9 - e}.{i}5\n" for e in range(6) for _ in (0, 1) for i in (0, 1)),
    "every-second-epoch-longer": "".join(f"Epoch: [{e}][{i}/{2 + e % 2}] Loss {9 - e}.{i}5\n" for e in range(6) for i in (0, 1)),
    "epoch-and-batch-bare": "".join(f"{e} {b} loss - {9 - e}.{b}\n" for e in (1, 2, 3) for b in (20, 40)),
}  # fmt: skip


@pytest.mark.parametrize("text", NOT_TOLD.values(), ids=NOT_TOLD)
def test_other_lengths_are_training(text: str, tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text(text)
    for run in read_all(path):
        assert "eval/loss" not in run.signals


def test_the_mean_of_an_epoch_is_no_value_of_its_last_batch(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    batches = "  epoch {e} batch 10/47 loss 1.{e}\n  epoch {e} batch 20/47 loss 0.{e}\n"
    mean = "[epoch {e}] loss 1.0{e} | train 76.{e}% | test 70.{e}%\n"
    path.write_text("".join((batches + mean).format(e=e) for e in (1, 2, 3)))
    (run,) = read_all(path)
    assert run.signals["loss"].value.tolist() == [1.1, 0.1, 1.2, 0.2, 1.3, 0.3]
    assert run.signals["epoch loss"].value.tolist() == [1.01, 1.02, 1.03]
    assert run.signals["test/accuracy"].value.tolist() == [70.1, 70.2, 70.3]


def test_a_result_over_so_many_held_out_images(tmp_path: Path) -> None:
    path = tmp_path / "train.out"
    steps = "".join(f"[1, {2000 * i:5}] loss: 2.{9 - i}\n" for i in (1, 2, 3, 4))
    path.write_text(f"{steps}Accuracy of the network on the 10000 test images: 55 %\n")
    (run,) = read_all(path)
    assert run.signals["test/accuracy"].value.tolist() == [55]
    assert run.signals["test/accuracy"].step.tolist() == [8000]
