"""The run's configuration with the first fix that is a change of configuration applied."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from neural_trainer.diagnosis.report import Report
from neural_trainer.errors import NeuralTrainerError


def changes(report: Report) -> dict[str, Any]:
    """Return the dotted keys and new values of the likeliest cause's configuration fix.

    Raises NeuralTrainerError where nothing is at fault or the fix is no change of configuration.
    """
    if report.verdict != "faulty" or not report.root_causes:
        raise NeuralTrainerError(
            f"{report.run} is judged {report.verdict}, so there is no configuration to mend; "
            "--write-config wants a faulty run"
        )
    top = report.root_causes[0]
    for fix in top.fixes:
        if "config" in fix.implementation:
            return dict(fix.implementation["config"])
    raise NeuralTrainerError(
        f"the fix for {top.cause} is no change of configuration; read it with: "
        f"neural-trainer diagnose {report.source}"
    )


def mended(config: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return `config` with each dotted key of `changed` set, and nothing else changed.

    >>> mended({"optimizer": {"lr": 0.1, "name": "adamw"}}, {"optimizer.lr": 0.01})
    {'optimizer': {'lr': 0.01, 'name': 'adamw'}}
    """
    result = copy.deepcopy(dict(config))
    for dotted, value in changed.items():
        *parents, last = dotted.split(".")
        place = result
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return result


def write_mended(config: Mapping[str, Any], report: Report, path: str) -> dict[str, Any]:
    """Write `config` with the report's change to the YAML file `path`; return the change.

    Raises NeuralTrainerError where there is no such change, or the file cannot be written.
    """
    import yaml

    changed = changes(report)
    try:
        with open(path, "w", encoding="utf-8") as file:
            yaml.safe_dump(mended(config, changed), file, sort_keys=False)
    except OSError as error:
        raise NeuralTrainerError(f"{path} cannot be written: {error.strerror}") from error
    return changed
