"""A symptom in another form than its first: of few points, or there from the start."""

from __future__ import annotations

import numpy as np
import pytest
from sketch import made

from neural_trainer.diagnosis import diagnose
from neural_trainer.runs.run import Array, Run, Series
from neural_trainer.symptoms import (
    accuracy_constant,
    data_waits,
    eval_metric_falls,
    gradient_nonfinite_alone,
    loss_at_chance,
    loss_at_clamp,
    loss_diverging,
    loss_still_falling,
    samples_grow_alike,
    words_not_learnt,
)


def test_a_loss_that_falls_at_each_of_a_few_points_still_falls() -> None:
    found = loss_still_falling.find(made({"loss": np.array([2.8, 2.5, 2.0, 1.6, 1.4])}))
    assert found is not None
    assert found.strength == 0.5
    assert "falls at each of 5 points" in found.evidence[0]


@pytest.mark.parametrize(
    "loss",
    [
        [2.8, 2.5, 2.0, 1.6],  # too few
        [2.8, 2.5, 2.0, 1.6, 1.61],  # turned
        [2.8, 1.5, 1.2, 1.11, 1.10],  # next to nothing gained at the end
    ],
)
def test_a_few_points_that_do_not_are_no_sign(loss: list[float]) -> None:
    assert loss_still_falling.find(made({"loss": np.array(loss)})) is None


def test_a_rate_that_has_decayed_explains_the_end() -> None:
    loss = np.array([2.8, 2.5, 2.0, 1.6, 1.4])
    rate = np.array([1.0, 0.8, 0.6, 0.4, 0.2])
    assert loss_still_falling.find(made({"loss": loss, "lr": rate})) is None
    assert loss_still_falling.find(made({"loss": loss, "lr": rate * 0 + 1})) is not None


def test_a_held_out_loss_that_rises_says_that_more_steps_gain_nothing() -> None:
    loss = np.array([0.52, 0.42, 0.40, 0.38, 0.36, 0.34])
    rising = np.array([0.60, 0.55, 0.56, 0.57, 0.58, 0.59])
    assert loss_still_falling.find(made({"loss": loss, "eval/loss": rising})) is None
    assert loss_still_falling.find(made({"loss": loss, "eval/loss": loss + 0.05})) is not None


def adversarial(variety: float, num_points: int = 40) -> dict[str, np.ndarray]:
    noise = 1 + 0.1 * np.random.default_rng(0).standard_normal((3, num_points))
    return {
        "loss/generator": 0.7 * noise[0],
        "loss/discriminator": 1.3 * noise[1],
        "sample_diversity": variety * noise[2],
    }


def test_samples_that_are_alike_from_the_start_are_a_collapse() -> None:
    for variety in (0.0, 0.002):
        report = diagnose(made(adversarial(variety)))
        assert report.verdict == "faulty"
        assert "mode-collapse" in [cause.cause for cause in report.root_causes[:2]]
    assert samples_grow_alike.find(made(adversarial(0.3))) is None
    alone = {"loss": np.linspace(1, 0.5, 40), "sample_diversity": np.zeros(40)}
    assert samples_grow_alike.find(made(alone)) is None


def test_two_networks_are_judged_by_their_losses() -> None:
    assert diagnose(made(adversarial(0.3))).verdict == "healthy"
    short = diagnose(made(adversarial(0.3, 2)))
    assert short.verdict == "cannot_judge"
    assert short.reason == "Too little to judge from: needs 5 points of adversarial loss, has 2."


@pytest.mark.parametrize(
    ("loss", "diverges"),
    [
        ([1.59, 1.41, 3.32, 6.44, 5.48, 4.86], True),
        ([0.14, 25e3, 76e3, 29e3, 135e3], True),
        ([2.0, 1.5, 1.2, 1.4, 1.3], False),  # noise
        ([2.0, 1.5, 4.0, 1.4, 1.3], False),  # a spike
        ([1.0, 2.5, 2.4, 2.3, 2.2], False),  # one point alone before it may be an outlier
        ([-1.0, 3.0, 3.0, 3.0, 3.0], False),  # no ratio is to be had
        ([9.0, 5.0, 3.0, 1.5, 5.8, 7.0, 9.9], True),  # under its first again
        ([9.0, 5.0, 3.0, 1.5, 5.8, 9.9, 7.0], False),  # on its way back
        ([9.0, 5.0, 3.0, 1.5, 2.0, 2.1, 2.2], False),  # next to nothing given back
        ([5e26, 4.9e26, 4.8e26], True),
    ],
)
def test_a_few_points_far_over_all_before_diverge(loss: list[float], diverges: bool) -> None:
    found = loss_diverging.find(made({"loss": np.array(loss)}))
    assert (found is not None) == diverges


def test_a_few_points_at_what_an_accuracy_stands_for_are_at_chance() -> None:
    stuck = {"loss": np.array([87.3, 8.265, 8.256, 8.24, 8.285]), "accuracy": np.full(5, 0.00026)}
    found = loss_at_chance.find(made(stuck))
    assert found is not None
    assert "equal odds for 3846 classes" in found.evidence[0]
    assert loss_at_chance.find(made({"loss": stuck["loss"]})) is None
    assert loss_at_chance.find(made({**stuck, "accuracy": np.full(5, 0.01)})) is None


@pytest.mark.parametrize("cost", [87.3365, 16.1181, 100.0])
def test_a_loss_at_a_clamp_alone(cost: float) -> None:
    found = loss_at_clamp.find(made({"loss": np.array([2.3, cost, cost, cost])}))
    assert found is not None
    assert loss_at_clamp.find(made({"loss": np.array([2.3, 1.01 * cost, cost])})) is None


def test_two_points_at_a_clamp_are_no_chance_unless_it_is_a_round_number() -> None:
    def of(cost: float) -> Run:
        return made({"loss": np.array([2.3, 1.01 * cost, cost, cost])})

    assert loss_at_clamp.find(of(16.1181)) is not None
    assert loss_at_clamp.find(of(100.0)) is None


def test_a_term_at_a_clamp_is_told_as_the_whole_is() -> None:
    term = np.array([9.2, 87.3365, 87.3365])
    found = loss_at_clamp.find(made({"loss": 20 * term, "loss/classes": term}))
    assert found is not None
    assert found.evidence[0].startswith("loss/classes stands at 87.34")


def test_few_held_out_samples_of_a_task_that_is_solved_are_no_constant_answer() -> None:
    held_out = {"eval/accuracy": np.full(8, 0.96)}
    assert accuracy_constant.find(made(held_out)) is not None
    assert accuracy_constant.find(made({**held_out, "accuracy": np.linspace(0.9, 1, 8)})) is None


def waiting(wait: Array, whole: float, **more: Array) -> Run:
    return made({"data_time_s": wait, "step_time_s": np.maximum(wait + 0.1, whole), **more})


def test_batches_that_come_in_bursts_are_waited_for() -> None:
    bursts = np.tile([0.9, 0.0, 0.0, 0.0], 10)
    found = data_waits.find(waiting(bursts, 0.2))
    assert found is not None
    assert "means: some batches are there at once" in found.evidence[0]
    hiccup = np.where(np.arange(40) == 20, 60.0, 0.0)
    assert data_waits.find(waiting(hiccup, 0.2)) is None
    epochs = {"epoch": np.arange(40) // 4 + 0.0}
    assert data_waits.find(waiting(bursts, 0.2, **epochs)) is None, "as workers start"


def test_a_gradient_that_is_no_number_beside_a_loss_of_zero() -> None:
    loss = np.array([1.9, 0.0, 0.0, 0.0])
    norm = np.array([21.9, np.nan, np.nan, np.nan])
    assert gradient_nonfinite_alone.find(made({"loss": loss, "grad_norm": norm})) is not None
    assert diagnose(made({"loss": loss, "grad_norm": norm})).verdict == "faulty", "however short"


def of_words(level: Array, every: float = 200, **more: Array) -> Run:
    """A language model's log, a row every so many steps."""
    step = every * np.arange(1, len(level) + 1)
    named = {"loss": level, "eval/loss": level, "eval/perplexity": np.exp(level), **more}
    return made({name: Series(step, value) for name, value in named.items()})


STANDS = 7.6 + np.tile([0.01, -0.01], 6)


def test_a_language_model_that_knows_how_often_words_occur_and_no_more() -> None:
    found = words_not_learnt.find(of_words(STANDS))
    assert found is not None
    assert "a perplexity of 1,998; how often" in found.evidence[0]
    alone = Series(200.0 * np.arange(1, 13), np.exp(STANDS))
    assert words_not_learnt.find(made({"perplexity": alone})) is not None


@pytest.mark.parametrize(
    "run",
    [
        of_words(np.linspace(8.0, 6.9, 12)),  # falls
        of_words(STANDS - 1),  # knows more
        of_words(STANDS, lr=np.linspace(1e-5, 1e-4, 12)),  # warms up
        of_words(STANDS, every=70),  # in the first steps
        made({"loss": 300 * STANDS, "perplexity": STANDS}),  # no perplexity of this loss
        made({"loss": Series(200.0 * np.arange(1, 13), STANDS)}),  # in some unit
    ],
)
def test_what_is_no_language_model_that_learns_nothing(run: Run) -> None:
    assert words_not_learnt.find(run) is None


def test_a_log_of_perplexities_alone_is_judged_by_their_logarithm() -> None:
    found = loss_at_clamp.find(made({"perplexity": np.full(5, np.exp(100.0))}))
    assert found is not None
    assert found.evidence[0].startswith("ln perplexity stands at 100")
    falling = made({"eval/perplexity": np.exp(np.linspace(7.0, 4.0, 12))})
    assert diagnose(falling).verdict == "healthy"


def test_a_training_accuracy_that_stands_is_constant() -> None:
    stands = {"loss": np.full(10, 1.91), "accuracy": np.array([0.53, *[0.5378] * 9])}
    found = accuracy_constant.find(made(stands))
    assert found is not None
    assert found.evidence[0] == "accuracy is exactly 0.5378 in 9 of 9 points."
    moving = {**stands, "accuracy": np.array([0.5, 0.5, 0.5, 0.6, 0.5, 0.7, 0.5, 0.5, 0.6, 0.5])}
    assert accuracy_constant.find(made(moving)) is None


def test_a_metric_that_ought_to_rise_and_falls() -> None:
    loss = np.linspace(2.0, 0.1, 12)
    metric = np.array([0.5, 0.7, 0.8, 0.82, 0.81, 0.80, 0.79, 0.78, 0.78, 0.77, 0.76, 0.76])
    found = eval_metric_falls.find(made({"loss": loss, "eval/map": metric}))
    assert found is not None
    assert "eval/map was best, 0.81, at step 4 and is 0.76 at the end" in found.evidence[0]
    alone = eval_metric_falls.find(made({"eval/map": metric}))
    assert alone is not None
    assert alone.strength == pytest.approx(found.strength / 2)
    for signals in (
        {"loss": loss, "eval/map": np.sort(metric)},  # rises
        {"loss": loss * 0 + 1.0, "eval/map": metric},  # training does not go on
        {"loss": loss, "eval/perplexity": metric},  # ought to fall
        {"reward": loss, "eval/map": metric},
    ):
        assert eval_metric_falls.find(made(signals)) is None


def test_a_loss_at_the_floor_of_its_floats_hides_nothing() -> None:
    falling = np.concatenate([1.85 * 0.8 ** np.arange(40), np.full(20, 7.9e-31)])
    assert gradient_nonfinite_alone.find(made({"loss": falling})) is None
    stuck = np.concatenate([1.85 * 0.98 ** np.arange(40), np.full(20, 0.83)])
    assert gradient_nonfinite_alone.find(made({"loss": stuck})) is not None
