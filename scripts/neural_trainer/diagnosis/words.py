"""Which words of a description speak of which symptom, and which of a cause itself."""

from __future__ import annotations

_FEW = r"(?:\w+ ){0,4}"
_NONFINITE = r"(?:\bnans?\b|\binf(?:inity|inite)?s?\b|non-?finite)"
_HELD_OUT = r"(?:val(?:idation)?|test|eval(?:uation)?|held-?out)"
_GRADIENTS = r"(?:gradients?|grad norms?)"
_GROWS = r"(?:grow|climb|ris|increas|blow|explod|diverg)\w*"
_UP = r"(?:ris|increas|grow|go(?:es|ing)? up)\w*"
_NOT = r"(?:n.t|not|never|barely|hardly|stops?|no longer|refuses to)"
_LEARN = r"(?:fall|decreas|learn|improv|train|converg|go(?:es|ing)? down|drop|reduc)"
_REWARD = r"(?:reward|return)"

WORDS: dict[str, str] = {
    "loss-nonfinite": _NONFINITE,
    "nonfinite-sudden": rf"sudden\w* {_FEW}{_NONFINITE}|{_NONFINITE} {_FEW}sudden\w*",
    "nonfinite-after-climb": rf"{_GROWS},? {_FEW}{_NONFINITE}",
    "nonfinite-as-lr-rises": rf"{_NONFINITE} {_FEW}warm-?up|warm-?up {_FEW}{_NONFINITE}",
    "loss-diverging": r"diverg\w*|blow(?:s|ing|n)? up|blew up|loss explod\w*"
    rf"|(?<!val )(?<!ation )(?<!test )(?<!out )loss {_FEW}{_UP}",
    "loss-spike": r"\bspik\w+",
    "loss-not-falling": rf"{_NOT} {_FEW}{_LEARN}\w*|\bstuck\b|\bflat\b|loss {_FEW}constant",
    "loss-plateau": r"plateau\w*|levels? off",
    "loss-at-chance": r"\bchance\b|random(?:ly)? guess\w*|guessing|\b2\.30\d?\b|\b0?\.693\b",
    "eval-gap-growing": rf"over-?fit\w*|{_HELD_OUT} loss {_FEW}{_UP}|\bgap\b",
    "train-above-eval": rf"{_HELD_OUT} loss {_FEW}(?:lower|better|below) {_FEW}train\w*",
    "eval-too-good": rf"too good|suspicious\w*|{_HELD_OUT} accuracy {_FEW}(?:perfect|99|100)",
    "eval-stays-at-chance": rf"{_HELD_OUT} \w+ {_FEW}(?:chance|random)",
    "accuracy-constant": rf"accuracy {_FEW}(?:constant|same|never changes)|always predicts"
    r"|same (?:class|output|prediction|answer)",
    "common-label-answered": r"(?:majority|most (?:common|frequent)) (?:class|label)",
    "gradients-exploding": rf"{_GRADIENTS} {_FEW}(?:huge|large|{_GROWS})|explod\w+ gradients?",
    "layer-gradients-vanishing": rf"{_GRADIENTS} {_FEW}(?:vanish|zero|tiny)\w*|vanish\w+ grad",
    "parameters-unmoved": rf"(?:weights?|parameters?) {_FEW}{_NOT} {_FEW}(?:chang|mov|updat)\w*",
    "first-loss-high": rf"(?:first|initial|starting) loss {_FEW}(?:high|huge|large)",
    "loss-periodic": r"saw-?tooth|\bperiod\w*|every epoch|oscillat\w*",
    "units-dead": r"dead (?:relus?|units|neurons)",
    "units-saturated": r"saturat\w+",
    "loss-scale-falls": r"loss[- ]scale",
    "memory-grows": rf"memory {_FEW}(?:leak\w*|{_UP})",
    "crashed-out-of-memory": r"out of memory|\boom\b",
    "steps-slow-down": r"slows? down|slower and slower|gets? slower",
    "data-waits": rf"gpu {_FEW}(?:idle|wait|util)\w*|data ?load\w+ {_FEW}slow",
    "attention-logits-grow": rf"attention (?:logits?|scores?) {_FEW}(?:huge|large|{_GROWS})",
    "samples-grow-alike": r"mode collapse|same (?:few )?(?:samples?|images?)",
    "repeats-grow": r"repeats? itself|repetiti\w+",
    "old-task-forgotten": r"forg[eo]t\w*",
    "discriminator-wins": rf"discriminator {_FEW}(?:wins|zero|perfect)",
    "reward-collapsed": rf"{_REWARD} {_FEW}(?:collaps|drop|fell|crash)\w*",
    "reward-frozen": rf"{_REWARD} {_FEW}(?:constant|flat|never (?:chang|mov)\w*)",
}
"""Symptom -> the words that say it; the words of one description may say several."""

HINTS: dict[str, tuple[str, float]] = {
    "overfitting": (r"over-?fit\w*", 10.0),
    "relus-dead": (r"dead (?:relus?|units|neurons)", 20.0),
    "output-constant": (
        rf"same (?:class|output|prediction|answer) {_FEW}(?:every|each|all)|always predicts",
        20.0,
    ),
    "resume-incomplete": (r"\bresum\w+|from (?:a |the )?checkpoint", 30.0),
    "data-not-shuffled": (r"not shuffled|without shuffl\w+|unshuffled|sorted by", 20.0),
    "softmax-twice": (rf"softmax {_FEW}cross.?entropy", 20.0),
    "class-imbalance": (r"imbalanc\w+|rare class", 20.0),
    "inputs-not-normalised": (r"(?:n.t|not|un-?) ?normali[sz]ed|raw pixels", 20.0),
    "eval-mode-while-training": (rf"eval\(\) {_FEW}train\w*", 10.0),
    "label-noise": (r"noisy labels?|label noise", 20.0),
    "mode-collapse": (r"mode collapse", 10.0),
    "policy-collapse": (rf"{_REWARD} {_FEW}(?:collaps|drop|fell|crash)\w*", 4.0),
}
"""Cause -> words that name it, or what goes with it; how many times likelier they are with it."""

SUCH_AS = "'loss is NaN after 300 steps, lr 0.1' or 'validation loss rises'"
