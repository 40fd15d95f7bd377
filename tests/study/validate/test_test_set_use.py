"""Looks at a test set are recorded and counted, and training data is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_predictions import classes, texts

from neural_trainer.errors import RunRefused
from neural_trainer.live.fingerprints import fingerprints
from neural_trainer.study.validate.predictions import Predictions
from neural_trainer.study.validate.test_set_use import (
    USES_FILE,
    earlier_uses,
    record_use,
    refuse_training_file,
    refuse_training_items,
)


def other_answers(p: Predictions) -> Predictions:
    return replace(p, predicted=(p.predicted + 1) % 3, probabilities=None)


def test_a_second_model_is_warned_of_and_the_same_one_is_not(tmp_path: Path) -> None:
    p = classes(40)
    record_use(p, "first", None, tmp_path, clock=lambda: 1.0)
    record_use(p, "first again", None, tmp_path, clock=lambda: 2.0)
    assert earlier_uses(p, None, tmp_path) == []
    assert [use.model for use in earlier_uses(other_answers(p), None, tmp_path)] == ["first"]
    assert earlier_uses(classes(40, seed=1), None, tmp_path) == []


def test_a_look_is_kept_beside_run_json_too(tmp_path: Path) -> None:
    run, here, elsewhere = tmp_path / "run", tmp_path / "here", tmp_path / "elsewhere"
    for folder in (run, here, elsewhere):
        folder.mkdir()
    p = classes(40)
    record_use(p, "first", run, here, clock=lambda: 1.0)
    assert len((run / USES_FILE).read_text().splitlines()) == 1
    assert len(earlier_uses(other_answers(p), run, elsewhere)) == 1
    assert len(earlier_uses(other_answers(p), run, here)) == 1  # one look, in two files


def test_a_torn_record_is_passed_over(tmp_path: Path) -> None:
    p = classes(40)
    record_use(p, "first", None, tmp_path, clock=lambda: 1.0)
    path = tmp_path / ".neural-trainer" / USES_FILE
    path.write_text('{"data": 3\n[]\n' + path.read_text() + '{"da')
    assert len(earlier_uses(other_answers(p), None, tmp_path)) == 1


def test_items_are_the_same_in_any_order() -> None:
    p = replace(classes(30), ids=tuple(map(str, range(30))))
    order = np.random.default_rng(0).permutation(30)
    assert p.ids is not None
    mixed = replace(p, truth=p.truth[order], ids=tuple(p.ids[i] for i in order))
    assert mixed.fingerprint() == p.fingerprint()
    assert replace(p, truth=(p.truth + 1) % 3).fingerprint() != p.fingerprint()


def test_nats_do_not_tell_which_items_they_are_of() -> None:
    p = texts()
    assert p.fingerprint() == replace(p, truth=p.truth + 1).fingerprint()
    assert replace(p, tokens=np.ones(len(p))).fingerprint() == ""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run whose run.json names train.csv as training and test.csv as test data."""
    (tmp_path / "train.csv").write_text("y_true,y_pred\n1,1\n")
    (tmp_path / "test.csv").write_text("y_true,y_pred\n2,2\n")
    config = {"data": {"train_file": "train.csv", "test_file": "test.csv"}}
    folder = tmp_path / "run"
    folder.mkdir()
    record = {"data_files": fingerprints(config, tmp_path)}
    assert len(record["data_files"]) == 2
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def test_the_training_file_of_a_run_is_refused_under_any_name(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "held_out.csv"
    copy.write_bytes((tmp_path / "train.csv").read_bytes())
    with pytest.raises(RunRefused, match="training data"):
        refuse_training_file(copy, run)
    refuse_training_file(tmp_path / "test.csv", run)
    refuse_training_file(copy, None)


def test_training_items_are_refused_and_a_leaking_split_is_not() -> None:
    x = np.random.default_rng(0).standard_normal((60, 3))
    train = replace(classes(60), inputs={"x": x})
    part = replace(classes(20), inputs={"x": x[30:50]})
    with pytest.raises(RunRefused, match="all 20 items"):
        refuse_training_items(part, train)
    mixed = np.concatenate([x[:19], x[:1] + 1])
    refuse_training_items(replace(part, inputs={"x": mixed}), train)


def test_inputs_of_few_values_are_no_training_items() -> None:
    few = np.arange(60) % 4
    refuse_training_items(
        replace(classes(20), inputs={"x": few[:20]}), replace(classes(60), inputs={"x": few})
    )
