"""Small diagnoses that stand in for the whole one, so that a test knows what will be said."""

from __future__ import annotations

import zlib
from types import SimpleNamespace
from typing import Any

import numpy as np

from neural_trainer.runs.run import Run


def report(verdict: str, *symptoms: str) -> Any:
    """A report with these symptoms, each with one sentence of evidence; all of them alarms."""
    findings = tuple(
        SimpleNamespace(symptom=s, strength=1.0, evidence=(f"{s} is seen.",), numbers={})
        for s in symptoms
    )
    causes = (SimpleNamespace(cause="lr-too-high", confidence=0.8),) if symptoms else ()
    return SimpleNamespace(verdict=verdict, root_causes=causes), findings


def diagnose_rise(run: Run) -> Any:
    """Faulty while the last loss is above twice the lowest, or is not finite."""
    loss = run.get("loss")
    if loss is None:
        return report("healthy")
    last = loss.value[-1]
    if np.isfinite(last) and last <= 2 * np.nanmin(loss.value):
        return report("healthy")
    return report("faulty", "loss_diverging")


def diagnose_digest(run: Run) -> Any:
    """Faulty with a symptom that names every bit of the run but its place."""
    digest = zlib.crc32(repr((run.axis, run.format, sorted(run.config.items()))).encode())
    for name in sorted(run.signals):
        series = run.signals[name]
        digest = zlib.crc32(f"{name} {run.logged_as[name]}".encode(), digest)
        for column in (series.step, series.value, series.time):
            bits = np.array(column, np.float64)
            bits[np.isnan(bits)] = np.nan  # there are many; a text has one
            digest = zlib.crc32(bits.tobytes(), digest)
    return report("faulty", f"digest-{digest:08x}")
