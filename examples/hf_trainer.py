"""A Hugging Face Trainer under watch: a small GPT-2 that learns to add, made on the spot.

Run it with `python examples/hf_trainer.py` where neural-trainer, transformers and accelerate are
installed. Nothing is downloaded. The run folder is runs/hf-trainer: a line for each optimizer step,
whatever logging_steps is; `neural-trainer diagnose runs/hf-trainer` says how the run went.
"""

from __future__ import annotations

import sys

import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments, set_seed

from neural_trainer.live.hf_callback import NeuralTrainerCallback

MODULUS = 10
ADD, EQUALS = MODULUS, MODULUS + 1


class Sums(Dataset[dict[str, Tensor]]):
    """a + b = c modulo 10, as five tokens of which c alone is learned."""

    def __init__(self, count: int, seed: int) -> None:
        """Draw `count` pairs."""
        generator = torch.Generator().manual_seed(seed)
        self._pairs = torch.randint(MODULUS, (count, 2), generator=generator)

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        a, b = self._pairs[index].tolist()
        tokens = torch.tensor([a, ADD, b, EQUALS, (a + b) % MODULUS])
        labels = torch.full_like(tokens, -100)
        labels[-1] = tokens[-1]
        return {"input_ids": tokens, "labels": labels}


def main(folder: str = "runs/hf-trainer") -> None:
    """Train and leave a run folder."""
    torch.set_num_threads(1)  # a model this small only waits for more
    set_seed(0)
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=MODULUS + 2, n_positions=8, n_embd=48, n_layer=2, n_head=4,
            resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=None, eos_token_id=None,
        )
    )  # fmt: skip
    arguments = TrainingArguments(
        output_dir=f"{folder}/hf", max_steps=240, per_device_train_batch_size=32,
        gradient_accumulation_steps=2, learning_rate=3e-3, warmup_steps=20, eval_strategy="steps",
        eval_steps=40, save_strategy="no", report_to=[], disable_tqdm=True, use_cpu=True,
    )  # fmt: skip
    trainer = Trainer(
        model=model, args=arguments, train_dataset=Sums(20_000, 1), eval_dataset=Sums(256, 2),
        callbacks=[NeuralTrainerCallback(folder)],
    )  # fmt: skip
    trainer.train()


if __name__ == "__main__":
    main(*sys.argv[1:2])
