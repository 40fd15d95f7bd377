"""The page: whole, closed to the network, safe with what strangers wrote, its marks in place."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hostile_runs import MARK, ORDERS, file_name, write_folder, write_log
from made_faulty import FAULTY
from made_healthy import HEALTHY

from neural_trainer.cli import main
from neural_trainer.diagnosis import Report, diagnose
from neural_trainer.diagnosis.advice import next_commands, recommended
from neural_trainer.render.curves_svg import LEFT, RIGHT, WIDTH
from neural_trainer.render.report_html import to_html
from neural_trainer.runs.run import Run, Series

VOID = {"meta", "br"}
ATTRIBUTES = {
    "lang", "charset", "name", "content", "http-equiv", "class", "style", "viewbox", "role",
    "aria-label", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "d", "fill", "stroke",
    "fill-opacity", "text-anchor", "open",
}  # fmt: skip
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "span",
    "code", "figure", "figcaption", "ul", "ol", "li", "i", "svg", "line", "rect", "path", "text",
    "section", "div", "table", "tr", "td", "th", "pre", "br", "details", "summary",
}  # fmt: skip


class Page(HTMLParser):
    """What a page is made of, and whether it is closed as it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    def all(self, tag: str, kind: str = "") -> list[dict[str, str]]:
        return [a for t, a in self.tags if t == tag and kind in a.get("class", "").split(" ")]


def made(name: str) -> tuple[Report, Run]:
    run = {**HEALTHY, **FAULTY}[name](0)
    return diagnose(run), run


@pytest.mark.parametrize("name", [*HEALTHY, *FAULTY])
def test_a_page_is_whole_and_needs_nothing_else(name: str) -> None:
    report, run = made(name)
    text = to_html(report, run)
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
    assert not re.search(r"https?:|url\(|@import|src=|href=", text)
    assert text.index('class="verdict"') < text.index("<svg")
    assert report.reason in page.text


@pytest.mark.parametrize("name", ["diverging-at-peak", "nan-sudden", "overfitting-steps"])
def test_all_of_the_report_is_there(name: str) -> None:
    report, run = made(name)
    said = Page(to_html(report, run)).text
    for cause in report.root_causes[:1]:
        assert [piece.sentence for piece in cause.pieces if piece.sentence not in said] == []
        assert cause.confirm in said
    assert [f.symptom for f in report.symptoms if f.symptom not in said] == []
    assert [i.needs for i in report.not_checked if i.needs not in said] == []
    impacts = [said.index(fix.expected_impact) for fix in recommended(report)]
    assert impacts == sorted(impacts)
    assert all(command in said for command in next_commands(report))
    assert report.confidence_basis in said
    assert run.name in said


def test_windows_and_beginnings_are_marked_where_they_are() -> None:
    report, run = made("diverging-at-peak")
    page = Page(to_html(report, run))
    telling = {piece.symptom for cause in report.root_causes[:2] for piece in cause.pieces
               if piece.speaks_for}  # fmt: skip
    marked = [finding for finding in report.symptoms if finding.symptom in telling]
    assert marked
    first, last = 1.0, run.last_step

    def place(step: float) -> float:
        return LEFT + (step - first) / (last - first) * (WIDTH - RIGHT - LEFT)

    panels = len(page.all("svg"))
    lines = [float(line["x1"]) for line in page.all("line", "alarm")]
    assert lines == pytest.approx(sorted(place(f.step) for f in marked) * panels, abs=0.06)
    bands = sorted({float(band["x"]) for band in page.all("rect", "window")})
    assert bands == pytest.approx(sorted({place(f.window[0]) for f in marked}), abs=0.06)


def test_what_was_lost_is_shaded() -> None:
    step = np.arange(1.0, 201)
    value = np.where((step > 50) & (step <= 80), np.nan, 1 / step + 0.1)
    run = Run("holes", "holes", "made", {"loss": Series(step, value)})
    (band,) = Page(to_html(diagnose(run), run)).all("rect", "lost")
    scale = (WIDTH - RIGHT - LEFT) / 199
    assert float(band["x"]) == pytest.approx(LEFT + 50 * scale, abs=0.06)
    assert float(band["width"]) == pytest.approx(29 * scale, abs=0.11)


WILD = {
    "no-signals": {},
    "one-point": {"loss": [1.0]},
    "all-nan": {"loss": [float("nan")] * 30},
    "constant": {"loss": [0.0] * 30},
    "extremes": {"loss": [1e308, -1e308, 1e-300, 0.0, 5e-324] * 8},
    "counters-alone": {"throughput": [1.0] * 30},
}


@pytest.mark.parametrize("name", WILD)
def test_wild_values_make_a_page(name: str) -> None:
    signals = {
        signal: Series(np.arange(1.0, len(values) + 1), np.array(values))
        for signal, values in WILD[name].items()
    }
    run = Run(name, name, "made", signals)
    page = Page(to_html(diagnose(run), run))
    places = [value for tag, attributes in page.tags if tag in ("path", "line", "rect")
              for value in attributes.values()]  # fmt: skip
    assert not any("nan" in place or "inf" in place for place in places)


def test_a_million_points_are_a_small_page() -> None:
    step = np.arange(1.0, 1_000_001)
    noise = np.random.default_rng(0)
    signals = {
        name: Series(step, 1 + step**-0.3 + 0.1 * noise.random(len(step)))
        for name in ("loss", "eval/loss", "accuracy", "eval/accuracy", "lr", "grad_norm")
    }
    run = Run("million", "million", "made", signals)
    text = to_html(diagnose(run), run)
    assert len(text.encode()) < 2_000_000


@pytest.mark.parametrize("order", ORDERS)
def test_what_a_stranger_wrote_stays_text(
    order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    word = ORDERS[order]
    log = write_log(Path(f"{file_name(word)}.jsonl"), word)
    write_folder(Path(f"r {file_name(word)}"), word)
    for source in (str(log), f"r {file_name(word)}"):
        assert main(["diagnose", source, "--html", "page.html"]) == 0
        page = Page(Path("page.html").read_text(encoding="utf-8"))
        assert {tag for tag, _ in page.tags} <= TAGS
        assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
        shown = [(t, n) for t, a in page.tags for n, value in a.items() if MARK in value]
        assert set(shown) <= {("svg", "aria-label")}
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", page.text)


def test_the_page_knows_the_run_folder_and_keeps_its_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("runs/a")
    folder.mkdir(parents=True)
    rows = [{"step": n, "loss": 1 / n} for n in range(1, 60)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    record = {
        "config": {"optimizer": {"lr": 0.25}, "api_key": "abcdefgh12345678"},
        "python": "3.11.7", "torch": "2.13.0", "git": {"commit": "0a1b2c", "diff": "LONG"},
        "hardware": {"gpus": [{"name": "H100"}]}, "seeds": {"torch": 7},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(record))
    assert main(["diagnose", "runs/a", "--html", "page.html"]) == 0
    assert capsys.readouterr().err == "page.html written\n"
    said = Page(Path("page.html").read_text(encoding="utf-8")).text
    for told in ("config.optimizer.lr 0.25", "python 3.11.7", "git.commit 0a1b2c",
                 "hardware.gpus.0.name H100", "seeds.torch 7"):  # fmt: skip
        assert told in said
    assert "abcdefgh" not in said
    assert "LONG" not in said


def test_a_page_that_cannot_be_written_and_several_runs_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        Path(f"{name}.csv").write_text(
            "step,loss\n" + "".join(f"{n},{1 / n}\n" for n in range(1, 9))
        )
    for option in ("--html", "--markdown"):
        assert main(["diagnose", "a.csv", option, "nowhere/page"]) == 1
        assert "nowhere/page cannot be written" in capsys.readouterr().err
        assert main(["diagnose", "a.csv", "b.csv", option, "page"]) == 1
        assert f"{option} takes one run; these logs hold 2" in capsys.readouterr().err


def test_dark_light_and_paper_have_their_colours() -> None:
    report, run = made("late-rise")
    text = to_html(report, run)
    light, dark, paper = (text.index(word) for word in (
        ":root{color-scheme:light dark", "prefers-color-scheme:dark", "@media print"
    ))  # fmt: skip
    assert light < dark < paper
    for part in (text[light:dark], text[dark:paper], text[paper:]):
        colours = set(re.findall(r"(--[a-z0-9]+):", part))
        assert set(re.findall(r"var\((--[a-z0-9]+)\)", text)) - {"--tone"} <= colours


def test_the_config_stands_before_the_environment_and_packages_in_one_row() -> None:
    run = HEALTHY["power-law"](0)
    packages = {f"package-{number}": f"{number}.0" for number in range(400)}
    environment = {"python": "3.11", "packages": packages, "config": {"lr": 0.01}}
    said = Page(to_html(diagnose(run), run, environment)).text
    assert "package-0 0.0, package-1 1.0" in said
    assert "package-399 399.0" in said
    assert said.index("config.lr") < said.index("python")
