"""The loss is larger than guessing among a million classes costs.

The first point is above 15: ln(10^6) is 13.8. No cross-entropy that is
averaged starts there with sound weights and inputs. Other losses have other
units, so this is a hint alone where neither an accuracy nor a perplexity says
that it is one: strength 0.4, else 1.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-above-any-guess"
NEEDS = {"loss": 5}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.04
MOST = 15.0


def find(run: Run) -> Finding | None:
    """Return the first loss, where it is that large."""
    part = training_loss(run)
    if part is None:
        return None
    loss = part.series.finite()
    if float(loss.value[0]) < MOST:
        return None
    told = any(run.get(n) for n in ("accuracy", "eval/accuracy", "perplexity", "eval/perplexity"))
    step = float(loss.step[0])
    sentence = f"{part.name} is {number(float(loss.value[0]))} at {at(run, step)}."
    return Finding(ID, step, (step, step), 1.0 if told else 0.4, (sentence,))
