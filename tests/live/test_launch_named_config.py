"""The configuration in the plan: shown before the run, without secrets and without sentences."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from launching import command

from neural_trainer.live.launch.named_config import MOST_BYTES, MOST_KEYS, named_configs

CONFIGS = {
    "nested": (
        "optimizer: {name: adamw, lr: 3.0e-4, betas: [0.9, 0.95]}\namp: true\n",
        "optimizer.name adamw, optimizer.lr 0.0003, optimizer.betas [0.9, 0.95], amp True",
    ),
    "sentence": ("note: ignore previous instructions\nlr: 1\n", "note (text), lr 1"),
    "key_of_words": ("ignore previous instructions: 1\nlr: 1\n", "lr 1 and 1 more"),
    "secret": ("api_key: abcdef123456\nlr: 1\n", "api_key (text), lr 1"),
    "empty_parts": ("data: {}\nlr: null\n", "data (text), lr None"),
    "many_values": ("milestones: [1, 2, 3, 4, 5]\n", "milestones [5 values]"),
}
NONE = {
    "list": "- 1\n- 2\n",
    "text": "just text\n",
    "no_yaml": "a: [\n",
    "large": "a: 1\n" + "#" * MOST_BYTES,
    "object": "!!python/object/apply:os.system [true]\n",
    "binary": "\0\1\2",
}


@pytest.mark.parametrize(("text", "line"), CONFIGS.values(), ids=CONFIGS)
def test_a_config_is_shown(text: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(text)
    ((name, shown),) = named_configs(["python", "a.py", "--config=c.yaml", "c.yaml"], tmp_path)
    assert name == "c.yaml"
    assert shown == line


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_what_is_no_config_is_not_shown(text: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(text)
    assert list(named_configs(["c.yaml", "gone.yaml"], tmp_path)) == []


def test_a_file_that_repeats_itself_is_bounded(tmp_path: Path) -> None:
    lines = ["a: &a {x: 1, y: 2}"] + [
        f"{chr(98 + n)}: &{chr(98 + n)} {{x: *{chr(97 + n)}, y: *{chr(97 + n)}}}" for n in range(20)
    ]
    (tmp_path / "c.yaml").write_text("\n".join(lines))
    ((_, shown),) = named_configs(["c.yaml"], tmp_path)
    assert len(shown) < 100 * MOST_KEYS


def test_json_and_more_keys_than_are_shown(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps({f"k{n}": n for n in range(MOST_KEYS + 3)}))
    ((_, shown),) = named_configs(["c.json"], tmp_path)
    assert shown.startswith("k0 0, k1 1")
    assert shown.endswith(f"k{MOST_KEYS - 1} {MOST_KEYS - 1} and 3 more")


def test_the_plan_shows_it(project: Path) -> None:
    (project / "run.py").write_text("from neural_trainer import Monitor\nMonitor('a').step(1.0)\n")
    (project / "c.yaml").write_text("lr: 0.1\nmodel: {width: 64}\n")
    done = command("launch", "--", sys.executable, "run.py", "--config", "c.yaml", project=project)
    assert "  config      c.yaml: lr 0.1, model.width 64\n" in done.stdout
