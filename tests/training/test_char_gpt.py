"""The built-in example: causal, tied where asked, and on text that every Python has."""

from __future__ import annotations

import math

import pytest
import torch

from neural_trainer.errors import ConfigError
from neural_trainer.training import char_gpt
from neural_trainer.training.char_gpt import (
    CharGPT,
    RandomWindows,
    encoded,
    library_sources,
    next_character_loss,
)


def make(tied: bool = True) -> CharGPT:
    torch.manual_seed(0)
    return CharGPT(50, context=12, width=16, num_layers=2, num_heads=4, dropout=0.0, tied=tied)


def test_a_logit_depends_on_no_later_character() -> None:
    model = make()
    text = torch.randint(50, (2, 12))
    changed = text.clone()
    changed[:, 7:] = (changed[:, 7:] + 1) % 50
    before, after = model(text), model(changed)
    assert before.shape == (2, 12, 50)
    assert torch.allclose(before[:, :7], after[:, :7], atol=1e-6)
    assert not torch.allclose(before[:, 7:], after[:, 7:], atol=1e-3)


def test_an_untrained_model_gives_even_odds() -> None:
    batch = (torch.randint(50, (64, 12)), torch.randint(50, (64, 12)))
    loss = next_character_loss(make(), batch).item()
    assert loss == pytest.approx(math.log(50), abs=0.05)


def test_tying_shares_one_matrix() -> None:
    def count(model: CharGPT) -> int:
        return sum(p.numel() for p in model.parameters())

    assert count(make(tied=False)) - count(make()) == 50 * 16


def test_every_parameter_gets_a_gradient() -> None:
    model = make(tied=False)
    next_character_loss(model, (torch.randint(50, (4, 12)), torch.randint(50, (4, 12)))).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        assert parameter.grad.abs().sum() > 0, name


def test_windows_are_of_the_text_and_each_pass_draws_new_ones() -> None:
    windows = RandomWindows(torch.arange(1000), context=5, batch_size=3, count=4, seed=0)
    first, second = list(windows), list(windows)
    assert len(first) == len(windows) == 4
    for inputs, targets in first + second:
        assert inputs.shape == targets.shape == (3, 5)
        assert torch.equal(targets, inputs + 1)
    assert not torch.equal(first[0][0], second[0][0])
    again = list(RandomWindows(torch.arange(1000), context=5, batch_size=3, count=4, seed=0))
    assert torch.equal(first[0][0], again[0][0])


def test_rare_characters_share_one_number_and_the_end_is_held_out() -> None:
    text = "ab" * 500 + "z"
    train, validation, vocabulary = encoded([text, text])
    assert vocabulary == 3  # unknown, a, b
    assert len(train) + len(validation) == 2 * len(text)
    assert len(validation) == pytest.approx(0.1 * 2 * len(text), abs=2)
    assert int((validation == 0).sum()) == 2
    assert int((train == 0).sum()) == 0


def test_this_python_has_the_text() -> None:
    sources = library_sources()
    # Modules come and go between versions of Python; most are always there.
    assert len(sources) >= 15
    assert sum(map(len, sources)) > 800_000


def test_a_python_without_sources_is_told_to_bring_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(char_gpt, "MODULES", ("no_such_module_anywhere",))
    with pytest.raises(ConfigError, match="case: module:factory"):
        library_sources()
