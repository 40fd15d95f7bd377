"""Predictions, corruptions, folds and weights of a case's model."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import held_out_cases as made
import numpy as np
import pytest
import torch
from torch import nn

from neural_trainer.errors import ConfigError
from neural_trainer.live.monitor import Monitor
from neural_trainer.study.validate.case_pass import predict
from neural_trainer.study.validate.corruptions import (
    CORRUPTIONS,
    GRADIENT_SIGN,
    corrupted,
    gradient_sign,
    robustness,
)
from neural_trainer.study.validate.cross_validation import Asked, assign, cross_validate
from neural_trainer.study.validate.metrics import metrics_of
from neural_trainer.study.validate.speed import speed
from neural_trainer.study.validate.weights import load_checkpoint, run_folder_of
from neural_trainer.training.checkpoint import write_checkpoint


def held_out_loss(case: Any) -> float:
    """Return the mean loss over items in evaluation mode, as a loop would."""
    case.model.eval()
    with torch.no_grad():
        losses = [(float(case.loss_fn(case.model, b)), len(b[0])) for b in case.eval_batches]
    case.model.train()
    return sum(loss * num for loss, num in losses) / sum(num for _, num in losses)


LOSSES = {
    "classifier": (made.classifier, "log loss"),
    "binary": (made.binary, "log loss"),
    "language": (made.language_model, "nats a token"),
}


@pytest.mark.parametrize(("make", "name"), LOSSES.values(), ids=LOSSES)
def test_predictions_have_the_loss_of_the_case(make: Any, name: str) -> None:
    case = make()
    p = predict(case, case.eval_batches, "made")
    found = next(m for m in metrics_of(p) if m.name == name).of(np.ones(len(p)))
    assert found == pytest.approx(held_out_loss(case), rel=1e-5)


def test_numbers_are_those_of_the_model() -> None:
    case = made.regressor()
    p = predict(case, case.eval_batches, "made")
    assert ((p.predicted - p.truth) ** 2).mean() == pytest.approx(held_out_loss(case), rel=1e-5)


def test_a_monitor_at_work_hides_no_loss(tmp_path: Path) -> None:
    case = made.regressor()
    alone = predict(case, case.eval_batches, "made")
    with Monitor(tmp_path / "run", case.model, judge=False):
        beside = predict(case, case.eval_batches, "made")
    np.testing.assert_array_equal(beside.predicted, alone.predicted)


def test_model_and_random_states_are_left_as_they_were() -> None:
    case = made.classifier()
    case.model[2].eval()  # one part of it alone
    modes = [module.training for module in case.model.modules()]
    weights = copy.deepcopy(case.model.state_dict())
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    predict(case, case.eval_batches, "made", gradient_sign(case, 0.1))
    assert torch.equal(torch.rand(1), expected)
    assert [module.training for module in case.model.modules()] == modes
    assert all(torch.equal(v, weights[k]) for k, v in case.model.state_dict().items())
    assert all(p.grad is None for p in case.model.parameters())


def test_groups_inputs_and_embeddings_are_kept() -> None:
    case = made.grouped_classifier()
    p = predict(case, case.eval_batches, "made")
    assert p.clusters is not None
    assert p.clusters.max() == 7
    assert list(p.inputs) == ["x"]
    assert p.embedding is not None
    assert p.embedding.shape == (96, 16)


REFUSED = {
    "own-loss": (made.own_loss, "no loss of torch.nn.functional"),
    "not-finite": (made.not_finite, "not finite"),
    "raising": (made.raising, "RuntimeError: shapes do not fit"),
}


@pytest.mark.parametrize(("make", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_predicted_is_one_line(make: Any, said: str) -> None:
    case = make()
    with pytest.raises(ConfigError, match=said) as raised:
        predict(case, case.eval_batches, "made")
    assert "\n" not in str(raised.value)


def test_no_batches_are_refused() -> None:
    with pytest.raises(ConfigError, match="yielded nothing"):
        predict(made.classifier(), [], "made")


@pytest.mark.parametrize("name", [name for name, (_, _, floats) in CORRUPTIONS.items() if floats])
def test_size_0_of_a_corruption_changes_nothing_or_its_default_something(name: str) -> None:
    x = torch.randn(8, 3, 10, 10, generator=torch.Generator().manual_seed(0))
    batch = (x, torch.zeros(8, dtype=torch.long))
    nothing = 1.0 if name == "contrast" else 0.0
    model = nn.Identity()
    assert torch.allclose(corrupted(name, nothing, 0)(model, batch)[0], x, atol=1e-6)
    changed = corrupted(name, CORRUPTIONS[name][1], 0)(model, batch)
    assert not torch.allclose(changed[0], x, atol=1e-3)
    assert changed[1] is batch[1]
    again = corrupted(name, CORRUPTIONS[name][1], 0)(model, batch)
    assert torch.equal(changed[0], again[0])


def test_tokens_are_replaced_in_their_share() -> None:
    ids = torch.randint(1000, (50, 40), generator=torch.Generator().manual_seed(0))
    changed = corrupted("tokens", 0.25, 0)(nn.Identity(), (ids, ids.clone()))[0]
    assert float((changed != ids).float().mean()) == pytest.approx(0.25, abs=0.03)


def test_a_step_up_the_gradient_raises_the_loss_as_its_size_says() -> None:
    case = made.classifier()
    case.model.eval()
    batch = next(iter(case.eval_batches))
    moved = gradient_sign(case, 0.1)(case.model, batch)
    apart = (moved[0] - batch[0]).abs()
    assert float(apart.max()) == pytest.approx(0.1 * float(batch[0].std()), rel=1e-4)
    assert case.loss_fn(case.model, moved) > case.loss_fn(case.model, batch)


def test_robustness_tells_what_each_corruption_costs() -> None:
    case = trained(made.classifier())
    clean = predict(case, case.eval_batches, "made")
    wanted = [("noise", 0.0), ("noise", 3.0), (GRADIENT_SIGN, 1.0)]
    none, noise, step = robustness(case, case.eval_batches, clean, wanted, 0.95, 200, 0)
    assert (none.difference, none.p) == (0, 1)
    assert noise.high < 0
    assert step.difference < noise.difference
    assert max(noise.p, step.p) < 0.01


def trained(case: Any, epochs: int = 10) -> Any:
    for _ in range(epochs):
        for batch in case.train_batches:
            case.optimizer.zero_grad()
            case.loss_fn(case.model, batch).backward()
            case.optimizer.step()
    return case


def test_folds_hold_every_item_once() -> None:
    for train, test in assign(23, Asked(4)):
        assert sorted([*train, *test]) == list(range(23))
    tests = np.concatenate([test for _, test in assign(23, Asked(4))])
    assert sorted(tests) == list(range(23))


def test_folds_of_groups_share_none_and_are_about_as_large() -> None:
    groups = np.random.default_rng(0).integers(0, 12, 100)
    splits = assign(100, Asked(4, "group"), groups)
    assert all(not set(groups[train]) & set(groups[test]) for train, test in splits)
    assert max(len(test) for _, test in splits) < 2 * min(len(test) for _, test in splits)


def test_folds_by_time_train_on_what_came_before() -> None:
    splits = assign(30, Asked(4, "time"))
    assert all(train.max() < test.min() for train, test in splits)
    assert [len(train) for train, _ in splits] == [6, 12, 18, 24]


def test_cross_validation_trains_each_fold_anew() -> None:
    found = cross_validate(made.classifier, Asked(3, epochs=8), 0.95, lambda _: None)
    untrained = cross_validate(made.without_held_out, Asked(3), 0.95, lambda _: None)
    assert found.nums == (64, 64, 64)
    assert found.share == pytest.approx(0.5)
    assert found.mean > 0.8
    assert found.low < found.mean < found.high
    assert "AdamW" in untrained.notes[0]
    again = cross_validate(made.classifier, Asked(3, epochs=8), 0.95, lambda _: None)
    assert again.values == found.values


def test_cross_validation_by_groups_needs_groups() -> None:
    with pytest.raises(ConfigError, match="no group"):
        cross_validate(made.classifier, Asked(3, "group"), 0.95, lambda _: None)
    found = cross_validate(made.grouped_classifier, Asked(4, "group"), 0.95, lambda _: None)
    assert sum(found.nums) == 192


def test_speed_is_of_the_model_in_evaluation_mode() -> None:
    case = made.classifier()
    found = speed(case, case.eval_batches)
    assert found.num_samples == 32
    assert 0 < found.p50_s <= found.p95_s
    assert found.samples_per_s == pytest.approx(32 / found.p50_s)


def saved(case: Any, kind: str, folder: Path) -> Path:
    weights = case.model.state_dict()
    if kind == "ours":
        write_checkpoint(folder / "run", 5, {}, case.model, {})
        return folder / "run"
    if kind == "safetensors":
        from safetensors.torch import save_file

        save_file(weights, folder / "w.safetensors")
        return folder / "w.safetensors"
    kept: Any = {"state-dict": weights, "inside": {"state_dict": weights, "epoch": 3},
                 "ddp": {f"module.{k}": v for k, v in weights.items()}}[kind]  # fmt: skip
    torch.save(kept, folder / "w.pt")
    return folder / "w.pt"


@pytest.mark.parametrize("kind", ["ours", "safetensors", "state-dict", "inside", "ddp"])
def test_weights_are_loaded_from_each_kind_of_checkpoint(kind: str, tmp_path: Path) -> None:
    if kind in ("ours", "safetensors"):
        pytest.importorskip("safetensors")
    source, target = trained(made.classifier(), 1), made.classifier()
    path = saved(source, kind, tmp_path)
    load_checkpoint(path, target.model, lambda _: None)
    for name, tensor in source.model.state_dict().items():
        assert torch.equal(target.model.state_dict()[name], tensor)
    assert run_folder_of(path) == (path if kind == "ours" else None)


class _Runs:
    def __reduce__(self) -> Any:
        return (print, ("executed",))


def test_a_checkpoint_runs_no_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"x": _Runs()}, tmp_path / "w.pt")
    with pytest.raises(ConfigError, match="not unpickled"):
        load_checkpoint(tmp_path / "w.pt", made.classifier().model, lambda _: None)
    assert capsys.readouterr().out == ""


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    torch.save(nn.Linear(3, 3).state_dict(), tmp_path / "w.pt")
    with pytest.raises(ConfigError, match="missing in"):
        load_checkpoint(tmp_path / "w.pt", made.classifier().model, lambda _: None)
