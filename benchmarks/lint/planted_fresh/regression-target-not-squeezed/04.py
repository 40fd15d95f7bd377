"""Score the readability of essays with DeBERTa and a Trainer that has its own loss."""

import torch
from datasets import load_dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    set_seed,
)

NAME = "microsoft/deberta-v3-small"


class RegressionTrainer(Trainer):
    def __init__(self, *args, delta: float = 0.5, **kwargs):
        super().__init__(*args, **kwargs)
        self.criterion = torch.nn.HuberLoss(delta=delta)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        target = inputs.pop("labels")
        out = model(**inputs)
        loss = self.criterion(out.logits, target.float())  # PLANTED
        return (loss, out) if return_outputs else loss


def main():
    set_seed(33)
    tok = AutoTokenizer.from_pretrained(NAME)
    essays = load_dataset("csv", data_files={"train": "essays_train.csv", "val": "essays_val.csv"})
    essays = essays.map(lambda r: tok(r["text"], truncation=True, max_length=512), batched=True)
    essays = essays.rename_column("score", "labels").remove_columns("text")

    args = TrainingArguments(
        output_dir="readability",
        seed=33,
        learning_rate=2e-5,
        warmup_ratio=0.1,
        num_train_epochs=4,
        per_device_train_batch_size=16,
        eval_strategy="epoch",
        logging_steps=25,
        report_to="none",
    )
    trainer = RegressionTrainer(
        model=AutoModelForSequenceClassification.from_pretrained(NAME, num_labels=1),
        args=args,
        train_dataset=essays["train"],
        eval_dataset=essays["val"],
        data_collator=DataCollatorWithPadding(tok),
    )
    trainer.train()


if __name__ == "__main__":
    main()
