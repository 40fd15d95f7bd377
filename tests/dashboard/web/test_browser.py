"""The page in a real Chromium: what a person sees of live, large, faulty and hostile runs."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ..conftest import Log, falling
from .conftest import Dashboard, Serve, folder_of, layers_file

SOON_S = 2.0  # from a point's writing to the screen; the best of three, as the machine may be busy
FILTERED_MS = 200  # beyond which typing is felt to stutter
SHOWN_MS = 20_000  # for anything else, on a busy machine


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        missing = "there is no chromium: apt-get install chromium"
        if os.environ.get("NEURAL_TRAINER_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


Open = Callable[[Dashboard], Page]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Open]:
    """Open dashboards; whatever the console complains of, or is asked of another host, fails."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    wrong: list[str] = []

    def begin(dashboard: Dashboard) -> Page:
        page = context.new_page()
        page.set_default_timeout(SHOWN_MS)
        page.on("console", lambda told: wrong.append(f"{told.type}: {told.text}"))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        home = f"http://127.0.0.1:{dashboard.port}/"
        page.on("request", lambda r: None if r.url.startswith(home) else wrong.append(r.url))
        page.goto(dashboard.address)
        return page

    yield begin
    context.close()
    assert wrong == []


def points(page: Page, at_least: int) -> None:
    """Wait until the first chart stands for so many points."""
    drawn = "least => Number(document.querySelector('.chart')?.dataset.points) >= least"
    page.wait_for_function(drawn, arg=at_least)


def noise(count: int) -> list[dict[str, float]]:
    random = np.random.default_rng(3).normal(0, 0.1, count)
    return [{"step": s, "loss": 2 + float(random[s - 1]), "lr": 0.1} for s in range(1, count + 1)]


def test_a_run_and_its_verdict(log: Log, serve: Serve, opened: Open) -> None:
    log(falling(1, 400))
    page = opened(serve("run.jsonl"))
    points(page, 400)
    assert page.locator(".chart h3").all_inner_texts() == ["loss", "lr", "grad_norm"]
    page.get_by_text("healthy").or_(page.get_by_text("too little to judge")).wait_for()
    assert page.locator("#summary").inner_text() == "1 run, none with an alarm"
    with page.context.expect_page() as shown:
        page.get_by_role("tab", name="Why").click()
        page.get_by_role("link", name="The whole report").click()
    shown.value.get_by_role("heading", name="Environment").wait_for()


def test_live_points_and_an_alarm(log: Log, serve: Serve, opened: Open) -> None:
    log(falling(1, 50))
    page = opened(serve("run.jsonl"))
    points(page, 50)
    took = []
    for last in (60, 70, 80):
        log(falling(last - 9, last), append=True)
        began = time.monotonic()
        points(page, last)
        took.append(time.monotonic() - began)
    assert min(took) < SOON_S
    page.get_by_text("step 80").wait_for()
    log([{"step": 81, "loss": math.nan}], append=True)
    mark = page.locator(".mark")
    mark.wait_for()
    page.get_by_text("1 with alarms").wait_for()
    mark.focus()
    tip = page.get_by_role("tooltip")
    assert "loss-nonfinite at step 81" in tip.inner_text()
    assert "NaN" in tip.inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_zoom_loads_detail_in_all_charts(log: Log, serve: Serve, opened: Open) -> None:
    log(noise(30_000))
    page = opened(serve("run.jsonl"))
    points(page, 30_000)
    charts = page.locator(".chart")
    assert charts.first.get_attribute("data-shows") == "ranges"
    box = charts.first.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 105, box["y"] + 60, steps=4)
    page.mouse.up()
    for place in range(2):
        charts.nth(place).and_(page.locator("[data-shows=points]")).wait_for()
    page.get_by_role("button", name="Whole run").click()
    charts.nth(1).and_(page.locator("[data-shows=ranges]")).wait_for()


def test_by_keys_alone(log: Log, serve: Serve, opened: Open) -> None:
    log(noise(30_000))
    page = opened(serve("run.jsonl"))
    points(page, 30_000)
    chart = page.locator(".chart").first
    chart.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.locator(".chart .at", has_text="at ").first.wait_for()
    for _ in range(7):
        page.keyboard.press("+")
    chart.and_(page.locator("[data-shows=points]")).wait_for()
    page.keyboard.press("0")
    chart.and_(page.locator("[data-shows=ranges]")).wait_for()
    page.keyboard.press("/")
    page.keyboard.type("nothing like it")
    page.get_by_text("No signal matches").wait_for()


def test_two_runs_compare(log: Log, serve: Serve, opened: Open, project: Path) -> None:
    folder_of(project, log, "runs/before", {"optimizer": {"lr": 0.25}, "seed": 1})
    folder_of(project, log, "runs/after", {"optimizer": {"lr": 0.125}, "seed": 1})
    page = opened(serve("runs/before", "runs/after"))
    points(page, 80)
    legend = page.locator(".chart .legend").first.inner_text()
    assert "before" in legend
    assert "after" in legend
    page.get_by_role("tab", name="Compare").click()
    row = page.get_by_role("row", name="optimizer.lr")
    row.wait_for()
    assert row.locator("td").all_inner_texts() == ["0.25", "0.125"]
    assert page.get_by_role("row", name="seed").count() == 0
    page.get_by_label("also what is the same").check()
    page.get_by_role("row", name="seed").wait_for()


def test_axes_and_what_the_address_keeps(log: Log, serve: Serve, opened: Open) -> None:
    log(falling(1, 300))
    page = opened(serve("run.jsonl"))
    points(page, 300)
    page.get_by_label("log y").check()
    page.get_by_label("log x").check()
    page.locator("#axis").select_option("time")
    page.wait_for_function("() => location.hash.includes('axis=time')")
    page.reload()
    points(page, 300)
    assert page.get_by_label("log y").is_checked()
    assert page.locator("#axis").input_value() == "time"
    assert page.locator("#axis option[value=epoch]").is_disabled()


def test_layers(log: Log, serve: Serve, opened: Open, project: Path) -> None:
    folder = folder_of(project, log, "runs/a", {})
    rows = [{"grad_norm": [1.0, 10.0 * s, 100.0]} for s in range(1, 21)]
    (folder / "layers.bin").write_bytes(layers_file(*rows))
    page = opened(serve("runs/a"))
    points(page, 40)
    page.get_by_role("tab", name="Layers").click()
    heat = page.locator(".heat canvas").first
    heat.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.get_by_text("layer1.weight (linear), step 2: 20").wait_for()
    first = heat.evaluate("c => [...c.getContext('2d').getImageData(0, 0, 1, 3).data]")
    assert first[:4] == [68, 1, 84, 255]  # the least of the map, and grow from there
    assert first[4:8] != first[:4]


HOSTILE = "<img src=x onerror=alert(1)>&amp;😀‮"


def test_hostile_names_stay_text(log: Log, serve: Serve, opened: Open, project: Path) -> None:
    signal = "<script>alert(2)</script>"
    rows = [row | {signal: 1.0, "../../up": 2.0} for row in falling(1, 40)]
    log([*rows, {"step": 41, "loss": math.nan}], f"runs/{HOSTILE}/metrics.jsonl")
    config = {HOSTILE: "<b onclick=alert(3)>", "__proto__": {"x": 1}}
    (project / "runs" / HOSTILE / "run.json").write_text(json.dumps({"config": config}))
    page = opened(serve(f"runs/{HOSTILE}"))
    points(page, 41)
    assert "<img src=x onerror=alert(1)>&amp;😀" in page.locator("#runs .name").inner_text()
    assert "‮" not in page.locator("body").inner_text()
    assert signal in page.locator(".chart h3").all_inner_texts()
    page.get_by_label("Filter signals").fill("script")
    page.get_by_text("1 of ").wait_for()
    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("cell", name="<b onclick=alert(3)>").wait_for()
    page.get_by_role("tab", name="Why").click()
    page.get_by_role("link", name="The whole report").wait_for()
    assert page.locator("img, script:not([src]), [onerror], [onclick]").count() == 0


def test_without_the_token_nothing_is_told(log: Log, serve: Serve, chromium: Browser) -> None:
    log(falling(1, 40))
    dashboard = serve("run.jsonl")
    page = chromium.new_page()
    answer = page.goto(f"http://127.0.0.1:{dashboard.port}/")
    assert answer is not None
    assert answer.status == 403
    assert "whole address" in page.locator("body").inner_text()
    page.close()


def test_five_thousand_signals_are_filtered(log: Log, serve: Serve, opened: Open) -> None:
    names = {f"weights/layer{n}/norm": float(n) for n in range(5000)}
    log([row | names for row in falling(1, 20)])
    page = opened(serve("run.jsonl"))
    points(page, 20)
    assert page.locator(".chart").count() == 24
    page.get_by_label("Filter signals").fill("layer4999")
    page.wait_for_function("() => document.querySelectorAll('.chart').length === 1")
    assert page.locator(".chart h3").inner_text() == "weights/layer4999/norm"
    points(page, 20)
    typed = """field => Math.min(...["layer1", "layer12", "layer123"].map(words => {
        const began = performance.now();
        field.value = words;
        field.dispatchEvent(new Event("input"));
        return performance.now() - began;
    }))"""
    assert page.get_by_label("Filter signals").evaluate(typed) < FILTERED_MS


def test_runs_that_vanish_and_are_written_anew(log: Log, serve: Serve, opened: Open) -> None:
    path = log(falling(1, 100))
    page = opened(serve("run.jsonl"))
    points(page, 100)
    path.unlink()
    page.get_by_text("gone: it is no longer there").wait_for()
    assert page.locator(".chart").first.get_attribute("data-points") == "100"
    log(falling(1, 30))
    page.get_by_text("step 30").wait_for()
    page.wait_for_function("() => document.querySelector('.chart').dataset.points === '30'")


def test_nothing_finite_to_draw(log: Log, serve: Serve, opened: Open) -> None:
    log([{"step": s, "loss": math.nan} for s in range(1, 60)])
    page = opened(serve("run.jsonl"))
    points(page, 59)
    page.get_by_text("1 of the curves hold no finite value here").wait_for()
    page.get_by_label("log y").check()
    page.get_by_label("log x").check()
    page.locator(".mark").first.wait_for()
