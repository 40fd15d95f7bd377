"""Fine-tune a transformer on IMDB reviews.

    python finetune_imdb.py --model_name distilbert-base-uncased --output_dir runs/imdb
"""
from dataclasses import dataclass, field

import numpy as np
from datasets import load_dataset
from sklearn.metrics import accuracy_score, f1_score
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    HfArgumentParser,
    Trainer,
    TrainingArguments,
    set_seed,
)


@dataclass
class ScriptArguments:
    model_name: str = field(default="distilbert-base-uncased")
    output_dir: str = field(default="runs/imdb")
    max_length: int = field(default=384)
    learning_rate: float = field(default=2e-5)
    batch_size: int = field(default=16)
    epochs: float = field(default=4)
    patience: int = field(default=3)
    seed: int = field(default=42)


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    preds = np.argmax(logits, axis=-1)
    return {"accuracy": accuracy_score(labels, preds), "f1": f1_score(labels, preds)}


def encode_splits(tokenizer, max_length):
    raw = load_dataset("imdb")
    raw.pop("unsupervised")

    def tok(batch):
        return tokenizer(batch["text"], truncation=True, max_length=max_length)

    return raw.map(tok, batched=True, remove_columns=["text"])


def build_trainer(args, encoded, tokenizer):
    model = AutoModelForSequenceClassification.from_pretrained(
        args.model_name,
        num_labels=2,
        id2label={0: "NEGATIVE", 1: "POSITIVE"},
        label2id={"NEGATIVE": 0, "POSITIVE": 1},
    )
    training_args = TrainingArguments(
        output_dir=args.output_dir,
        learning_rate=args.learning_rate,
        per_device_train_batch_size=args.batch_size,
        per_device_eval_batch_size=2 * args.batch_size,
        num_train_epochs=args.epochs,
        weight_decay=0.01,
        warmup_ratio=0.06,
        eval_strategy="steps",
        eval_steps=500,
        save_strategy="steps",
        save_steps=500,
        save_total_limit=2,
        logging_steps=100,
        load_best_model_at_end=True,
        metric_for_best_model="accuracy",
        greater_is_better=True,
        seed=args.seed,
        report_to="none",
    )
    return Trainer(
        model=model,
        args=training_args,
        train_dataset=encoded["train"],
        eval_dataset=encoded["test"],  # PLANTED
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=compute_metrics,
        callbacks=[EarlyStoppingCallback(early_stopping_patience=args.patience)],
    )


def main():
    args = HfArgumentParser(ScriptArguments).parse_args_into_dataclasses()[0]
    set_seed(args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.model_name)
    encoded = encode_splits(tokenizer, args.max_length)
    trainer = build_trainer(args, encoded, tokenizer)

    result = trainer.train()
    trainer.log_metrics("train", result.metrics)
    metrics = trainer.evaluate(encoded["test"], metric_key_prefix="test")
    trainer.log_metrics("test", metrics)
    trainer.save_metrics("test", metrics)
    trainer.save_model()
    tokenizer.save_pretrained(args.output_dir)


if __name__ == "__main__":
    main()
