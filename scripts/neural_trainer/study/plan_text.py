"""Plans, and runs held to them, as text for a terminal of 80 columns."""

from __future__ import annotations

from typing import Any

from neural_trainer.render.report_text import wrapped
from neural_trainer.runs.plain_text import printable, shown_name
from neural_trainer.study.comparison_json import to_dict as comparison_to_dict
from neural_trainer.study.comparison_text import number
from neural_trainer.study.comparison_text import to_text as comparison_to_text
from neural_trainer.study.plan import Plan, level_of_each, outcomes, stopping
from neural_trainer.study.plan_judge import Judgement

SHOWN_RUNS = 12
SHOWN_ARMS = 10
JUDGEMENT_SCHEMA = "neural-trainer/plan-judgement/1"


def to_text(plan: Plan) -> str:
    """Return the plan as lines of at most 79 columns."""
    r = plan.request
    direction = "lower" if plan.lower_is_better else "higher"
    metric = shown_name(r.metric)
    lines = [wrapped(f"{printable(r.question)}  By {metric} ({direction} is better).", "")]
    lines += ["", *_hypotheses(plan), "", "Arms:"]
    for arm in r.arms[:SHOWN_ARMS]:
        changes = ", ".join(f"{key}: {value}" for key, value in arm.changes.items())
        lines.append(wrapped(f"- {arm.name}: {printable(changes) or 'the config as it is'}", "  "))
    if len(r.arms) > SHOWN_ARMS:
        lines.append(f"  … and {len(r.arms) - SHOWN_ARMS} more")
    lines += ["", *_numbers(plan), "", "Order, seed by seed, arms drawn by chance:"]
    shown = ", ".join(run.name for run in plan.runs[:SHOWN_RUNS])
    more = f" and {len(plan.runs) - SHOWN_RUNS} more" if len(plan.runs) > SHOWN_RUNS else ""
    lines.append(wrapped(shown + more, "  ", "  "))
    lines += ["", "Stopping:", *(wrapped(f"- {line}", "  ", "    ") for line in stopping(plan))]
    lines += ["", "What each verdict will mean:"]
    lines += [wrapped(f"- {name}: {means}", "  ", "    ") for name, means in outcomes(plan).items()]
    lines += [wrapped(f"note: {printable(note, 300)}", "") for note in plan.notes]
    return "\n".join(lines)


def _hypotheses(plan: Plan) -> list[str]:
    size = number(plan.effect)
    if plan.request.kind == "equivalent":
        claim = f"differs by less than {size} from"
    else:
        claim = f"is better, by {size} or more, than" if plan.stated else "is better than"
    lines = ["Hypotheses:"]
    for h in plan.request.hypotheses:
        if len(h.before) == 1:
            lines.append(wrapped(f"- {h.after[0]} {claim} {h.before[0]}", "  ", "    "))
        else:
            told = f"- {h.name} {claim} the first value, over {len(h.before)} settings of the rest"
            lines.append(wrapped(told, "  ", "    "))
    return lines


def _numbers(plan: Plan) -> list[str]:
    r, noise = plan.request, plan.request.noise
    scatter = f"Noise: {number(noise.one)} between seeds"
    if r.paired:
        scatter += f", {number(noise.of_differences)} between the two of a pair"
    told = [f"{scatter} ({noise.source})."]
    if noise.degrees is not None:
        told.append(f"It may well be {noise.upper:.2g} times that (one in five such pilots).")
    how = "paired by seed" if r.paired else "not paired"
    told_seeds = f"Seeds: {len(plan.seeds)} an arm, {how}, {len(plan.runs)} runs in all"
    if r.budget.hours is not None:
        told_seeds += f", {number(r.budget.hours * len(plan.runs))} GPU hours"
    chance = f"with a chance of {100 * plan.promised:.0f}% (level {100 * level_of_each(r):.4g}%)"
    told_power = (
        f"Promised: a true difference of {number(plan.effect)} is found {chance}. Smallest "
        f"difference with {100 * r.power:g}%: {number(plan.detectable)}."
    )
    if r.kind == "equivalent":
        told_power = (
            f"Promised: arms that are the same are shown to be, within {number(plan.effect)}, "
            f"{chance}. "
            f"Smallest margin with {100 * r.power:g}%: {number(plan.detectable)}."
        )
    lines = [wrapped(" ".join(told), ""), wrapped(f"{told_seeds}.", ""), wrapped(told_power, "")]
    if plan.needed_unlucky is not None and plan.needed_unlucky != plan.needed:
        lines.append(
            wrapped(
                f"At the upper end of the noise it would take {plan.needed_unlucky} seeds an arm.",
                "",
            )
        )
    return lines


def judgement_to_text(judgement: Judgement) -> str:
    """Return what runs say to their plan as lines of at most 79 columns."""
    promise = judgement.promise
    lines = [wrapped(f"Asked: {printable(promise.question)}", "")]
    for judged in judgement.hypotheses:
        name = shown_name(judged.name)
        lines.append(wrapped(f"{name}: {judged.answer.upper()}. {printable(judged.means)}", ""))
    kept = judgement.not_kept
    if kept:
        lines += ["Not as planned:", *(wrapped(f"- {printable(k, 300)}", "  ") for k in kept)]
    else:
        lines.append(f"Carried out as planned, {len(promise.runs)} runs.")
    for judged in judgement.hypotheses:
        lines += ["", f"{shown_name(judged.name)}:", comparison_to_text(judged.comparison)]
    return "\n".join(lines)


def judgement_to_dict(judgement: Judgement) -> dict[str, Any]:
    """Return what runs say to their plan as plain data."""
    return {
        "schema": JUDGEMENT_SCHEMA,
        "question": judgement.promise.question,
        "not_kept": list(judgement.not_kept),
        "power_promised": judgement.promise.power,
        "hypotheses": [
            {
                "name": judged.name,
                "answer": judged.answer,
                "means": judged.means,
                "comparison": comparison_to_dict(judged.comparison),
            }
            for judged in judgement.hypotheses
        ],
    }
