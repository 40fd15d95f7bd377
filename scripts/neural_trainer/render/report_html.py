"""The report as one page of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from neural_trainer.causes import Fix
from neural_trainer.diagnosis.advice import next_commands, recommended
from neural_trainer.diagnosis.report import Piece, Report, RootCause
from neural_trainer.render.curves_svg import curves_svg
from neural_trainer.render.page import LONGEST, facts, page, row, section, shown, write_page
from neural_trainer.render.panels import panels
from neural_trainer.render.report_text import MENTIONED, VERDICTS, has_causes, heading, percent
from neural_trainer.runs.plain_text import printable, shown_name
from neural_trainer.runs.run import Run
from neural_trainer.symptoms import SYMPTOMS, Finding

MOST_SIGNALS = 200
WEIGHS = "A weight multiplies the odds of the cause against a run without a fault."


def to_html(report: Report, run: Run, environment: Mapping[str, Any] | None = None) -> str:
    """Return the page. environment: what is known of where `run` came from, without secrets."""
    title = f"{shown(report.run)}: {VERDICTS[report.verdict]}"
    sections = [
        _header(report, title),
        section("Curves", _curves(report, run)),
        section("Why", _causes(report)),
        section("Beside the log", _facts(report)),
        section("What to do", _fixes(report)),
        section("Seen", _symptoms(report)),
        section("Not checked", _not_checked(report)),
        section("Environment", _environment(report, environment or {})),
    ]
    return page(title, sections)


def write_html(report: Report, run: Run, path: str, environment: Mapping[str, Any]) -> None:
    """Write the page to `path`. Raises NeuralTrainerError where it cannot be written."""
    write_page(to_html(report, run, environment), path)


def _header(report: Report, title: str) -> str:
    sure = report.others.get(report.verdict)
    share = f" ({percent(sure)} confidence)" if sure else ""
    notes = "".join(f'<p class="soft">note: {shown(note)}</p>' for note in report.notes)
    first = ""
    if report.verdict == "faulty" and report.root_causes:
        top = report.root_causes[0]
        first = (
            f"<p>Most likely cause ({percent(top.confidence)} confidence): "
            f"{shown(top.issue)} <code>{top.cause}</code></p>"
        )
    return (
        f'<header class="{report.verdict}"><h1>{title}</h1><p><span class="verdict">'
        f"{VERDICTS[report.verdict]}</span>{escape(share)}. {shown(report.reason)}</p>"
        f"{first}{notes}</header>"
    )


def _curves(report: Report, run: Run) -> str:
    """Return the chief curves, with what speaks for the likeliest causes marked on them."""
    if not any(len(series) for series in run.signals.values()):
        return ""
    return curves_svg(run, panels([run], ()), _marked(report))


def _marked(report: Report) -> list[Finding]:
    telling = {
        piece.symptom
        for cause in report.root_causes[:2]
        for piece in cause.pieces
        if piece.speaks_for
    }
    if report.verdict != "faulty":
        telling = {f.symptom for f in report.symptoms if SYMPTOMS[f.symptom].ALARM}
    return [finding for finding in report.symptoms if finding.symptom in telling]


def _facts(report: Report) -> str:
    """Return what was read or measured beside the log, in one table."""
    rows = "".join(
        f"<tr><td><code>{fact.cause}</code></td><td>{shown(fact.told)}</td>"
        f'<td class="weight">{_factor(fact.bounded)}</td></tr>'
        for fact in report.facts
    )
    head = "<tr><th>about</th><th>what was read or measured</th><th>weighs</th></tr>"
    return f"<table>{head}{rows}</table>" if rows else ""


def _causes(report: Report) -> str:
    if not has_causes(report):
        return ""
    named = [cause for cause in report.root_causes if cause.confidence >= MENTIONED]
    shown_causes = enumerate(named or report.root_causes[:1])
    cards = [_cause(cause, heading(report, rank)) for rank, cause in shown_causes]
    rest = {name: p for name, p in report.others.items() if p >= 0.01}
    told = ", ".join(f"{name.replace('_', ' ')} {percent(p)}" for name, p in rest.items())
    left = f"Left for {told}. " if told else ""
    basis = f'<p class="soft">{escape(left)}Confidence: {shown(report.confidence_basis)}. A factor '
    basis += "says by what a piece multiplies the odds of the cause against a run without a fault."
    return "\n".join([*cards, basis + "</p>"])


def _cause(cause: RootCause, title: str) -> str:
    rows = "".join(map(_piece, cause.pieces))
    table = (
        f"<table><tr><th class='side'></th><th>what was seen</th><th>weighs</th></tr>{rows}</table>"
    )
    return (
        f'<section class="card"><h3>{title} ({escape(percent(cause.confidence))}): '
        f"{shown(cause.issue)} <code>{cause.cause}</code></h3>"
        f'<div class="bar"><i style="width:{100 * cause.confidence:.0f}%"></i></div>'
        f"{table if rows else ''}<p>Settled by: {shown(cause.confirm)}</p></section>"
    )


def _piece(piece: Piece) -> str:
    kind = "for" if piece.speaks_for else "against"
    return (
        f'<tr><td class="side {kind}">{kind}</td><td>{shown(piece.sentence)}</td>'
        f'<td class="weight">{_factor(piece.times_likelier)}</td></tr>'
    )


def _factor(times: float) -> str:
    """Return a factor as people read it.

    >>> _factor(12.34), _factor(0.25)
    ('times 12', '1 / 4.0')
    """
    size = times if times >= 1 else 1 / times
    figure = f"{size:.1f}" if size < 10 else f"{size:,.0f}"
    return f"times {figure}" if times >= 1 else f"1 / {figure}"


def _fixes(report: Report) -> str:
    items = "".join(f"<li>{_fix(fix)}</li>" for fix in recommended(report))
    steps = f'<ol class="fixes">{items}</ol>' if items else ""
    commands = "\n".join(escape(command) for command in next_commands(report))
    return f"{steps}<p>Next:</p><pre>{commands}</pre>"


def _fix(fix: Fix) -> str:
    kind, value = next(iter(fix.implementation.items()))
    quick = ' <span class="quick">quick</span>' if fix.quick else ""
    if kind == "config":
        lines = "\n".join(f"{shown(str(key))}: {shown(str(new))}" for key, new in value.items())
        what = f"In the configuration:{quick}<pre>{lines}</pre>"
    elif kind == "words":
        what = f"{shown(str(value))}{quick}<br>"
    else:
        what = f"{quick}<pre>{escape(str(value))}</pre>"
    return f'{what}<span class="soft">Expected: {shown(fix.expected_impact)}</span>'


def _symptoms(report: Report) -> str:
    rows = "".join(
        f"<tr><td><code>{finding.symptom}</code></td>"
        f"<td>{escape(report.axis)} {finding.window[0]:.6g} to {finding.window[1]:.6g}</td>"
        f"<td>{'<br>'.join(shown(said) for said in finding.evidence)}</td></tr>"
        for finding in report.symptoms
    )
    return f"<table>{rows}</table>" if rows else ""


def _not_checked(report: Report) -> str:
    needs: dict[str, list[str]] = {}
    for item in report.not_checked:
        needs.setdefault(item.needs, []).append(item.symptom)
    rows = "".join(
        f"<tr><td>{shown(need)}</td><td>{', '.join(symptoms)}</td></tr>"
        for need, symptoms in needs.items()
    )
    return f"<table><tr><th>what it needs</th><th>symptom</th></tr>{rows}</table>" if rows else ""


def _environment(report: Report, environment: Mapping[str, Any]) -> str:
    log = {"log": report.source, "format": report.format, "axis": report.axis}
    signals = list(report.signals.items())
    told = ", ".join(f"{shown_name(name)} ({n})" for name, n in signals[:MOST_SIGNALS])
    more = len(signals) - MOST_SIGNALS
    log["signals (points)"] = told + (f" and {more} more" if more > 0 else "")
    rows = [row(name, escape(printable(value, 20 * LONGEST))) for name, value in log.items()]
    config, packages = environment.get("config"), environment.get("packages")
    others = {k: v for k, v in environment.items() if k not in ("config", "packages")}
    rows.append(facts({"config": config, **others}))
    if isinstance(packages, Mapping):
        told = ", ".join(f"{name} {version}" for name, version in packages.items())
        rows.append(row("packages", escape(printable(told, 20 * LONGEST))))
    table = f'<table class="facts">{"".join(rows)}</table>'
    return f"<details open><summary>log and run</summary>{table}</details>"
