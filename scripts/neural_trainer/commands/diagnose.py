"""Name what is wrong with a run: ranked causes with evidence and fixes, from its log, and what its
code and config say beside it. Reads them, and runs nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.diagnosis import Report
    from neural_trainer.runs.run import Run

EXIT_CODES = {"faulty": 3, "cannot_judge": 4}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `diagnose`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "logs", nargs="*", default=[], metavar="LOG", help="log, run folder, or - for stdin"
    )
    what.add_argument(
        "--symptoms", metavar="WORDS", help="without a log: what is seen, described in words"
    )
    parser.add_argument(
        "--config", metavar="FILE", help="the run's config, YAML or JSON, as evidence"
    )
    parser.add_argument(
        "--code", action="append", default=[], metavar="PATH",
        help="file, notebook or folder that trained it; read, never run; may be repeated",
    )  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the report as JSON")
    form.add_argument(
        "--brief", action="store_true", help="print it for a language model: 4,000 bytes at most"
    )
    parser.add_argument(
        "--write-config", metavar="FILE", help="write the config with the first fix applied"
    )
    parser.add_argument("--html", metavar="FILE", help="write the report as one page with plots")
    parser.add_argument("--markdown", metavar="FILE", help="write it as Markdown")
    parser.add_argument(
        "--exit-code", action="store_true", help="exit 3 if faulty, 4 if it cannot be judged"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the report and return the exit code."""
    from neural_trainer.diagnosis import diagnose
    from neural_trainer.diagnosis.beside import evidence_beside
    from neural_trainer.diagnosis.mend import write_mended
    from neural_trainer.errors import NeuralTrainerError
    from neural_trainer.render import report_text
    from neural_trainer.render.progress import progress_on
    from neural_trainer.runs.logs import read_logs

    if arguments.symptoms is not None:
        return _described(arguments)
    evidence = evidence_beside(arguments.config, arguments.code)
    with progress_on(sys.stderr) as progress:
        logs = read_logs(arguments.logs, progress, crashed=True)
    runs = logs.runs
    for option in ("write_config", "html", "markdown", "config", "code"):
        if getattr(arguments, option) and len(runs) != 1:
            spelled = option.replace("_", "-")
            raise NeuralTrainerError(f"--{spelled} takes one run; these logs hold {len(runs)}")
    reports = [diagnose(run, evidence) for run in runs]
    _write_pages(arguments, runs[0], reports[0])  # before a reader of stdout can go away
    if len(reports) == 1 or arguments.json:
        _print(arguments, reports, runs)
    else:
        print(report_text.to_table(reports, arguments.logs))
    if arguments.write_config:
        changed = write_mended(runs[0].config, reports[0], arguments.write_config)
        told = ", ".join(f"{key}: {value}" for key, value in changed.items())
        print(f"{arguments.write_config} written, with {told}", file=sys.stderr)
    logs.finish()
    return _exit_code(arguments, reports)


def _described(arguments: argparse.Namespace) -> int:
    """Print the report on what is described in words."""
    from neural_trainer.diagnosis.beside import evidence_beside
    from neural_trainer.diagnosis.from_words import diagnose_description
    from neural_trainer.errors import NeuralTrainerError

    for option in ("write_config", "html"):
        if getattr(arguments, option):
            spelled = option.replace("_", "-")
            raise NeuralTrainerError(f"--{spelled} is of a run's log: --symptoms has none")
    evidence = evidence_beside(arguments.config, arguments.code)
    report = diagnose_description(arguments.symptoms, evidence)
    _write_markdown(arguments, report)
    _print(arguments, [report], [])
    return _exit_code(arguments, [report])


def _print(arguments: argparse.Namespace, reports: list[Report], runs: Sequence[Run]) -> None:
    """Print one report in the form that was asked for, or several as JSON."""
    from neural_trainer.render import report_brief, report_json, report_text

    if arguments.json:
        print(report_json.to_json(reports))
    elif arguments.brief:
        print(report_brief.to_brief(reports[0], runs[0] if runs else None))
    else:
        print(report_text.to_text(reports[0]))


def _exit_code(arguments: argparse.Namespace, reports: list[Report]) -> int:
    if not arguments.exit_code:
        return 0
    verdicts = {report.verdict for report in reports}
    return next((code for verdict, code in EXIT_CODES.items() if verdict in verdicts), 0)


def _write_pages(arguments: argparse.Namespace, of: Run, report: Report) -> None:
    """Write the report as HTML and as Markdown where that was asked for, and say so."""
    if arguments.html:
        from neural_trainer.live.masking import masked
        from neural_trainer.live.plain_config import plain
        from neural_trainer.render.report_html import write_html
        from neural_trainer.runs.origin import origin

        environment = masked(plain({**origin(of), "config": of.config}))
        write_html(report, of, arguments.html, environment)
        print(f"{arguments.html} written", file=sys.stderr)
    _write_markdown(arguments, report)


def _write_markdown(arguments: argparse.Namespace, report: Report) -> None:
    if arguments.markdown:
        from neural_trainer.render.report_markdown import write_markdown

        write_markdown(report, arguments.markdown)
        print(f"{arguments.markdown} written", file=sys.stderr)
