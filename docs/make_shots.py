"""The pictures of the dashboard in docs/: `make shots`, from runs that it trains first.

The demo's faulty and mended run, and the example loop: half a minute on two cores. Needs chromium.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from neural_trainer.dashboard.looking import Looker
from neural_trainer.dashboard.places import followed
from neural_trainer.dashboard.showing import picture
from neural_trainer.dashboard.web.serving import bound, server
from neural_trainer.dashboard.web.watching import Watch

ROOT = Path(__file__).resolve().parents[1]

DOCS = ROOT / "docs"
WIDE, PHONE = (1280, 800), (390, 844)
RUNS = ("demo/runs/faulty", "demo/runs/fixed", "runs/spirals")
SHOWN_MS = 30_000
COLOURS = 128  # of a picture: a third of the bytes
JUDGED = """() => ![...document.querySelectorAll(".pill")].some(
    pill => /reading|judging/.test(pill.innerText))"""


def trained(folder: Path) -> None:
    """Train the runs that are shown."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    for words in ([ROOT / "scripts" / "demo.py"], [ROOT / "examples" / "monitored_loop.py"]):
        subprocess.run(
            [sys.executable, *words], cwd=folder, env=environment, check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def recorded(seen: Looker, out: Path) -> None:
    """Write the picture of the terminal."""
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    console.print(picture(seen, 80, 40, max(s.changed for s in seen.statuses)))
    fontless = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    console.save_svg(str(out), title="neural-trainer monitor", code_format=fontless)


@contextmanager
def serving(looker: Looker) -> Iterator[str]:
    """Serve the runs; yield the address."""
    token, made, watch = "t" * 32, bound(0), Watch(looker)
    answering = server(watch, token)
    thread = threading.Thread(target=answering.run, kwargs={"sockets": [made]})
    watch.start()
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.getsockname()[1]}/{token}/"
    finally:
        answering.should_exit = True
        watch.stop()
        thread.join()


def opened(browser: Any, address: str, size: tuple[int, int], scheme: str) -> Any:
    """Return a page on which the charts are drawn and all runs are judged."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    page.wait_for_selector(".chart[data-drawn]", timeout=SHOWN_MS)
    page.wait_for_function(JUDGED)
    return page


def shot(page: Any, name: str) -> None:
    """Keep what is on the screen once nothing is asked for any more."""
    page.wait_for_timeout(500)
    taken = Image.open(io.BytesIO(page.screenshot()))
    taken.convert("RGB").quantize(COLOURS).save(DOCS / f"{name}.png", optimize=True)
    page.close()


def main() -> None:
    """Write all pictures."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("make_shots.py: there is no chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = Path(place)
        trained(folder)
        os.chdir(folder)
        seen = Looker(followed(RUNS, folder))
        seen.look()
        recorded(seen, DOCS / "monitor.svg")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with serving(Looker(followed(RUNS, folder))) as address:
            first = "#axis=step&logY=true&smooth=8"
            page = opened(browser, f"{address}{first}", WIDE, "light")
            page.locator(".mark").first.hover()
            shot(page, "dashboard-curves")
            page = opened(browser, f"{address}{first}", WIDE, "dark")
            page.get_by_role("tab", name="Layers").click()
            page.wait_for_selector(".heat")
            shot(page, "dashboard-layers")
            page = opened(browser, address, WIDE, "light")
            page.uncheck("#runs li[data-run=spirals] input")
            page.get_by_role("tab", name="Compare").click()
            page.wait_for_selector("tr.differs")
            shot(page, "dashboard-compare")
            shot(opened(browser, f"{address}{first}", PHONE, "dark"), "dashboard-phone")
        browser.close()
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
