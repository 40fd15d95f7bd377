"""Which of the project's causes each sentence of another tool names: one table, generous to it.

A sentence names every cause that it says, however many and however guardedly, in a list of causes,
an explanation or a remedy ("reduce the learning rate" names lr-too-high). A symptom without a cause
("the loss diverges") names none. Sentences that name nothing have no line.
"""

from __future__ import annotations

from collections.abc import Iterable

HIGH, LOW, WARMUP = "lr-too-high", "lr-too-low", "warmup-missing"
SCHEDULE, DECAY, INIT = "lr-schedule-wrong", "weight-decay-too-high", "bad-initialisation"
EXPLODING, VANISHING = "recurrent-gradients-exploding", "gradients-vanishing"
DEAD, SATURATED, INPUTS = "relus-dead", "activations-saturated", "inputs-not-normalised"
BATCH, LOG, HALF = "bad-batch", "log-of-zero", "fp16-overflow"
FROZEN, LEFT_OUT, DETACHED = "parameters-frozen", "parameters-not-in-optimizer", "graph-detached"
LEAK, OVERFITTING, CAPACITY = "data-leakage", "overfitting", "capacity-too-small"
LABELS, NOISE = "labels-wrong", "label-noise"
LOADER, SLOWER, MEMORY = "dataloader-bottleneck", "throughput-cliff", "memory-leak"
ATTENTION, HIDDEN = "attention-logits-growing", "nan-hidden-by-logger"

MEANINGS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "runmedic": (
        ("lr schedule never stops increasing", (SCHEDULE,)),
        ("nan/inf in inputs or labels", (BATCH, LOG, INIT)),
        ("exploding gradients: the learning rate is too high", (HIGH, EXPLODING)),
        ("and there is no warmup", (WARMUP,)),
        ("a single bad batch, or an unstable op", (BATCH, LOG, ATTENTION)),
        ("fp16 overflow under mixed precision", (HALF,)),
        ("learning rate too high for the later phase", (HIGH, SCHEDULE)),
        ("optimizer state blew up", (DECAY,)),
        ("unshuffled data", ("data-not-shuffled",)),
        ("learning rate is zero for the whole run", (SCHEDULE,)),
        ("the same prediction for every input", ("output-constant", DETACHED)),
        ("weights are not updated", ("optimizer-step-missing", FROZEN, LEFT_OUT)),
        ("learning rate far too low", (LOW,)),
        ("labels are misaligned", (LABELS,)),
        ("memorizes the training set", (OVERFITTING,)),
        ("individual bad batches", (BATCH, NOISE)),
        ("learning rate too high, so single steps", (HIGH,)),
        ("missing warmup", (WARMUP,)),
        ("the validation set is easier", (LEAK, "train-val-mismatch")),
        ("learning rate too high or no warmup", (HIGH, WARMUP)),
        ("outlier batches", (BATCH,)),
        ("unstable layers", (ATTENTION,)),
        ("without lr decay", (SCHEDULE,)),
        ("input pipeline is likely the bottleneck", (LOADER,)),
        ("dataloader stalls", (LOADER,)),
        ("slow steps", (SLOWER,)),
        ("training gets slower over time", (SLOWER,)),
        ("memory growth causing", (MEMORY,)),
        ("memory keeps growing", (MEMORY,)),
        ("out of memory", ("out-of-memory",)),
    ),
    "trainproof": (
        ("fp16 weights trained without a loss scaler", (HALF,)),
        ("logging_nan_inf_filter", (HIDDEN,)),
        ("graph is severed or every parameter is frozen", (DETACHED, FROZEN)),
        ("learning rate is zero", (SCHEDULE,)),
        ("overfitting detected", (OVERFITTING,)),
        ("step time cliff", (SLOWER,)),
        ("dataloader stall", (LOADER,)),
    ),
    "training-doctor": (
        ("learning rate likely too high", (HIGH,)),
        ("using learning rate warmup if not already", (WARMUP,)),
        ("learning rate may be too low", (LOW,)),
        ("reduce learning rate", (HIGH,)),
        ("check if model capacity is sufficient", (CAPACITY,)),
        ("overfitting detected", (OVERFITTING,)),
        ("nan gradients indicate numerical overflow", (HALF,)),
        ("use gradient scaling for mixed precision", (HALF,)),
        ("division by zero in loss", (LOG,)),
        ("exploding gradients", (EXPLODING,)),
        ("vanishing gradients", (VANISHING,)),
        ("saturating activations", (SATURATED,)),
        ("dead relu", (DEAD,)),
        ("try different initialization", (INIT,)),
    ),
    "sk-autod": (
        ("classic overfitting", (OVERFITTING,)),
        ("missed early stopping", (OVERFITTING,)),
        ("exploding gradient", (EXPLODING,)),
        ("reduce the learning rate", (HIGH,)),
        ("lr too high", (HIGH,)),
        ("or add warmup", (WARMUP,)),
        ("lr too low", (LOW,)),
        ("increase the learning rate", (LOW,)),
        ("increase model capacity or train longer", (CAPACITY, "stopped-too-early")),
        ("dying relu", (DEAD,)),
        ("improve initialization, or normalize inputs", (INIT, INPUTS)),
        ("data leakage", (LEAK,)),
        ("label noise", (NOISE,)),
        ("audit labels, class balance", (LABELS, "class-imbalance")),
    ),
    "torch-audit": (
        ("check learning rate, loss scaling, or initialization", (HIGH, HALF, INIT)),
        ("gradient explosion", (EXPLODING,)),
        ("check learning rate or apply", (HIGH,)),
        ("dead units", (DEAD,)),
        ("dead neurons", (DEAD,)),
        ("relu dead units", (INIT,)),
        ("check initialization", (INIT,)),
        ("lower learning rate", (HIGH,)),
        ("`loss.backward()` was called and parameters", (DETACHED, FROZEN)),
        ("normalize inputs", (INPUTS,)),
        ("check data loader, augmentation", (BATCH,)),
        ("check data preprocessing", (BATCH,)),
    ),
    "torchmortem": (
        ("vanishing gradient", (VANISHING,)),
        ("activation saturation", (SATURATED,)),
        ("saturated activation", (SATURATED,)),
        ("exploding gradient", (EXPLODING,)),
        ("high learning rates", (HIGH,)),
        ("reduce the learning rate", (HIGH,)),
        ("learning rate is too high", (HIGH,)),
        ("learning rate too high", (HIGH,)),
        ("lower learning rate or different optimizer", (HIGH,)),
        ("warmup to start", (WARMUP,)),
        ("increase the learning rate", (LOW,)),
        ("increasing the learning rate", (LOW,)),
        ("learning rate is too small", (LOW,)),
        ("overly small learning rate", (LOW,)),
        ("weight initialization", (INIT,)),
        ("initialization scheme", (INIT,)),
        ("poor initialization", (INIT,)),
        ("dead units", (DEAD,)),
        ("dead activation", (DEAD,)),
        ("excessive weight decay", (DECAY,)),
        ("aggressive weight decay", (DECAY,)),
        ("(weight decay, dropout)", (DECAY,)),
        ("bottleneck", (CAPACITY,)),
        ("connected in the computation graph", (DETACHED,)),
    ),
    "torchtest2": (
        ("are not in the optimizer", (LEFT_OUT,)),
        ("not (or no longer) parameters of this model", (LEFT_OUT,)),
        ("or the graph is cut by", (DETACHED,)),
        ("not connected to the autograd graph", (DETACHED,)),
        ("the loss is a leaf tensor", (DETACHED,)),
        ("all-zero gradient", (DEAD,)),
        ("gradient too small to change them", (VANISHING,)),
        ("did not change after an optimizer step", (LEFT_OUT, SCHEDULE)),
        ("log/sqrt/division of zero", (LOG, HALF)),
        ("check init scale, normalisation, learning rate", (INIT, INPUTS, HIGH)),
        ("over-confident at init", (INIT,)),
        ("check input normalisation", (INPUTS,)),
        ("do the targets leak into the inputs", (LEAK,)),
        ("produce the same output", ("output-constant",)),
        ("randomness in eval mode", ("train-mode-while-evaluating",)),
        ("reduction='none' without .mean()", ("loss-reduction-wrong",)),
        ("lr too high? unstable ops", (HIGH, LOG)),
        ("check the learning rate, the optimizer and that targets", (HIGH, LOW, "labels-wrong")),
        ("the model may lack capacity", (CAPACITY, LOW)),
    ),
}  # fmt: skip
"""Tool -> what a sentence holds, without regard to case -> causes that it names."""


def named(tool: str, sentences: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return the causes that each sentence names, in the order of the tool; none stands twice.

    >>> named("sk-autod", ["Noisy training", "clip gradients or reduce the learning rate"])
    (('lr-too-high',),)
    """
    groups: list[tuple[str, ...]] = []
    before: set[str] = set()
    for sentence in sentences:
        text = " ".join(sentence.casefold().split())
        found = [cause for words, causes in MEANINGS[tool] if words in text for cause in causes]
        new = tuple(dict.fromkeys(cause for cause in found if cause not in before))
        if new:
            groups.append(new)
            before.update(new)
    return tuple(groups)
