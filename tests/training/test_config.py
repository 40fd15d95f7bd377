"""The training config: what it accepts, and what it says of a key or value it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neural_trainer.errors import ConfigError
from neural_trainer.training.config import CharGPTConfig, LoraConfig, TrainConfig
from neural_trainer.training.config_file import build_config, config_tree, load_config, overridden

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = EXAMPLES / "char_gpt.yaml"


def test_the_example_is_read() -> None:
    config = load_config(EXAMPLE)
    assert isinstance(config, TrainConfig)
    assert config.optimizer is not None
    assert config.optimizer.lr == 3e-3
    assert config.optimizer.betas == (0.9, 0.95)


def test_what_a_report_proposes_is_applied_as_it_stands() -> None:
    fix = {"optimizer.lr": 3e-4, "training.clip_norm": 0.5, "schedule.warmup_steps": 20}
    config = load_config(EXAMPLE, [f"{key}={value}" for key, value in fix.items()])
    assert config.optimizer is not None
    assert config.optimizer.lr == 3e-4
    assert config.training.clip_norm == 0.5
    assert config.schedule.warmup_steps == 20
    assert config.model == load_config(EXAMPLE).model


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        pytest.param("optimizer.lr=3e-4", 3e-4, id="exponent-without-a-dot"),
        pytest.param("optimizer.lr=0.0003", 3e-4, id="decimal"),
        pytest.param("optimizer.lr=1", 1.0, id="whole-number"),
    ],
)
def test_spellings_of_a_number(override: str, expected: float) -> None:
    config = load_config(EXAMPLE, [override])
    assert config.optimizer is not None
    assert config.optimizer.lr == expected


def test_overrides_make_sections_and_leave_the_tree_alone() -> None:
    tree: dict[str, Any] = {"optimizer": {"lr": 0.1}}
    assert overridden(tree, ["optimizer.betas=[0.9, 0.99]", "training.clip_norm=null"]) == {
        "optimizer": {"lr": 0.1, "betas": [0.9, 0.99]},
        "training": {"clip_norm": None},
    }
    assert tree == {"optimizer": {"lr": 0.1}}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        pytest.param({"optimiser": {}}, "did you mean optimizer?", id="near-section"),
        pytest.param(
            {"optimizer": {"lrr": 1}}, "unknown key optimizer.lrr; did you mean", id="near-key"
        ),
        pytest.param({"training": {"zzz": 1}}, "known: steps", id="far-key"),
        pytest.param({"optimizer": {"name": "adam"}}, "did you mean adamw?", id="near-name"),
        pytest.param({"schedule": {"name": "q"}}, "one of cosine, linear", id="far-name"),
        pytest.param({"optimizer": {"lr": "high"}}, "'high'; expected a number", id="text"),
        pytest.param({"optimizer": {"lr": True}}, "expected a number", id="bool-for-number"),
        pytest.param({"optimizer": {"lr": None}}, "expected a number", id="nothing"),
        pytest.param({"optimizer": {"lr": ".nan"}}, "expected a number", id="no-number"),
        pytest.param({"optimizer": {"lr": "nan"}}, "expected a finite number", id="nan"),
        pytest.param({"optimizer": {"lr": -1}}, "expected at least 0", id="negative"),
        pytest.param({"training": {"steps": 1.5}}, "expected a whole number", id="float-for-int"),
        pytest.param({"training": {"steps": True}}, "expected a whole number", id="bool-for-int"),
        pytest.param({"training": {"steps": 0}}, "expected at least 1", id="no-steps"),
        pytest.param({"model": {"tied": 1}}, "expected true or false", id="int-for-bool"),
        pytest.param({"run": {"name": 3}}, "expected text", id="number-for-text"),
        pytest.param({"optimizer": {"betas": 0.9}}, "expected 2 numbers", id="one-beta"),
        pytest.param({"optimizer": {"betas": [0.9, "x"]}}, "expected a number", id="bad-beta"),
        pytest.param({"optimizer": 3}, "expected a section", id="value-for-section"),
        pytest.param({"case": "a:b", "model": {}}, "expected one of the two", id="case-and-model"),
        pytest.param({"model": {"width": 10, "num_heads": 4}}, "no multiple", id="heads"),
        pytest.param({3: 1}, "unknown key 3", id="key-is-a-number"),
        pytest.param({"lr": 1}, "did you mean optimizer.lr?", id="key-of-another-section"),
        pytest.param(
            {"training": {"weight_decy": 1}},
            "did you mean optimizer.weight_decay?",
            id="misspelt-key-of-another-section",
        ),
        pytest.param({"model": {"name": "chargpt"}}, "did you mean char_gpt?", id="near-model"),
        pytest.param(
            {"model": {"name": "lora", "num_layers": 2}}, "key model.num_layers", id="others-key"
        ),
        pytest.param({"training": {"precision": "bf15"}}, "did you mean bf16?", id="precision"),
        pytest.param({"training": {"ema_decay": 1}}, "expected less than 1", id="decay-of-one"),
        pytest.param({"schedule": {"final_fraction": 2}}, "at most 1", id="above-the-peak"),
        pytest.param({"val_split": {"share": 1}}, "expected less than 1", id="all-held-out"),
        pytest.param({"checkpoint": {"keep": 0}}, "expected at least 1", id="none-kept"),
        pytest.param({"version": 2}, "of version 2; this trainer reads version 1", id="version"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tree: dict[Any, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_config(tree, source="train.yaml")
    assert words in str(caught.value)
    assert "train.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a: [", "is no YAML", id="broken"),
        pytest.param("- 1", "holds a list", id="list"),
        pytest.param("!!python/object/apply:os.getcwd []", "is no YAML", id="code"),
    ],
)
def test_a_file_that_is_no_config(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "train.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        load_config(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "none.yaml")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_config_is_read_from_what_a_checkpoint_keeps_of_it(path: Path) -> None:
    import json

    config = load_config(path)
    assert build_config(json.loads(json.dumps(config_tree(config)))) == config


def test_the_section_of_the_model_is_that_of_its_name() -> None:
    assert isinstance(build_config({"model": {}}).model, CharGPTConfig)
    model = build_config({"model": {"name": "lora", "rank": 4}}).model
    assert isinstance(model, LoraConfig)
    assert model.rank == 4


def test_a_case_keeps_no_model_in_its_tree() -> None:
    config = build_config({"case": "a:b"})
    assert build_config(config_tree(config)) == config


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    path = tmp_path / "train.yaml"
    path.write_text("optimizer:\n")
    assert load_config(path) == build_config({})


@pytest.mark.parametrize(
    ("override", "words"),
    [
        pytest.param("optimizer.lr", "expected key=value", id="no-value"),
        pytest.param("=3", "expected key=value", id="no-key"),
        pytest.param("optimizer.lr=[", "no YAML value", id="broken"),
        pytest.param("optimizer.lr.peak=3", "lr is a value", id="below-a-value"),
        pytest.param("optimizer.leraning_rate=3", "unknown key", id="unknown"),
    ],
)
def test_an_override_that_cannot_be(override: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_config(EXAMPLE, [override])
