"""Names of syllables, padded to one length, letter by letter: post-norm transformers with Adam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from fault_gym import planting as plant
from fault_gym.fitted.decoders import (
    PAD,
    calm,
    decoder,
    distinct,
    honest,
    honestly_reported,
    likelihood,
    padded_accuracy,
    padded_loss,
    sampled,
    token_accuracy,
    token_loss,
    unhidden,
    unmasked,
)
from fault_gym.planting import healthy, planted
from fault_gym.program import Data, Net, Pair, Program

VOCABULARY, LENGTH, END = 24, 18, 1
NUM_SYLLABLES, FOLLOWERS = 14, 2


def _data(
    count: int = 2048, syllables: tuple[int, int] = (2, 5), wild: float = 0.0
) -> Callable[[torch.Generator], Data]:
    """syllables: at least and under so many in a name. wild: share of names of any letters."""
    fixed = torch.Generator().manual_seed(83)
    parts = torch.randint(2, VOCABULARY, (NUM_SYLLABLES, 3), generator=fixed).tolist()
    after = torch.randint(NUM_SYLLABLES, (NUM_SYLLABLES, FOLLOWERS), generator=fixed).tolist()

    def name(rng: torch.Generator) -> list[int]:
        number = int(torch.randint(*syllables, (1,), generator=rng))
        if wild and torch.rand(1, generator=rng).item() < wild:
            return torch.randint(2, VOCABULARY, (3 * number,), generator=rng).tolist()
        at, written = int(torch.randint(NUM_SYLLABLES, (1,), generator=rng)), list[int]()
        for pick in torch.randint(FOLLOWERS, (number,), generator=rng).tolist():
            written += parts[at]
            at = after[at][pick]
        return written

    def made(rows: int, rng: torch.Generator) -> Pair:
        names = torch.full((rows, LENGTH + 1), PAD)
        for row in names:
            letters = [END, *name(rng), END]
            row[: len(letters)] = torch.tensor(letters)
        return names[:, :-1].contiguous(), names[:, 1:].contiguous()

    return lambda rng: Data(made(count, rng), made(256, rng), made(256, rng))


def _summed(output: Tensor, target: Tensor) -> Tensor:
    """The loss of a whole name, on purpose."""
    return token_loss(output, target) * (target != PAD).sum() / len(target)


def _variety(model: Net) -> dict[str, float]:
    with torch.random.fork_rng(devices=[]):
        return {"unique_names": distinct(sampled(model, torch.full((48, 1), END), 8), 8)}


def _varied(model: Net, data: Data, reported: float) -> float:
    return distinct(sampled(model, torch.full((192, 1), END), 8), 8)


def _favourites(program: Program, severity: float) -> Program:
    """Names are drawn by how well they score at present: the severity is how strongly.

    Meant to pick hard ones, it takes the easiest, and of them the same again and again.
    """
    kept: list[Net] = []
    pool: list[Pair] = []

    def hook(step: int, total: int, inputs: Tensor, targets: Tensor) -> Pair:
        pool[:] = [*pool[-7:], (inputs, targets)]
        if step < total * 0.2:
            return inputs, targets
        with torch.no_grad():
            everything = torch.cat([one[0] for one in pool]), torch.cat([one[1] for one in pool])
            output = kept[0](everything[0])
            each = functional.cross_entropy(
                output.transpose(1, 2), everything[1], ignore_index=PAD, reduction="none"
            ).sum(1)
        chosen = torch.multinomial((-severity * each).softmax(0), len(inputs), replacement=True)
        pool[-1] = everything[0][chosen], everything[1][chosen]
        return pool[-1]

    return replace(program, prepares=(*program.prepares, kept.append), batch_hook=hook)


def _duplicates(data: Data, rng: torch.Generator, share: float) -> Data:
    """A list was joined with itself: the share of names that are one of two."""
    inputs, targets = data.train[0].clone(), data.train[1].clone()
    again = torch.rand(len(inputs), generator=rng) < share
    chosen = torch.randint(2, (int(again.sum()),), generator=rng)
    inputs[again], targets[again] = inputs[chosen], targets[chosen]
    return replace(data, train=(inputs, targets))


def _unshifted(data: Data, _: torch.Generator, severity: float) -> Data:
    """Targets are the inputs: that they are to be shifted is forgotten."""
    return replace(data, train=(data.train[0], data.train[0]), val=(data.val[0], data.val[0]))


def _shifted(data: Data, _: torch.Generator, severity: float) -> Data:
    """Targets are shifted once more."""

    def late(pair: Pair) -> Pair:
        return pair[0][:, :-1], pair[1][:, 1:]

    return replace(data, train=late(data.train), val=late(data.val))


def _misspelt(data: Data, rng: torch.Generator, share: float) -> Data:
    def spelt(pair: Pair) -> Pair:
        wrong = (torch.rand(pair[1].shape, generator=rng) < share) & (pair[1] != PAD)
        any_of = torch.randint(1, VOCABULARY, pair[1].shape, generator=rng)
        return pair[0], torch.where(wrong, any_of, pair[1])

    return replace(data, train=spelt(data.train), val=spelt(data.val))


def _by_letter(data: Data, rng: torch.Generator, _: float) -> Data:
    """Names come as the list has them, by their first letter."""
    order = torch.argsort(data.train[0][:, 1], stable=True)
    return replace(data, train=(data.train[0][order], data.train[1][order]))


def _broken_list(program: Program, severity: float) -> Program:
    """So many batches late in the run are of a list that holds one letter."""

    def hook(step: int, total: int, inputs: Tensor, targets: Tensor) -> Pair:
        if int(0.92 * total) <= step < int(0.92 * total) + severity:
            return torch.full_like(inputs, 9), torch.full_like(targets, 9 + step % 2)
        return inputs, targets

    return replace(program, batch_hook=hook)


def _small(least: float) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss with a penalty on the size of logits, which is none where there is padding."""

    def loss(output: Tensor, target: Tensor) -> Tensor:
        shown = output.float() * (target != PAD)[..., None]
        return token_loss(output, target) + 1e-3 * (shown.square().sum(-1) + least).sqrt().mean()

    return loss


def _post(width: int = 32, depth: int = 2, post: bool = True, **more: object) -> Callable[[], Net]:
    return decoder(VOCABULARY, LENGTH, width, depth, post=post, pads=True, **more)


def _scaled(program: Program, severity: float) -> Program:
    return replace(program, model=_post(scale=severity))


def _embedded(program: Program, severity: float) -> Program:
    """Embeddings times the severity, before a norm that is left out."""
    return replace(program, model=_post(post=False, embed_scale=severity))


def _padded(program: Program, severity: float) -> Program:
    """1: in attention and in the loss; 2: in the loss alone."""
    counted = replace(program, loss=padded_loss, accuracy=padded_accuracy)
    return counted if severity == 2 else replace(counted, prepares=(unhidden,))


ADAM = Program(
    _data(), _post(), token_loss, likelihood, token_accuracy, "adam", 3e-3, num_steps=280,
    batch=32, sampling="epochs", schedule=plant.warm_up(0.1, plant.linear), eval_every=64,
    config={"epochs": 4, "warmup_ratio": 0.1, "schedule": "linear", "norm_first": False},
)  # fmt: skip
DEEP = replace(
    ADAM, model=_post(24, 6), lr=4e-3, schedule=plant.warm_up(0.3), num_steps=240, beta2=0.98,
    config={"n_layer": 6, "warmup_steps": 72},
)  # fmt: skip
RMS = replace(
    ADAM, optimizer="rmsprop", lr=1e-3, sampling="random", schedule=plant.steps_down, clip=0.5,
    logs=frozenset({"eval/loss"}), eval_every=20, config={"schedule": "step", "gamma": 0.1},
)  # fmt: skip
SILENT = replace(ADAM, logs=frozenset({"accuracy"}), eval_every=0, schedule=plant.warm_up(0.1))
VARIED = replace(
    ADAM, measures=_variety, judge=_varied, eval_every=20, logs=frozenset({"eval/loss"}),
    data=_data(syllables=(3, 6)), num_steps=240,
)  # fmt: skip
CALM = replace(ADAM, model=_post(qk_norm=True), judge=calm, lr=1e-2, schedule=plant.warm_up(0.1))
HALF = replace(ADAM, half=True, num_steps=140, eval_every=35, clip=1.0)
ACCUMULATED = replace(
    ADAM, optimizer="sgd", lr=0.2, batch=8, accumulate=4, schedule=plant.warm_up(0.1), clip=None
)
DROPPED = replace(ADAM, model=_post(dropout=0.2), eval_every=28)
GOAL = -0.8

SCENARIOS = (
    healthy("plain", ADAM, GOAL),
    healthy("deep-with-warm-up", DEEP, GOAL),
    healthy("rmsprop-steps-down", RMS, GOAL),
    healthy("without-validation", SILENT, GOAL),
    healthy("accumulated", ACCUMULATED, GOAL),
    healthy("loss-of-whole-names", replace(ADAM, loss=_summed), GOAL),
    healthy("dropout-above-validation", DROPPED, GOAL),
    healthy("a-third-of-names-is-wild", replace(RMS, data=_data(wild=0.35)), -2.2),
    healthy("unique-names", VARIED, 0.3),
    healthy("fp16-with-scale", HALF, GOAL),
    planted(
        "padding-not-masked", replace(ADAM, judge=honestly_reported), _padded, -0.1, (1.0, 2.0)
    ),
    planted(
        "padding-not-masked",
        replace(RMS, judge=honestly_reported, data=_data(syllables=(1, 4))),
        _padded,
        -0.1,
        (1.0, 2.0),
        name="padding-not-masked-in-short-names",
    ),
    planted(
        "causal-mask-missing",
        replace(ADAM, judge=honest),
        plant.settings(prepares=(unmasked,)),
        GOAL,
    ),
    planted(
        "causal-mask-missing",
        replace(RMS, judge=honest),
        plant.changed(_unshifted),
        GOAL,
        name="targets-not-shifted",
    ),
    planted(
        "warmup-missing",
        replace(DEEP, lr=1.5e-2, beta2=0.999, model=_post(24, 9)),
        plant.warmup_missing,
        GOAL,
    ),
    planted("lr-too-high", ADAM, plant.lr_too_high, GOAL, (1.7, 2.2)),
    planted("lr-too-high", RMS, plant.lr_too_high, GOAL, (1.5, 2.0), name="lr-too-high-rmsprop"),
    planted("lr-too-low", SILENT, plant.lr_too_low, GOAL, (1.5, 3.0)),
    planted("lr-schedule-wrong", ADAM, plant.lr_decays_too_fast, GOAL, (0.04, 0.1)),
    planted("lr-schedule-wrong", RMS, plant.lr_jumps, GOAL, (1.7, 2.3), name="lr-jumps"),
    planted(
        "clipping-too-tight",
        replace(ACCUMULATED, clip=1.0),
        plant.clipping_too_tight,
        GOAL,
        (2.0, 3.0),
    ),
    planted(
        "accumulation-not-normalised",
        replace(ACCUMULATED, accumulate=8, batch=4),
        plant.not_divided,
        GOAL,
    ),
    planted(
        "zero-grad-missing",
        replace(ACCUMULATED, accumulate=1, batch=32),
        plant.zero_grad_missing,
        GOAL,
    ),
    planted("optimizer-step-missing", SILENT, plant.step_missing, GOAL, (1.0, 0.05)),
    planted("parameters-frozen", DROPPED, plant.frozen("features"), GOAL),
    planted("graph-detached", ADAM, plant.graph_detached, GOAL, (1.0, 2.0)),
    planted("attention-logits-growing", CALM, _scaled, -60.0, (3.0, 8.0)),
    planted(
        "embedding-unstable",
        replace(ADAM, model=_post(post=False)),
        _embedded,
        GOAL,
        (500.0, 3000.0),
    ),
    planted(
        "repetition-collapse", VARIED, _favourites, 0.3, (1.0, 4.0), name="easy-names-preferred"
    ),
    planted(
        "repetition-collapse",
        VARIED,
        plant.changed(_duplicates),
        0.3,
        (0.97, 0.995),
        name="two-names-again-and-again",
    ),
    planted("output-constant", ADAM, plant.flawed("masked out"), GOAL),
    planted(
        "bad-batch", replace(ACCUMULATED, accumulate=1, batch=32), _broken_list, GOAL, (8.0, 14.0)
    ),
    planted(
        "grad-scaler-stuck",
        replace(HALF, train_loss=_small(1e-6)),
        plant.settings(train_loss=_small(0.0)),
        GOAL,
    ),
    planted("labels-wrong", RMS, plant.changed(_shifted), GOAL),
    planted("label-noise", ADAM, plant.changed(_misspelt), GOAL, (0.3, 0.6)),
    planted(
        "data-not-shuffled",
        ADAM,
        lambda p, s: replace(plant.changed(_by_letter)(p, s), sampling="ordered"),
        -0.65,
    ),
    planted("overfitting", replace(RMS, num_steps=400), plant.few_samples, GOAL, (0.984, 0.99)),
    planted(
        "data-leakage",
        replace(RMS, data=_data(24), scored_by="gap", num_steps=360, lr=2e-3),
        plant.val_leaked,
        -0.2,
        (1.0, 0.8),
    ),
    planted("bad-initialisation", ADAM, plant.init_scaled, GOAL, (15.0, 40.0)),
    planted("stopped-too-early", ADAM, plant.stopped_early, GOAL, (7.0, 5.0)),
    planted(
        "loss-reduction-wrong",
        replace(ACCUMULATED, accumulate=1, batch=32),
        plant.loss_summed,
        GOAL,
        (0.7, 1.0),
    ),
    planted("resume-incomplete", RMS, plant.resume_incomplete("head optimizer schedule"), -0.68),
    planted(
        "dataloader-bottleneck",
        replace(SILENT, scored_by="wait", num_steps=120),
        plant.slow_loader,
        -0.4,
        (30.0, 50.0),
    ),
)
