"""The page of a comparison: the verdict first, both sides drawn, what was changed, who they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_sides import ending, seeds
from page_parts import Page

from neural_trainer.cli import main
from neural_trainer.runs.run import Run, Series
from neural_trainer.study.compare import compare_each
from neural_trainer.study.comparison_page import MOST_RUNS, to_page


def made(before: list[Run], after: list[Run]) -> str:
    return to_page(compare_each(before, after), before, after)


def test_verdict_runs_and_change() -> None:
    before = seeds("a", [1.0, 1.1, 0.9, 1.05], config={"lr": 0.1})
    after = seeds("b", [0.5, 0.6, 0.4, 0.55], config={"lr": 0.2, "api_key": "hunter2"})
    text = made(before, after)
    page = Page(text)
    (header,) = page.all("header")
    assert header["class"] == "better"
    assert text.index('class="verdict"') < text.index("<svg")
    assert len(page.all("path", "curve")) == 8
    assert {path["class"].split()[1] for path in page.all("path", "curve")} == {"c0", "c1"}
    for run in (*before, *after):
        assert run.name in page.text
    assert "lr 0.1 0.1" in page.text
    assert "hunter2" not in text


def test_a_million_points_a_side() -> None:
    n = 1_000_000
    step = np.arange(1.0, n + 1)
    noise = np.random.default_rng(0).normal(0, 0.1, (2, n))
    noise[0, 600_000] = 50.0
    runs = [Run(f"r{i}", f"r{i}", "made", {"loss": Series(step, 2 - i + v)})
            for i, v in enumerate(noise)]  # fmt: skip
    page = Page(made(runs[:1], runs[1:]))
    raw = page.all("path", "raw")
    assert len(raw) == 2
    top = min(float(point.split()[1]) for path in raw for point in path["d"][1:].split("L"))
    assert top < 40  # the spike is at the top of the figure


def test_many_runs_are_drawn_in_bounds() -> None:
    before = seeds("a", np.linspace(1, 1.1, 40).tolist(), n=300)
    after = seeds("b", np.linspace(1, 1.1, 40).tolist(), n=300)
    assert len(Page(made(before, after)).all("path", "curve")) == 2 * MOST_RUNS


def test_nothing_finite_on_one_side() -> None:
    lost = Run("lost", "lost", "made", {"loss": Series(np.arange(1.0, 31), np.full(30, np.nan))})
    page = Page(made([ending("a", 1.0)], [lost]))
    assert len(page.all("path", "curve")) == 1
    assert "worse" in page.text


HOSTILE = "</td><script>alert(1)</script>‮"


def test_names_stay_text() -> None:
    before = ending(HOSTILE, 1.0, config={HOSTILE: HOSTILE})
    text = made([before], [ending("b", 0.5, config={HOSTILE: "x"})])
    assert "alert(1)" in Page(text).text
    assert "‮" not in text


def test_the_command_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, end in (("a", 2.0), ("b", 1.0)):
        rows = [f"{s},{end + 3 / s}" for s in range(1, 60)]
        Path(f"{name}.csv").write_text("step,loss\n" + "\n".join(rows) + "\n")
    assert main(["compare", "a.csv", "b.csv", "--html", "page.html"]) == 0
    assert "page.html written" in capsys.readouterr().err
    assert "a.csv" in Page(Path("page.html").read_text(encoding="utf-8")).text
    assert main(["compare", "a.csv", "b.csv", "--html", "no/page.html"]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert main(["compare", "--plan", "p.yaml", "--html", "page.html"]) == 1
    assert "does not go with --plan" in capsys.readouterr().err
