"""The parts of docs/calibration.md that commands write, and the picture of the reliability."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from fault_gym.evidence import KINDS, Seen
from fault_gym.scoring import Judged, by_cause, figures, reliability

PAGE = "calibration.md"
BY_CAUSE = ("log", "statistics")  # of a few rows the figures are enough


def families_page(docs: Path, seen: Sequence[Seen], judged: Sequence[Judged]) -> None:
    """Write what `make calibrate` found, families left out one at a time."""
    num_scenarios = len({(one.family, one.scenario) for one in seen})
    text = (
        f"Of {len({one.family for one in seen})} families with {num_scenarios} scenarios, "
        f"{len(judged) // len(KINDS)} runs. Each is judged by what was learnt from the other "
        f"families.\n\n{table(judged)}\n\n{causes_table(judged)}\n\n"
        "![Share right over confidence](calibration-fitted.png)\n"
    )
    picture(docs / "calibration-fitted.png", judged)
    replace(docs / PAGE, "fitted", text)


def held_out_page(docs: Path, judged: Sequence[Judged]) -> None:
    """Write what the held-out families say."""
    runs = {(one.seen.family, one.seen.scenario) for one in judged}
    text = (
        f"{len({family for family, _ in runs})} families with {len(runs)} scenarios, "
        f"{len(judged) // len(KINDS)} runs.\n\n{table(judged)}\n\n{causes_table(judged)}\n\n"
        "![Share right over confidence](calibration-held-out.png)\n"
    )
    picture(docs / "calibration-held-out.png", judged)
    replace(docs / PAGE, "held out", text)


def programs_page(docs: Path, day: str, judged: Sequence[Judged], kinds: Iterable[str]) -> None:
    """Write what the held-out scripts say, and one more line of the count of looks at them."""
    kinds = list(kinds)
    scripts = {one.seen.scenario for one in judged}
    text = (
        f"{len(scripts)} scripts, {len(judged) // len(kinds)} runs.\n\n{table(judged, kinds)}\n\n"
        f"{causes_table(judged, kinds[-2:])}\n"
    )
    replace(docs / PAGE, "programs", text)
    _count(docs, "program looks", day, judged, kinds)


def counted(docs: Path, day: str, judged: Sequence[Judged]) -> None:
    """Add a line to the count of looks at the held-out families."""
    _count(docs, "looks", day, judged, KINDS)


def _count(docs: Path, name: str, day: str, judged: Sequence[Judged], kinds: Iterable[str]) -> None:
    page = docs / PAGE
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    whole = page.read_text(encoding="utf-8")
    if begin not in whole or end not in whole:
        raise ValueError(f"{page} lacks the marks of {name!r}")
    lines = whole.partition(begin)[2].partition(end)[0]
    number = lines.count("\n")  # the head is two lines, the first look is number 1
    found = {kind: figures([one for one in judged if one.seen.kind == kind]) for kind in kinds}
    shown = " | ".join(
        f"{found[kind]['cause first'].value:.3f} | {found[kind]['alarms on healthy'].value:.3f}"
        for kind in found
    )
    replace(page, name, f"{lines}| {number - 1} | {day} | {shown} |\n")


def table(judged: Sequence[Judged], kinds: Iterable[str] = KINDS) -> str:
    """Return the figures as a Markdown table, a row for each kind of evidence."""
    rows = []
    for kind in kinds:
        found = figures([one for one in judged if one.seen.kind == kind])
        rows.append(f"| {kind} | " + " | ".join(str(figure) for figure in found.values()) + " |")
    names = list(found)
    return "\n".join(
        [f"| evidence | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|", *rows]
    )


def causes_table(judged: Sequence[Judged], kinds: Iterable[str] = BY_CAUSE) -> str:
    """Return each planted id: how often it is detected and named first, what is said instead."""
    rows = ["| planted | evidence | runs | detected | named first | answers |", "|---" * 6 + "|"]
    of = {kind: by_cause([one for one in judged if one.seen.kind == kind]) for kind in kinds}
    for name in sorted({name for part in of.values() for name in part}):
        for kind in of:
            if name in of[kind]:
                num, detected, first, usual = of[kind][name]
                said = ", ".join(usual)
                rows.append(f"| {name} | {kind} | {num} | {detected:.2f} | {first:.2f} | {said} |")
    return "\n".join(rows)


def picture(path: Path, judged: Sequence[Judged]) -> None:
    """Write the reliability curve: the share right over the confidence, for each evidence."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 4.5))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for kind in KINDS:
        whole = [one for one in judged if one.seen.share == 1]
        bins = reliability([one for one in whole if one.seen.kind == kind])
        axes.plot([b[0] for b in bins], [b[1] for b in bins], marker="o", label=kind)
        for sure, right, share in bins:
            axes.annotate(f"{share:.0%}", (sure, right), fontsize=7, xytext=(4, -8),
                          textcoords="offset points")  # fmt: skip
    axes.set(xlabel="confidence of the answer", ylabel="share of answers that are right")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def replace(page: Path, name: str, text: str) -> None:
    """Put `text` between the two marks of `name` in a page. Raises ValueError without them."""
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    whole = page.read_text(encoding="utf-8")
    if begin not in whole or end not in whole:
        raise ValueError(f"{page} lacks the marks of {name!r}")
    before, _, rest = whole.partition(begin)
    page.write_text(f"{before}{begin}{text}{end}{rest.partition(end)[2]}", encoding="utf-8")
