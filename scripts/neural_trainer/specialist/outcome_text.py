"""What is handed over, and what came back, as text."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from neural_trainer.runs.plain_text import printable
from neural_trainer.specialist.handing_over import SCHEMA, HandedOver
from neural_trainer.specialist.permissions import MODE
from neural_trainer.specialist.session import PACKAGE, Caps

LONGEST = 2000  # characters of a line that an agent wrote


def started_with(handed: HandedOver, caps: Caps) -> dict[str, Any]:
    """Return all that a session would start from, as plain data."""
    return {
        "schema": f"{SCHEMA.rpartition('/')[0]}-start/1",
        "specialist": handed.role.name,
        "stage": handed.stage,
        "agent": handed.role.agent,
        "client": caps.client or _bundled(),
        "model": caps.model or "the client's own choice",
        "permission_mode": MODE,
        "tools": list(handed.permissions.tools),
        "allow": handed.permissions.allow(),
        "deny": handed.permissions.deny(),
        "max_usd": caps.max_usd,
        "max_turns": caps.max_turns,
        "prompt": handed.prompt,
    }


def start_text(started: Mapping[str, Any]) -> str:
    """Return the same for people."""
    lines = [f"{started['specialist']}: {started['stage']}, by the agent {started['agent']}"]
    lines += [f"client: {started['client']}", f"model: {started['model']}"]
    lines += [f"permission mode: {started['permission_mode']}: what is not allowed is denied"]
    lines += [f"tools: {', '.join(started['tools'])}"]
    lines += [f"allow: {printable(rule, LONGEST)}" for rule in started["allow"]]
    lines += [f"deny: {printable(rule, LONGEST)}" for rule in started["deny"]]
    lines += [f"caps: ${started['max_usd']:g}, {started['max_turns']} turns"]
    words = (printable(line, len(line) + 1) for line in started["prompt"].splitlines())
    return "\n".join([*lines, f"prompt, {len(started['prompt'])} characters:", "", *words])


def outcome_text(outcome: Mapping[str, Any]) -> str:
    """Return what came back for people: the specialist's words, and what they rest on."""
    lines = [printable(line, LONGEST) for line in outcome["summary"].splitlines()]
    for name in ("not_held", "refused"):
        title = {"not_held": "Does not hold", "refused": "Was refused"}[name]
        lines += [f"{title}: {printable(each, LONGEST)}" for each in outcome[name]]
    return "\n".join(lines) if lines else "The specialist gave JSON alone: --json prints it."


def spent_text(outcome: Mapping[str, Any]) -> str:
    """Return what a session cost, in one line."""
    spent = outcome["spent"]
    mended = ", its answer mended once" if spent["repaired"] else ""
    return f"{outcome['specialist']}: {spent['turns']} turns, ${spent['usd']:.4f}{mended}"


def _bundled() -> str:
    """Return which client comes with the package, or how to get it."""
    import sys
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"that of {PACKAGE} {version(PACKAGE)}"
    except PackageNotFoundError:
        install = shlex.join([sys.executable, "-m", "pip", "install", PACKAGE])
        return f"none: {PACKAGE} is not installed: {install}"
