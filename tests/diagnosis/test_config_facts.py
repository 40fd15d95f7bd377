"""What a config says, in whoever's words, and what it is told where it is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from neural_trainer.diagnosis.config_facts import config_evidence
from neural_trainer.errors import ConfigError

ADAM = {"optimizer": {"name": "adamw"}}
SPEAKS = {  # the config, the cause, whether it speaks for it, the key
    "rate": ({"optimizer": {"name": "adamw", "lr": 0.5}}, "lr-too-high", True, "optimizer.lr"),
    "rate-as-text": ({**ADAM, "lr": "5e-1"}, "lr-too-high", True, "lr"),
    "usual-rate": ({**ADAM, "learning_rate": 3e-4}, "lr-too-high", False, "learning_rate"),
    "usual-rate-of-sgd": ({"optim": "sgd", "lr": 0.1}, "lr-too-high", False, "lr"),
    "tiny-rate": ({**ADAM, "train": {"base_lr": 1e-8}}, "lr-too-low", True, "train.base_lr"),
    "no-warmup": ({"schedule": {"warmup_steps": 0}}, "warmup-missing", True,
                  "schedule.warmup_steps"),
    "warmup": ({"warmup_ratio": 0.1}, "warmup-missing", False, "warmup_ratio"),
    "decay": ({**ADAM, "weight_decay": 3}, "weight-decay-too-high", True, "weight_decay"),
    "no-decay": ({**ADAM, "weight_decay": 0}, "weight-decay-too-high", False, "weight_decay"),
    "tight": ({"max_grad_norm": 1e-4}, "clipping-too-tight", True, "max_grad_norm"),
    "unclipped": ({"grad_clip": None}, "clipping-too-tight", False, "grad_clip"),
    "epsilon": ({"adam_epsilon": 0.1}, "adam-epsilon-too-large", True, "adam_epsilon"),
    "half": ({"precision": "fp16"}, "fp16-overflow", True, "precision"),
    "half-by-number": ({"trainer": {"precision": "16-mixed"}}, "fp16-overflow", True,
                       "trainer.precision"),
    "bfloat": ({"dtype": "bfloat16"}, "fp16-overflow", False, "dtype"),
    "target-of-hydra": ({"optimizer": {"_target_": "torch.optim.AdamW", "lr": 0.9}}, "lr-too-high",
                        True, "optimizer.lr"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPEAKS)
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_setting_speaks_with_its_key(name: str, form: str, tmp_path: Path) -> None:
    tree, cause, speaks_for, key = SPEAKS[name]
    path = tmp_path / f"config.{form}"
    path.write_text(json.dumps(tree) if form == "json" else yaml.safe_dump(tree))
    (said,) = config_evidence(str(path)).of(cause)
    assert (said.times > 1) == speaks_for
    assert said.where == f"{path}: {key}"


SILENT: dict[str, dict[str, Any]] = {
    "epsilon-of-a-norm": {"model": {"layer_norm": {"eps": 0.1}}},
    "two-optimizers": {"g": {"lr": 0.5, "optimizer": "adam"}, "d": {"lr": 1e-4}},
    "a-rate-that-is-none": {**ADAM, "lr": "auto"},
    "nothing-of-ours": {"seed": 1, "data": ["a", "b"]},
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_no_setting_of_the_run_says_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(SILENT[name]))
    assert config_evidence(str(path)).facts == ()


BAD = {
    "missing": (None, "No such file"),
    "no-yaml": (b"a: [1,\n", "is no YAML or JSON"),
    "a-list": (b"- 1\n", "holds a list"),
    "empty": (b"", "holds a NoneType"),
    "binary": (b"\xff\xfe\x00", "is no YAML or JSON"),
    "an-object": (b"!!python/object/apply:os.system ['true']\n", "is no YAML or JSON"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(name: str, tmp_path: Path) -> None:
    content, said = BAD[name]
    path = tmp_path / "config.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as caught:
        config_evidence(str(path))
    assert "\n" not in str(caught.value)


def test_aliases_without_end_come_to_one(tmp_path: Path) -> None:
    lines = ["a0: &a0 {k: 1}"]
    lines += [f"a{n}: &a{n} {{{', '.join(f'k{i}: *a{n - 1}' for i in range(9))}}}"
              for n in range(1, 18)]  # fmt: skip
    path = tmp_path / "config.yaml"
    path.write_text("\n".join(lines))
    assert config_evidence(str(path)).facts == ()
