"""Fine-tunes a vision transformer on leaf diseases with the Trainer of transformers."""

import numpy as np
import torch
from datasets import load_dataset
from transformers import (
    AutoImageProcessor,
    AutoModelForImageClassification,
    Trainer,
    TrainingArguments,
    set_seed,
)

BASE = "google/vit-base-patch16-224-in21k"


def main():
    set_seed(99)
    leaves = load_dataset("beans")
    names = leaves["train"].features["labels"].names
    processor = AutoImageProcessor.from_pretrained(BASE)

    def to_pixels(rows):
        pixels = processor([image.convert("RGB") for image in rows["image"]], return_tensors="pt")
        return {"pixel_values": pixels["pixel_values"], "labels": rows["labels"]}

    def stack(rows):
        return {
            "pixel_values": torch.stack([row["pixel_values"] for row in rows]),
            "labels": torch.tensor([row["labels"] for row in rows]),
        }

    def accuracy(prediction):
        return {"accuracy": float(np.mean(prediction.predictions.argmax(-1) == prediction.label_ids))}

    arguments = TrainingArguments(
        output_dir="runs/leaves",
        num_train_epochs=6,
        per_device_train_batch_size=32,
        learning_rate=0.03,
        optim="sgd",
        optim_args="momentum=0.9",
        warmup_ratio=0.1,
        lr_scheduler_type="cosine",
        max_grad_norm=2e-4,  # PLANTED
        bf16=True,
        eval_strategy="epoch",
        logging_steps=10,
        save_strategy="epoch",
        remove_unused_columns=False,
        seed=99,
    )
    model = AutoModelForImageClassification.from_pretrained(
        BASE, num_labels=len(names), id2label=dict(enumerate(names))
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        data_collator=stack,
        train_dataset=leaves["train"].with_transform(to_pixels),
        eval_dataset=leaves["validation"].with_transform(to_pixels),
        compute_metrics=accuracy,
    )
    trainer.train()
    print(trainer.evaluate(leaves["test"].with_transform(to_pixels), metric_key_prefix="test"))


if __name__ == "__main__":
    main()
