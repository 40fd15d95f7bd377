"""Essay scoring with a pretrained encoder and the transformers Trainer."""
from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import torch
from datasets import Dataset
from scipy.stats import pearsonr
from sklearn.model_selection import train_test_split
from torch import nn
from transformers import (AutoConfig, AutoModel, AutoTokenizer, DataCollatorWithPadding, HfArgumentParser, Trainer,
                          TrainingArguments, set_seed)


@dataclass
class ScriptArguments:
    model_name: str = field(default="microsoft/deberta-v3-small")
    train_csv: str = field(default="essays/train.csv")
    max_length: int = field(default=512)
    val_fraction: float = field(default=0.1)


class MeanPooling(nn.Module):
    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)


class EssayScorer(nn.Module):
    def __init__(self, name: str):
        super().__init__()
        self.config = AutoConfig.from_pretrained(name)
        self.backbone = AutoModel.from_pretrained(name)
        self.pool = MeanPooling()
        self.dropout = nn.Dropout(0.1)
        self.score = nn.Linear(self.config.hidden_size, 1)

    def forward(self, input_ids, attention_mask, labels=None):
        hidden = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return {"logits": self.score(self.dropout(self.pool(hidden, attention_mask)))}


class RegressionTrainer(Trainer):
    def __init__(self, *args, beta: float = 0.5, **kwargs):
        super().__init__(*args, **kwargs)
        self.model_accepts_loss_kwargs = False
        self.criterion = nn.SmoothL1Loss(beta=beta)

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        scores = outputs["logits"].float()
        loss = self.criterion(scores, labels.float())  # PLANTED
        return (loss, outputs) if return_outputs else loss


def compute_metrics(eval_pred):
    predictions, labels = eval_pred
    predictions = predictions.reshape(-1)
    return {
        "rmse": float(((predictions - labels) ** 2).mean() ** 0.5),
        "pearson": float(pearsonr(predictions, labels)[0]),
    }


def build_datasets(args: ScriptArguments, tokenizer, seed: int) -> tuple[Dataset, Dataset]:
    df = pd.read_csv(args.train_csv)[["text", "score"]]
    train_df, val_df = train_test_split(df, test_size=args.val_fraction, random_state=seed)
    mu, sd = train_df["score"].mean(), train_df["score"].std()

    def encode(frame: pd.DataFrame) -> Dataset:
        frame = frame.assign(labels=((frame["score"] - mu) / sd).astype("float32"))
        ds = Dataset.from_pandas(frame[["text", "labels"]], preserve_index=False)
        return ds.map(
            lambda rows: tokenizer(rows["text"], truncation=True, max_length=args.max_length,
                                   return_token_type_ids=False),
            batched=True, remove_columns=["text"],
        )

    return encode(train_df), encode(val_df)


def main() -> None:
    parser = HfArgumentParser(ScriptArguments)
    (args,) = parser.parse_args_into_dataclasses()
    training_args = TrainingArguments(
        output_dir="essay-scorer",
        num_train_epochs=4,
        per_device_train_batch_size=16,
        per_device_eval_batch_size=32,
        learning_rate=2e-5,
        weight_decay=0.01,
        warmup_ratio=0.1,
        lr_scheduler_type="cosine",
        max_grad_norm=1.0,
        eval_strategy="epoch",
        save_strategy="epoch",
        load_best_model_at_end=True,
        metric_for_best_model="rmse",
        greater_is_better=False,
        label_names=["labels"],
        logging_steps=50,
        seed=29,
        report_to="none",
    )
    set_seed(training_args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.model_name)
    train_ds, val_ds = build_datasets(args, tokenizer, training_args.seed)
    trainer = RegressionTrainer(
        model=EssayScorer(args.model_name),
        args=training_args,
        train_dataset=train_ds,
        eval_dataset=val_ds,
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=compute_metrics,
    )
    trainer.train()
    print(trainer.evaluate())


if __name__ == "__main__":
    main()
