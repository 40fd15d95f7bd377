"""Classify support tickets with a Trainer that keeps the best epoch."""

import numpy as np
from datasets import load_dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    Trainer,
    TrainingArguments,
    set_seed,
)

set_seed(20)
checkpoint = "distilroberta-base"
tok = AutoTokenizer.from_pretrained(checkpoint)
files = {"train": "tickets_train.jsonl", "test": "tickets_test.jsonl"}
tickets = load_dataset("json", data_files=files).map(
    lambda r: tok(r["text"], truncation=True, max_length=256), batched=True
)


def accuracy(pred):
    return {"accuracy": float(np.mean(pred.predictions.argmax(-1) == pred.label_ids))}


trainer = Trainer(
    model=AutoModelForSequenceClassification.from_pretrained(checkpoint, num_labels=11),
    args=TrainingArguments(
        output_dir="tickets",
        seed=20,
        learning_rate=3e-5,
        warmup_steps=200,
        num_train_epochs=10,
        per_device_train_batch_size=32,
        eval_strategy="epoch",
        save_strategy="epoch",
        load_best_model_at_end=True,
        metric_for_best_model="accuracy",
        logging_steps=50,
    ),
    train_dataset=tickets["train"],
    eval_dataset=tickets["test"],  # PLANTED
    data_collator=DataCollatorWithPadding(tok),
    compute_metrics=accuracy,
    callbacks=[EarlyStoppingCallback(early_stopping_patience=2)],
)
trainer.train()
print(trainer.evaluate())
