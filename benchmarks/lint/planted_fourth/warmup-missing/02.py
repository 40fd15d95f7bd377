"""Speech command classification with wav2vec2 and the HF Trainer; settings come from one nested dict."""
import json
import sys
from functools import partial

import numpy as np
from datasets import Audio, load_dataset
from transformers import (
    AutoFeatureExtractor,
    AutoModelForAudioClassification,
    Trainer,
    TrainingArguments,
    set_seed,
)

DEFAULTS = {
    "seed": 0,
    "checkpoint": "facebook/wav2vec2-base",
    "max_seconds": 1.0,
    "dataset": {"path": "superb", "name": "ks"},
    "trainer": {
        "output_dir": "wav2vec2-ks",
        "num_train_epochs": 5,
        "per_device_train_batch_size": 32,
        "per_device_eval_batch_size": 64,
        "gradient_accumulation_steps": 4,
        "learning_rate": 3e-5,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 0,  # PLANTED
        "weight_decay": 0.01,
        "max_grad_norm": 1.0,
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "save_total_limit": 2,
        "load_best_model_at_end": True,
        "metric_for_best_model": "accuracy",
        "logging_steps": 25,
        "remove_unused_columns": False,
        "report_to": "none",
    },
}


def merge(base, override):
    out = dict(base)
    for key, value in override.items():
        out[key] = merge(base[key], value) if isinstance(value, dict) else value
    return out


def preprocess(batch, extractor, max_seconds):
    arrays = [clip["array"] for clip in batch["audio"]]
    features = extractor(
        arrays,
        sampling_rate=extractor.sampling_rate,
        max_length=int(extractor.sampling_rate * max_seconds),
        padding="max_length",
        truncation=True,
    )
    return {"input_values": features["input_values"], "label": batch["label"]}


def accuracy(prediction):
    guess = np.argmax(prediction.predictions, axis=1)
    return {"accuracy": float((guess == prediction.label_ids).mean())}


def prepare_splits(cfg, extractor):
    splits = load_dataset(cfg["dataset"]["path"], cfg["dataset"]["name"])
    splits = splits.cast_column("audio", Audio(sampling_rate=extractor.sampling_rate))
    names = splits["train"].features["label"].names
    columns = splits["train"].column_names
    fn = partial(preprocess, extractor=extractor, max_seconds=cfg["max_seconds"])
    encoded = splits.map(fn, batched=True, remove_columns=[c for c in columns if c != "label"])
    return encoded, names


def main(argv):
    cfg = DEFAULTS
    if argv:
        with open(argv[0]) as fh:
            cfg = merge(cfg, json.load(fh))
    set_seed(cfg["seed"])

    extractor = AutoFeatureExtractor.from_pretrained(cfg["checkpoint"])
    encoded, names = prepare_splits(cfg, extractor)
    model = AutoModelForAudioClassification.from_pretrained(
        cfg["checkpoint"],
        num_labels=len(names),
        label2id={n: i for i, n in enumerate(names)},
        id2label=dict(enumerate(names)),
    )
    model.freeze_feature_encoder()

    trainer = Trainer(
        model=model,
        args=TrainingArguments(seed=cfg["seed"], **cfg["trainer"]),
        train_dataset=encoded["train"],
        eval_dataset=encoded["validation"],
        compute_metrics=accuracy,
    )
    trainer.train()
    print("validation:", trainer.evaluate())
    print("test:", trainer.evaluate(encoded["test"], metric_key_prefix="test"))
    trainer.save_model()
    extractor.save_pretrained(cfg["trainer"]["output_dir"])


if __name__ == "__main__":
    main(sys.argv[1:])
