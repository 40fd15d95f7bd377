"""What the symptoms see in the runs of the gym, from each kind of evidence."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fault_gym.few_rows import few_rows, rows_of
from fault_gym.recorder import LOG, RUN
from fault_gym.running import OUTCOME, Case, is_sound

if TYPE_CHECKING:
    from neural_trainer.runs.run import Run

FEW_ROWS = "few rows"
KINDS = {"log": LOG, "statistics": RUN, FEW_ROWS: LOG}
"""Kind of evidence -> what is read: the log of ten-step means alone, the run folder, or the log
again, of which a row an epoch is left (few_rows.py)."""
UNDER_WAY = (0.3, 0.6)  # shares of a run without a fault at which a watcher may look at it


class Seen(NamedTuple):
    """One run as one kind of evidence shows it.

    strength: symptom -> strength of those seen; absent: looked for and not seen. settings: those
    that the run's cause may be of. verdict: "" or "cannot_judge", where the log holds too little.
    share: of the run that is looked at; under 1 while it is under way.
    """

    family: str
    scenario: str
    severity: float
    seed: int
    planted: str
    accepted: tuple[str, ...]
    kind: str
    strength: dict[str, float]
    absent: tuple[str, ...]
    settings: tuple[str, ...]
    verdict: str
    share: float = 1.0

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is planted."""
        return self.planted == "healthy"

    @property
    def would_wake(self) -> bool:
        """Whether something is seen that is an alarm where the run is called faulty."""
        from neural_trainer.symptoms import SYMPTOMS

        return any(SYMPTOMS[name].ALARM for name in self.strength)


def gathered(wanted: Sequence[Case], root: Path, num_processes: int) -> Iterator[Seen]:
    """Yield what is seen in each sound run of `wanted`; one whose fault is not live is left out."""
    with multiprocessing.get_context("fork").Pool(num_processes) as pool:
        for found in pool.imap(_of_case, [(case, root) for case in wanted], chunksize=8):
            yield from found


def seen_in(
    run: Run, names: tuple[str, str, float, int], planted: str, accepted: tuple[str, ...],
    kind: str, share: float = 1.0,
) -> Seen:  # fmt: skip
    """Return what the symptoms see in a run. names: family, scenario, severity and seed."""
    from neural_trainer.diagnosis import too_little
    from neural_trainer.diagnosis.ranking import settings
    from neural_trainer.symptoms import look

    findings = look(run)
    verdict = "cannot_judge" if too_little(run, findings) else ""
    strength = {item.symptom: item.strength for item in findings.found}
    return Seen(
        *names, planted, accepted, kind, strength, findings.absent, settings(run), verdict, share
    )


def _of_case(work: tuple[Case, Path]) -> list[Seen]:
    from neural_trainer.errors import ReadError
    from neural_trainer.runs.read import read

    case, root = work
    folder = root / case.folder
    outcome: dict[str, Any] = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
    if not is_sound(outcome):
        return []
    names = (case.family, case.scenario, case.severity, case.seed)
    planted, accepted = outcome["planted"], tuple(outcome["accepted"])
    found = []
    for kind, name in KINDS.items():
        try:
            run = read(folder / name)
        except ReadError as error:
            print(f"{folder / name}: {error}", file=sys.stderr)
            continue
        if kind == FEW_ROWS:
            run = few_rows(run, rows_of(case.scenario))
        found.append(seen_in(run, names, planted, accepted, kind))
        if planted == "healthy":
            found += [
                seen_in(run.until(share * run.last_step), names, planted, accepted, kind, share)
                for share in UNDER_WAY
            ]
    return found
