"""The built-in fine-tuning example: LoRA on a local causal language model, nothing downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural_trainer.errors import ConfigError, MissingPackage
from neural_trainer.layers.case import Case

if TYPE_CHECKING:
    from torch import Tensor

    from neural_trainer.training.config import LoraConfig, TrainingConfig

HELD_OUT = 0.1  # of the text: its end


def make_case(sizes: LoraConfig, training: TrainingConfig) -> Case:
    """Return the model of the folder `path` with adapters on all linear layers, and the text.

    All linear layers, since attention alone falls behind (Schulman et al. 2025, LoRA Without
    Regret). Raises ConfigError where a path is missing, MissingPackage.
    """
    try:
        from peft import LoraConfig as Adapters
        from peft import get_peft_model
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise MissingPackage(error.name or "peft", "model.name lora", "hf") from error
    import torch

    from neural_trainer.training.char_gpt import NUM_EVAL_BATCHES, RandomWindows

    for key, path in (("path", sizes.path), ("text", sizes.text)):
        if not path:
            raise ConfigError(f"model.name lora needs model.{key}")
        if not Path(path).exists():
            raise ConfigError(f"missing data: model.{key}: {path} does not exist")
    tokenizer = AutoTokenizer.from_pretrained(sizes.path, local_files_only=True)
    base = AutoModelForCausalLM.from_pretrained(sizes.path, local_files_only=True)
    adapters = Adapters(
        task_type="CAUSAL_LM",
        r=sizes.rank,
        lora_alpha=sizes.alpha,
        lora_dropout=sizes.dropout,
        target_modules="all-linear",
    )
    text = Path(sizes.text).read_text(encoding="utf-8")
    tokens = torch.tensor(tokenizer(text, add_special_tokens=False)["input_ids"])
    cut = len(tokens) - int(HELD_OUT * len(tokens))
    train, held_out = tokens[:cut], tokens[cut:]
    if len(held_out) <= sizes.context:
        raise ConfigError(
            f"{sizes.text} has {len(tokens)} tokens; expected more than "
            f"{int(sizes.context / HELD_OUT)}, to hold out a window of model.context"
        )
    windows = {"context": sizes.context, "batch_size": training.batch_size}
    per_pass = max(1, len(train) // (sizes.context * training.batch_size))
    evaluation = RandomWindows(held_out, **windows, count=NUM_EVAL_BATCHES, seed=0)
    return Case(
        model=get_peft_model(base, adapters),
        loss_fn=next_token_loss,
        train_batches=RandomWindows(train, **windows, count=per_pass, seed=training.seed),
        eval_batches=list(evaluation),
        config={"train_tokens": len(train), "held_out_tokens": len(held_out)},
    )


def next_token_loss(model: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Return the mean cross-entropy of the next token, in nats."""
    from torch.nn import functional

    inputs, labels = batch
    logits = model(input_ids=inputs, use_cache=False).logits
    return functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
