"""Blind judgements of what lint finds: what is drawn, what is an answer, what both come to."""

from __future__ import annotations

from pathlib import Path

import lint_judging
import pytest
from lint_judging import Blind, Drawn
from sklearn.metrics import cohen_kappa_score

TABLES = {
    "some_agreement": (45, 5, 3, 7),
    "all_agree": (30, 0, 0, 20),
    "worse_than_chance": (2, 20, 18, 1),
}


def judged_as(both: int, first: int, second: int, neither: int) -> list[Blind]:
    """Return judgements: so many right by both, by the first alone, the second alone, neither."""
    pairs = [(True, True)] * both + [(True, False)] * first
    pairs += [(False, True)] * second + [(False, False)] * neither
    return [Blind(n, a, "why", b, "why") for n, (a, b) in enumerate(pairs, 1)]


@pytest.mark.parametrize("counts", TABLES.values(), ids=TABLES)
def test_kappa_is_that_of_sklearn(counts: tuple[int, int, int, int]) -> None:
    judged = judged_as(*counts)
    expected = cohen_kappa_score([e.right_a for e in judged], [e.right_b for e in judged])
    assert lint_judging.kappa(judged) == pytest.approx(expected)


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the sheets of three findings that were drawn from a package."""
    package = tmp_path / "site" / "trains"
    package.mkdir(parents=True)
    for name in ("a", "b", "c", "d"):
        text = f"import torch\n\n# {name}\nscaler = torch.cuda.amp.GradScaler()\n"
        (package / f"{name}.py").write_text(text)
    monkeypatch.setattr(lint_judging, "DRAWN", tmp_path / "drawn.jsonl")
    monkeypatch.setattr(lint_judging, "BLIND", tmp_path / "blind.jsonl")
    lint_judging.draw([f"trains==1.0={package}"], 3, 8, tmp_path / "sheets")
    return tmp_path / "sheets"


def test_both_sheets_hold_what_was_drawn_under_the_same_numbers(drawn: Path) -> None:
    kept = lint_judging.drawn()
    assert [each.number for each in kept] == [1, 2, 3]
    assert {each.line for each in kept} == {4}
    for judge in "ab":
        text = (drawn / f"sheet-{judge}.md").read_text()
        for each in kept:
            (part,) = [p for p in text.split("\n## ") if p.startswith(f"{each.number}\n")]
            assert f"site/{each.file}, line 4" in part
            assert ">    4 scaler = torch.cuda.amp.GradScaler()" in part
            assert f"# {Path(each.file).stem}" in part


def test_a_sheet_is_in_an_order_of_its_own() -> None:
    package = Path(lint_judging.__file__).parent
    every = [Drawn(n, "x", "1", "lint_judging.py", 1, "seed-missing", "") for n in range(1, 61)]
    text = "\n".join(lint_judging.sheet(every[::-1], dict.fromkeys(range(1, 61), package)))
    assert text.index("\n## 60\n") < text.index("\n## 1\n")
    assert text.count("\n# Chunk ") == 2


def test_answers_are_kept_and_summed_up(drawn: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.tsv", tmp_path / "b.tsv"
    first.write_text("1\tright\told call\n2\tright\told call\n3\twrong\tno such\n")
    second.write_text("3\twrong\tother\n2\twrong\tother\n1\tright\tsame\n")
    judged = lint_judging.take(first, second)
    assert lint_judging.blind() == judged
    assert judged[1] == Blind(2, True, "old call", False, "other")
    text = "\n".join(lint_judging.page())
    assert "| where both agree | 1 of 2: 0.50" in text
    assert "| by both, of all | 1 of 3: 0.33" in text
    assert "deprecated-cuda-amp | 0 of 0: none |" in text
    assert "| by the first judge | 2 of 3: 0.67" in text
    assert "They agree on 2 of 3; Cohen's kappa 0.40." in text
    assert "| `deprecated-cuda-amp` | 1 | 1 | 1 |" in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("1\tright\tx\n2\tright\tx\n", "no answer for 3", id="one_left_out"),
        pytest.param("1\tright\tx\n1\twrong\tx\n", "answered twice", id="one_twice"),
        pytest.param("1\tmaybe\tx\n", "right or wrong", id="neither_right_nor_wrong"),
        pytest.param("1\tright\n", "reason", id="no_reason"),
        pytest.param("9\tright\tx\n", "reason", id="not_drawn"),
    ],
)
def test_what_is_no_answer_is_refused(drawn: Path, tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "answers.tsv"
    path.write_text(text)
    with pytest.raises(SystemExit, match=why):
        lint_judging.answers(path, {1, 2, 3})


def test_more_than_there_is_cannot_be_drawn(drawn: Path, tmp_path: Path) -> None:
    package = tmp_path / "site" / "trains"
    with pytest.raises(SystemExit, match="4 findings in all, 5"):
        lint_judging.draw([f"trains==1.0={package}"], 5, 8, tmp_path)
