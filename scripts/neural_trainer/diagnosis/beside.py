"""What a config and code say beside a log, put together."""

from __future__ import annotations

from collections.abc import Sequence

from neural_trainer.diagnosis.facts import Evidence


def evidence_beside(config: str | None, code: Sequence[str]) -> Evidence:
    """Return what the file `config` and the source at the paths `code` say; neither is run."""
    evidence = Evidence()
    if config is not None:
        from neural_trainer.diagnosis.config_facts import config_evidence

        evidence += config_evidence(config)
    if code:
        from neural_trainer.diagnosis.code_facts import code_evidence

        evidence += code_evidence(code)
    return evidence
