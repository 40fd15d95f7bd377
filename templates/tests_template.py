"""What holds of template_name before it is trained, and that it trains."""

from __future__ import annotations

import math  # for: mlp cnn rnn transformer
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from .config_template import RunConfig, TrainingConfig
from .model_template import TemplateModel as Model
from .trainer_template import (
    evaluate,
    load_checkpoint,
    loss_fn,
    make_data,
    make_loaders,
    make_model,
    make_optimizer,
    save_checkpoint,
    train,
)

CONFIG = RunConfig()


@pytest.fixture
def model() -> Model:
    """Return the model as its seed makes it, on the CPU."""
    return make_model(CONFIG).cpu()


def some_data(num: int = 8) -> tuple[Tensor, Tensor]:
    return make_data(CONFIG.model, num, seed=7)


# for: mlp cnn rnn
def test_outputs_are_logits_of_the_classes(model: Model) -> None:
    inputs, _ = some_data()
    assert model(inputs).shape == (8, CONFIG.model.num_classes)


def test_at_first_all_classes_are_about_as_likely(model: Model) -> None:
    model.eval()
    loss = loss_fn(model, some_data(64)).item()
    assert loss == pytest.approx(math.log(CONFIG.model.num_classes), rel=0.25)


# for: transformer
def test_outputs_are_logits_of_the_next_token(model: Model) -> None:
    tokens, _ = some_data()
    assert model(tokens).shape == (*tokens.shape, CONFIG.model.vocabulary)


def test_at_first_all_tokens_are_about_as_likely(model: Model) -> None:
    model.eval()
    loss = loss_fn(model, some_data(64)).item()
    assert loss == pytest.approx(math.log(CONFIG.model.vocabulary), rel=0.25)


def test_no_token_depends_on_those_after_it(model: Model) -> None:
    model.eval()
    tokens, _ = some_data()
    changed = tokens.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % CONFIG.model.vocabulary
    before, after = model(tokens), model(changed)
    torch.testing.assert_close(before[:, :5], after[:, :5])
    assert not torch.allclose(before[:, 5:], after[:, 5:])


# for: autoencoder
def test_what_is_made_again_is_as_large_as_the_input(model: Model) -> None:
    inputs, _ = some_data()
    assert model(inputs).shape == inputs.shape
    assert model.encode(inputs).shape == (8, CONFIG.model.num_latents)


# for: all
def test_gradients_reach_every_parameter(model: Model) -> None:
    loss_fn(model, some_data()).backward()
    missed = [
        name
        for name, parameter in model.named_parameters()
        if parameter.grad is None or not parameter.grad.abs().sum() > 0
    ]
    assert missed == []


def test_samples_do_not_see_one_another(model: Model) -> None:
    model.eval()
    inputs, _ = some_data()
    changed = torch.cat([inputs[:1], inputs[1:].flip(0)])
    torch.testing.assert_close(model(inputs)[:1], model(changed)[:1])


def test_outputs_depend_on_inputs(model: Model) -> None:
    model.eval()
    inputs, _ = some_data()
    assert not torch.allclose(model(inputs)[0], model(inputs)[1])


def test_evaluation_draws_nothing_and_puts_the_mode_back(model: Model) -> None:
    _, held_out = make_loaders(CONFIG)
    assert evaluate(model, held_out) == evaluate(model, held_out)
    assert model.training


def test_one_batch_can_be_overfitted(model: Model) -> None:
    batch = some_data()
    model.eval()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    first = loss_fn(model, batch).item()
    for _ in range(200):
        optimizer.zero_grad()
        loss_fn(model, batch).backward()
        optimizer.step()
    assert loss_fn(model, batch).item() < 0.2 * first


def test_every_parameter_is_in_the_optimizer_once(model: Model) -> None:
    optimizer = make_optimizer(model, CONFIG.training)
    held = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in model.parameters())


def few_steps(num: int) -> RunConfig:
    training = replace(CONFIG.training, num_steps=num, warmup_steps=min(num, 5))
    return replace(CONFIG, training=training)


def test_training_lowers_the_held_out_loss() -> None:
    config = few_steps(150)
    model = make_model(config)
    _, held_out = make_loaders(config)
    first = evaluate(model, held_out)
    final = train(config, model, make_optimizer(model, config.training))
    assert final < 0.8 * first


def test_the_same_seed_gives_the_same_run() -> None:
    config = few_steps(5)
    models = [make_model(config) for _ in range(2)]
    for model in models:
        torch.manual_seed(config.training.seed)
        train(config, model, make_optimizer(model, config.training))
    pairs = zip(models[0].parameters(), models[1].parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


# for: mlp cnn rnn autoencoder
def test_training_and_held_out_data_are_apart() -> None:
    train_batches, held_out = make_loaders(CONFIG)
    seen = {tuple(x.flatten().tolist()) for inputs, _ in train_batches for x in inputs}
    held = {tuple(x.flatten().tolist()) for inputs, _ in held_out for x in inputs}
    assert seen
    assert held
    assert not seen & held


# for: all
def test_a_checkpoint_gives_back_what_was_saved(tmp_path: Path) -> None:
    config = few_steps(3)
    model = make_model(config)
    optimizer = make_optimizer(model, config.training)
    train(config, model, optimizer)
    path = tmp_path / "last.pt"
    save_checkpoint(path, config, model, optimizer, step=3)
    again = make_model(config)
    fresh = make_optimizer(again, config.training)
    assert load_checkpoint(path, again, fresh) == 3
    pairs = zip(model.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)
    assert str(fresh.state_dict()) == str(optimizer.state_dict())
    assert [entry.name for entry in tmp_path.iterdir()] == ["last.pt"]


def test_numbers_that_no_training_can_go_by_are_refused() -> None:
    with pytest.raises(ValueError, match="lr is 0"):
        TrainingConfig(lr=0.0)


def test_the_case_is_what_is_trained() -> None:
    pytest.importorskip("neural_trainer")
    from .trainer_template import make_case

    case = make_case()
    batch = next(iter(case.train_batches))
    assert torch.isfinite(case.loss_fn(case.model, batch))
