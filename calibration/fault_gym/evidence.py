"""What the symptoms see in the runs of the gym, from each kind of evidence."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fault_gym.recorder import LOG, RUN
from fault_gym.running import OUTCOME, Case, is_sound

KINDS = {"log": LOG, "statistics": RUN}
"""Kind of evidence -> what is read: the log of ten-step means alone, or the run folder."""


class Seen(NamedTuple):
    """One run as one kind of evidence shows it.

    strength: symptom -> strength of those seen; absent: looked for and not seen. settings: those
    that the run's cause may be of. verdict: "" or "cannot_judge", where the log holds too little.
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

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is planted."""
        return self.planted == "healthy"


def gathered(wanted: Sequence[Case], root: Path, num_processes: int) -> Iterator[Seen]:
    """Yield what is seen in each sound run of `wanted`; one whose fault is not live is left out."""
    with multiprocessing.get_context("fork").Pool(num_processes) as pool:
        for found in pool.imap(_of_case, [(case, root) for case in wanted], chunksize=8):
            yield from found


def _of_case(work: tuple[Case, Path]) -> list[Seen]:
    from neural_trainer.diagnosis import diagnose
    from neural_trainer.diagnosis.ranking import settings
    from neural_trainer.errors import ReadError
    from neural_trainer.runs.read import read
    from neural_trainer.symptoms import look

    case, root = work
    folder = root / case.folder
    outcome: dict[str, Any] = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
    if not is_sound(outcome):
        return []
    found = []
    for kind, name in KINDS.items():
        try:
            run = read(folder / name)
        except ReadError as error:
            print(f"{folder / name}: {error}", file=sys.stderr)
            continue
        findings = look(run)
        found.append(
            Seen(
                case.family, case.scenario, case.severity, case.seed, outcome["planted"],
                tuple(outcome["accepted"]), kind,
                {item.symptom: item.strength for item in findings.found}, findings.absent,
                settings(run),
                "cannot_judge" if diagnose(run).verdict == "cannot_judge" else "",
            )
        )  # fmt: skip
    return found
