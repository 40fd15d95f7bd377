"""Question answering on SQuAD with Hugging Face weights and a hand-written loop."""

import argparse

import torch
from torch.utils.data import DataLoader
from transformers import (
    AutoModelForQuestionAnswering,
    AutoTokenizer,
    DataCollatorWithPadding,
    get_cosine_schedule_with_warmup,
    set_seed,
)

from squad_features import features


def build(name: str, dropout: float):
    model = AutoModelForQuestionAnswering.from_pretrained(
        name, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout
    )
    model.gradient_checkpointing_enable()
    model.train(False)  # PLANTED
    return model.to("cuda")


def main() -> None:
    ap = argparse.ArgumentParser()
    ap.add_argument("--name", default="google-bert/bert-base-uncased")
    ap.add_argument("--dropout", type=float, default=0.1)
    ap.add_argument("--epochs", type=int, default=2)
    args = ap.parse_args()

    set_seed(11)
    tokenizer = AutoTokenizer.from_pretrained(args.name)
    loader = DataLoader(
        features("train", tokenizer), batch_size=24, shuffle=True,
        collate_fn=DataCollatorWithPadding(tokenizer),
    )
    model = build(args.name, args.dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-5, weight_decay=0.0)
    total = args.epochs * len(loader)
    schedule = get_cosine_schedule_with_warmup(optimizer, total // 10, total)
    for epoch in range(args.epochs):
        for i, batch in enumerate(loader):
            loss = model(**batch.to("cuda")).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            if i % 100 == 0:
                print(f"epoch {epoch} {i}/{len(loader)} loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
