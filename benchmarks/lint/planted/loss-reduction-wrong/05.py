"""Multi-label abstracts with a Hugging Face Trainer of its own loss."""
from __future__ import annotations

import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments, set_seed

from abstracts import collate, train_set, N_LABELS


class MultiLabelTrainer(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        loss = binary_cross_entropy_with_logits(outputs.logits, labels.to(torch.float32), reduction="sum")  # PLANTED
        return (loss, outputs) if return_outputs else loss


def main() -> None:
    set_seed(4)
    model = AutoModelForSequenceClassification.from_pretrained("allenai/scibert_scivocab_uncased", num_labels=N_LABELS)
    args = TrainingArguments("out", learning_rate=2e-5, num_train_epochs=4, warmup_ratio=0.1, logging_steps=50, seed=4)
    MultiLabelTrainer(model=model, args=args, train_dataset=train_set, data_collator=collate).train()


if __name__ == "__main__":
    main()
