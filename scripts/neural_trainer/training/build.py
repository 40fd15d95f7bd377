"""The case that a config names: the user's own, or one of the built-in examples."""

from __future__ import annotations

from collections.abc import Callable

from neural_trainer.layers.case import Case, load_case
from neural_trainer.training.config import CharGPTConfig, ImageClassifierConfig, TrainConfig
from neural_trainer.training.val_split import with_validation


def build_case(config: TrainConfig, say: Callable[[str], None]) -> Case:
    """Return model, loss and data, with held-out data where there can be some.

    Raises ConfigError, MissingPackage; what user code raises passes through.
    """
    return with_validation(_case(config), config.val_split, say)


def _case(config: TrainConfig) -> Case:
    if config.case is not None:
        return load_case(config.case)
    if isinstance(config.model, CharGPTConfig):
        from neural_trainer.training.char_gpt import make_case as char_gpt

        return char_gpt(config.model, config.training)
    if isinstance(config.model, ImageClassifierConfig):
        from neural_trainer.training.image_classifier import make_case as image_classifier

        return image_classifier(config.model, config.training)
    from neural_trainer.training.lora import make_case as lora

    return lora(config.model, config.training)
