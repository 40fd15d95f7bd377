"""Trainings of the Hugging Face Trainer under the callback, each beside its own account of itself.

Prints a JSON object by name of the training: `losses`, the mean loss of each optimizer step as the
training's own arithmetic has it, and what else the test asks of it.
"""

from __future__ import annotations

import json
import warnings

import torch
from torch.nn import functional
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from neural_trainer.live.hf_callback import NeuralTrainerCallback

VOCABULARY, LENGTH, NUM_ROWS = 16, 12, 64


class Rows(torch.utils.data.Dataset):
    """Sequences that count up from where they start, of different lengths by padding."""

    def __len__(self) -> int:
        return NUM_ROWS

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        row = (torch.arange(LENGTH) + index) % VOCABULARY
        labels = row.clone()
        labels[LENGTH - index % 5 :] = -100
        return {"input_ids": row, "labels": labels}


class Account(Trainer):
    """A Trainer that keeps what its own training_step returns, summed up by optimizer step."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)
        self.losses: list[float] = []
        self._sum = 0.0

    def training_step(self, *arguments: object, **named: object) -> torch.Tensor:
        loss = super().training_step(*arguments, **named)
        self._sum += float(loss)
        if self.accelerator.sync_gradients:
            self.losses.append(self._sum)
            self._sum = 0.0
        return loss


class OwnLoss(Account):
    """A Trainer with a loss that is not the model's."""

    def compute_loss(self, model, inputs, return_outputs=False, **more):
        outputs = model(input_ids=inputs["input_ids"])
        loss = 3 * functional.cross_entropy(outputs.logits[:, :-1].flatten(0, 1),
                                            inputs["labels"][:, 1:].flatten())  # fmt: skip
        return (loss, outputs) if return_outputs else loss


class OwnStep(Account):
    """A Trainer with a training step that is all its own."""

    def training_step(self, model, inputs, num_items_in_batch=None):
        model.train()
        loss = self.compute_loss(model, self._prepare_inputs(inputs))
        loss.backward()
        self.losses.append(float(loss.detach()))
        return loss.detach()


class Broken(Account):
    """A Trainer whose third loss is not a number."""

    def compute_loss(self, *arguments, **more):
        loss = super().compute_loss(*arguments, **more)
        return loss * float("nan") if self.state.global_step == 2 else loss


class Stop(TrainerCallback):
    """Ends a training at a step, as a lost machine would, but with a checkpoint."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_end(self, args, state, control, **more):
        control.should_training_stop = (
            control.should_training_stop or state.global_step >= self.step
        )


def trainer(kind: type[Account], callbacks: list[TrainerCallback], **more: object) -> Account:
    """Return a Trainer of a model of 10,000 parameters, made on the spot."""
    set_seed(0)
    config = GPT2Config(vocab_size=VOCABULARY, n_positions=LENGTH, n_embd=16, n_layer=1, n_head=2,
                        bos_token_id=0, eos_token_id=0)  # fmt: skip
    settings: dict[str, object] = {
        "output_dir": "out", "max_steps": 8, "per_device_train_batch_size": 4, "report_to": [],
        "learning_rate": 0.01, "use_cpu": True, "disable_tqdm": True, "save_strategy": "no",
        "logging_steps": 500,
    }  # fmt: skip
    arguments = TrainingArguments(**{**settings, **more})
    return kind(
        model=GPT2LMHeadModel(config), args=arguments, train_dataset=Rows(), eval_dataset=Rows(),
        callbacks=callbacks,
    )  # fmt: skip


def trained(folder: str, kind: type[Account] = Account, **more: object) -> dict[str, object]:
    """Train in `folder` and return the account."""
    callback = NeuralTrainerCallback(folder, judge=False)
    made = trainer(kind, [callback], **more)
    made.train()
    return {"losses": made.losses, "logged": made.state.log_history}


def resumed() -> dict[str, object]:
    """Train to step 6 with a checkpoint at 4, then from that to step 8, in the same folder."""
    saving = {"save_strategy": "steps", "save_steps": 4, "output_dir": "resumed-out"}
    first = trainer(Account, [NeuralTrainerCallback("resumed", judge=False), Stop(6)], **saving)
    first.train()
    second = trainer(Account, [NeuralTrainerCallback("resumed", judge=False)], **saving)
    second.train(resume_from_checkpoint="resumed-out/checkpoint-4")
    return {"losses": first.losses[:4] + second.losses}


def unnamed() -> dict[str, object]:
    """Train twice without a folder, then go on with the second."""
    for _ in range(2):
        made = trainer(Account, [NeuralTrainerCallback(judge=False)], output_dir="x/named",
                       max_steps=2, save_strategy="steps", save_steps=2)  # fmt: skip
        made.train()
    made = trainer(Account, [NeuralTrainerCallback(judge=False)], output_dir="x/named", max_steps=3)
    made.train(resume_from_checkpoint="x/named/checkpoint-2")
    return {"losses": made.losses}


def failing() -> dict[str, object]:
    """A training that fails, then another under the same callback."""
    before = Trainer.training_step

    class Fails(TrainerCallback):
        def on_step_end(self, args, state, control, **more):
            raise OSError("gone")

    callback = NeuralTrainerCallback(judge=False)
    try:
        trainer(Account, [callback, Fails()], output_dir="failing").train()
    except OSError:
        made = trainer(Account, [callback], output_dir="failing", max_steps=2)
        made.train()
    return {"losses": made.losses, "is_restored": Trainer.training_step is before}


def main() -> None:
    """Run all of them; warnings of the libraries are none of the test's."""
    warnings.simplefilter("ignore")
    account = {
        "plain": trained("plain", eval_strategy="steps", eval_steps=4),
        "accumulated": trained("accumulated", gradient_accumulation_steps=3),
        "clipped": trained("clipped", max_grad_norm=0.01, logging_steps=1),
        "smoothed": trained("smoothed", label_smoothing_factor=0.2),
        "own-loss": trained("own-loss", OwnLoss, gradient_accumulation_steps=2),
        "own-step": trained("own-step", OwnStep, logging_steps=1),
        "broken": trained("broken", Broken, logging_steps=1, max_steps=3),
        "resumed": resumed(),
        "unnamed": unnamed(),
        "failing": failing(),
    }
    print("ACCOUNT " + json.dumps(account))


if __name__ == "__main__":
    main()
