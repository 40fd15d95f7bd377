"""The colours of the page and of reports can be read: contrasts of WCAG 2.2, level AA."""

from __future__ import annotations

import re

import pytest

from neural_trainer.dashboard.web.app import STATIC
from neural_trainer.render.page_style import STYLE

TEXT, GRAPHICS = 4.5, 3.0  # least contrasts of 1.4.3 and 1.4.11
WORDS = ("ink", "soft", "bad", "good", "unsure", "accent")
PAGES = {"page": (STATIC / "page.css").read_text(encoding="utf-8"), "report": STYLE}
VARIABLE = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6})")
CASES = [
    (page, scheme, name)
    for page, style in PAGES.items()
    for scheme in ("light", "dark")
    for name in (*WORDS, *sorted(set(re.findall(r"--(c\d)", style))))
]


def colours(page: str, scheme: str) -> dict[str, str]:
    """Return the variables of a style in a scheme."""
    light, _, rest = PAGES[page].partition("prefers-color-scheme:dark")
    dark = rest.partition("}")[0]
    found = dict(VARIABLE.findall(light))
    return found | dict(VARIABLE.findall(dark)) if scheme == "dark" else found


def luminance(colour: str) -> float:
    """Return the relative luminance of #rgb or #rrggbb, by its definition in WCAG."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_definition() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(("page", "scheme", "name"), CASES, ids="-".join)
def test_colours_can_be_read(page: str, scheme: str, name: str) -> None:
    known = colours(page, scheme)
    least = GRAPHICS if re.fullmatch(r"c\d", name) else TEXT
    for ground in ("paper", "card"):
        assert contrast(known[name], known[ground]) >= least, ground


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_of_controls_can_be_seen(scheme: str) -> None:
    known = colours("page", scheme)
    assert contrast(known["edge"], known["paper"]) >= GRAPHICS
