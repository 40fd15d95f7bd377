"""Name what is wrong with a run: ranked causes with evidence and fixes, from its log."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_trainer.diagnosis import Report
    from neural_trainer.runs.run import Run

EXIT_CODES = {"faulty": 3, "cannot_judge": 4}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `diagnose`."""
    parser.add_argument("logs", nargs="+", metavar="LOG", help="log, run folder, or - for stdin")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the report as JSON")
    form.add_argument(
        "--brief", action="store_true", help="print it for a language model: 1,200 tokens at most"
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
    from neural_trainer.diagnosis.mend import write_mended
    from neural_trainer.errors import NeuralTrainerError
    from neural_trainer.render import report_brief, report_json, report_text
    from neural_trainer.render.progress import progress_on
    from neural_trainer.runs.logs import read_logs

    with progress_on(sys.stderr) as progress:
        logs = read_logs(arguments.logs, progress, crashed=True)
    runs = logs.runs
    for option in ("write_config", "html", "markdown"):
        if getattr(arguments, option) and len(runs) != 1:
            spelled = option.replace("_", "-")
            raise NeuralTrainerError(f"--{spelled} takes one run; these logs hold {len(runs)}")
    reports = [diagnose(run) for run in runs]
    _write_pages(arguments, runs[0], reports[0])  # before a reader of stdout can go away
    if arguments.json:
        print(report_json.to_json(reports))
    elif arguments.brief and len(reports) == 1:
        print(report_brief.to_brief(reports[0]))
    elif len(reports) == 1:
        print(report_text.to_text(reports[0]))
    else:
        print(report_text.to_table(reports, arguments.logs))
    if arguments.write_config:
        changed = write_mended(runs[0].config, reports[0], arguments.write_config)
        told = ", ".join(f"{key}: {value}" for key, value in changed.items())
        print(f"{arguments.write_config} written, with {told}", file=sys.stderr)
    logs.finish()
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
    if arguments.markdown:
        from neural_trainer.render.report_markdown import write_markdown

        write_markdown(report, arguments.markdown)
        print(f"{arguments.markdown} written", file=sys.stderr)
