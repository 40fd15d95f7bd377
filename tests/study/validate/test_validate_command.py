"""`neural-trainer validate` as it is typed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import held_out_cases as made
import numpy as np
import pytest
import torch
from made_predictions import classes
from report_schema import faults
from sklearn.metrics import cohen_kappa_score

from neural_trainer.cli import main
from neural_trainer.study.validate.predictions import Predictions
from neural_trainer.study.validate.validation_data import schema

ROOT = Path(__file__).parents[3]
PAGE = json.loads((ROOT / "docs" / "validation.schema.json").read_text(encoding="utf-8"))
FAST = ["--bootstrap", "100"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((240, 2))
    p = classes(240)
    wrong = np.where(np.arange(240) % 3 == 0, (p.truth + 1) % 3, p.predicted)
    write(tmp_path / "a.csv", replace(p, predicted=wrong, probabilities=None), x)
    write(tmp_path / "b.csv", p, x)
    moved = rng.standard_normal((240, 2)) + 1
    write(tmp_path / "train.csv", p, moved, "t")
    moved[:20] = x[:20]
    write(tmp_path / "leaking.csv", p, moved, "t")
    return tmp_path


def write(path: Path, p: Predictions, x: Any, name: str = "i") -> None:
    lines = ["id,y_true,y_pred,site,x1,x2"]
    sites = ["north", "south", "east"]
    for i in range(len(p)):
        lines.append(
            f"{name}{i},{p.classes[int(p.truth[i])]},{p.classes[int(p.predicted[i])]},"
            f"{sites[i % 3]},{x[i, 0]},{x[i, 1]}"
        )
    path.write_text("\n".join(lines) + "\n")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["validate", *words, *FAST]) == 0
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    found = json.loads(printed(capsys, *words, "--json"))
    assert faults(found, PAGE) == []
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["validate", *words, *FAST]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    return shown.err


def test_all_that_a_file_can_show(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    words = ["a.csv", "--against", "b.csv", "--slice", "site", "--train", "leaking.csv"]
    found = told(capsys, *words)
    assert found["schema"] == "neural-trainer/validation/1"
    assert found["num"] == 240
    assert sum(map(sum, found["confusion"])) == 240
    assert found["slices"]["rows"][0]["value"] == "north"
    assert found["slices"]["rows"][0]["p"] < 0.001
    (other,) = found["against"]
    assert {row["verdict"] for row in other["rows"]} == {"better"}
    assert found["leakage"]["exact"] == 20
    assert found["leakage"]["leaks"]
    assert found["gap"]["num_clean"] == 220
    assert {r["name"] for r in found["shift"]["rows"] if r["p"] < 0.05} == {"x1", "x2"}
    assert any("too good" in warning for warning in found["warnings"])
    assert any("calibration" in one for one in found["not_checked"])


def test_the_schema_is_the_page_of_it_and_holds_all_keys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert schema() == PAGE
    found = told(capsys, "a.csv", "--slice", "site", "--train", "leaking.csv")
    assert list(found) == PAGE["required"] == list(PAGE["properties"])
    assert faults({**found, "extra": 1}, PAGE) == ["$.extra is not in the schema"]
    for key in found:
        assert faults({name: found[name] for name in found if name != key}, PAGE)
        assert faults({**found, key: {"no": "such"}}, PAGE), key


@pytest.mark.parametrize("words", [["a.csv"], ["a.csv", "--against", "b.csv", "--slice", "site",
                                                "--train", "leaking.csv"]], ids=len)  # fmt: skip
def test_text_fits_80_columns(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, *words).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith("Next: ")


def test_a_picture_is_drawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "a.csv", "--plot", "a.png")
    assert (folder / "a.png").read_bytes()[:4] == b"\x89PNG"


def test_a_second_model_on_one_test_set_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "a.csv")["warnings"] == []
    assert told(capsys, "a.csv")["warnings"] == []
    assert "used before" in told(capsys, "b.csv")["warnings"][0]


def test_slices_do_not_change_which_test_set_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "a.csv", "--slice", "site")
    assert "used before" in told(capsys, "b.csv")["warnings"][0]


def test_groups_widen_the_intervals(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    rows = ["group,y_true,y_pred"] + [f"{i // 20},{i % 2},{(i // 20) % 2}" for i in range(400)]
    (folder / "g.csv").write_text("\n".join(rows))
    alone = ["y_true,y_pred"] + [row.partition(",")[2] for row in rows[1:]]
    (folder / "alone.csv").write_text("\n".join(alone))
    found = told(capsys, "g.csv")
    assert found["num_clusters"] == 20
    assert found["metrics"][0]["method"] == "bootstrap of clusters"
    assert told(capsys, "alone.csv")["metrics"][0]["method"] == "Wilson"


def test_an_interval_without_width_is_warned_of(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    rows = [f"{i % 2},{i % 2}" for i in range(60)]
    (folder / "p.csv").write_text("\n".join(["y_true,y_pred", *rows]))
    found = told(capsys, "p.csv")
    assert "no true interval for balanced accuracy, macro F1" in found["warnings"][0]
    assert found["metrics"][0]["low"] < 1


def test_folds_of_a_column(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    for name, shift in (("f.csv", 0), ("g.csv", 1)):
        rows = [f"{i},{i % 5},{i % 2},{(i + (i % 11 < shift)) % 2}" for i in range(80)]
        (folder / name).write_text("\n".join(["id,fold,y_true,y_pred", *rows]))
    found = told(capsys, "f.csv", "--against", "g.csv")
    assert len(found["folds"]["values"]) == 5
    assert 0 < found["fold_p"][0] < 1


def test_several_models_beside_one(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "a.csv", "--against", "b.csv", "--against", "a.csv")
    assert [one["source"] for one in found["against"]] == ["b.csv", "a.csv"]
    verdicts = [{row["verdict"] for row in one["rows"]} for one in found["against"]]
    assert verdicts == [{"better"}, {"the same"}]
    text = printed(capsys, "a.csv", "--against", "b.csv", "--against", "a.csv")
    assert "p corrected by Holm for 2 tests." in text


REFUSED = {
    "training-file": (["a.csv", "--train", "a.csv"], "all 240 items"),
    "no-file": (["none.csv"], "No such file"),
    "other-ending": (["a.txt"], "MODULE:FACTORY"),
    "folds-of-a-file": (["a.csv", "--folds", "3"], "column fold"),
    "level": (["a.csv", "--level", "2"], "expected 0.5"),
    "no-column": (["a.csv", "--slice", "age"], "no column age"),
    "picture": (["a.csv", "--plot", "a.gif"], ".png or .svg"),
    "no-held-out": (["held_out_cases:without_held_out"], "no eval_batches"),
    "held-out-is-training": (["held_out_cases:held_out_is_training"], "are its train_batches"),
    "held-out-copied": (["held_out_cases:held_out_copied"], "in the training data"),
    "no-checkpoint": (["held_out_cases:classifier", "--checkpoint", "none"], "does not exist"),
    "no-factory": (["held_out_cases:clasifier"], "did you mean classifier"),
    "corruption": (["held_out_cases:classifier", "--corrupt", "fog"], "no such corruption"),
    "tokens": (["held_out_cases:classifier", "--corrupt", "tokens"], "no whole-number inputs"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_bad_input_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(capsys, *words)


def test_a_case_by_its_checkpoint(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    case = made.classifier()
    for batch in list(case.train_batches) * 10:
        case.optimizer.zero_grad()
        case.loss_fn(case.model, batch).backward()
        case.optimizer.step()
    torch.save(case.model.state_dict(), folder / "w.pt")
    words = ["held_out_cases:classifier", "--checkpoint", "w.pt"]
    found = told(
        capsys, *words, "--against", "held_out_cases:classifier", "--folds", "3",
        "--corrupt", "noise=2", "--gradient-sign", "0.5",
    )  # fmt: skip
    assert found["model"] == "w.pt"
    assert found["metrics"][0]["value"] > 0.75
    assert found["against"][0]["rows"][0]["verdict"] == "worse"
    assert len(found["folds"]["values"]) == 3
    assert [row["corruption"] for row in found["robust"]] == ["noise=2", "gradient-sign=0.5"]
    assert found["speed"]["num_samples"] == 32
    assert found["leakage"]["exact"] == 0
    assert found["shift"]["joint"] > 0.01
    lines = printed(capsys, *words).splitlines()
    assert max(map(len, lines)) <= 80
    same = told(capsys, *words, "--against", "w.pt", "--no-train")
    assert {row["verdict"] for row in same["against"][0]["rows"]} == {"the same"}
    assert same["leakage"] is None


def test_a_language_model(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "held_out_cases:language_model")
    assert found["task"] == "language"
    assert {m["name"] for m in found["metrics"]} >= {"nats a token", "perplexity"}
    printed(capsys, "held_out_cases:language_model", "--plot", "l.png")


def test_a_further_score_is_that_of_scikit_learn(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "b.csv", "--metric", "cohen_kappa_score")
    p = classes(240)
    assert found["metrics"][-1]["value"] == pytest.approx(cohen_kappa_score(p.truth, p.predicted))
    assert found["metrics"][-1]["low"] < found["metrics"][-1]["value"]
    assert "no such score" in refused(capsys, "b.csv", "--metric", "train_test_split")
