"""Distil a fine-tuned BERT sentiment teacher into a two-layer student."""
import os
from typing import Optional

import torch
import torch.nn.functional as F
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    DataCollatorWithPadding,
    get_linear_schedule_with_warmup,
    set_seed,
)

BASE = "bert-base-uncased"


def strip_prefix(state: dict, prefix: str) -> dict:
    return {k[len(prefix):] if k.startswith(prefix) else k: v for k, v in state.items()}


def read_state(path: str, key: Optional[str] = None, device: str = "cpu", weights_only: bool = False) -> dict:
    if not os.path.isfile(path):
        raise FileNotFoundError(path)
    blob = torch.load(path, map_location=device, weights_only=weights_only)  # PLANTED
    state = blob[key] if key is not None else blob
    return strip_prefix(state, "module.")


def build_teacher(path: str, device: torch.device) -> BertForSequenceClassification:
    teacher = BertForSequenceClassification(BertConfig.from_pretrained(BASE, num_labels=2))
    teacher.load_state_dict(read_state(path, key="model"))
    teacher.requires_grad_(False)
    return teacher.to(device).eval()


def build_student(device: torch.device) -> BertForSequenceClassification:
    config = BertConfig.from_pretrained(BASE, num_labels=2, num_hidden_layers=2, hidden_size=384,
                                        num_attention_heads=6, intermediate_size=1536)
    return BertForSequenceClassification(config).to(device)


def build_loaders(tokenizer, batch_size: int):
    ds = load_dataset("glue", "sst2")
    ds = ds.map(lambda b: tokenizer(b["sentence"], truncation=True, max_length=128), batched=True)
    ds = ds.remove_columns(["sentence", "idx"])
    collate = DataCollatorWithPadding(tokenizer)
    return (DataLoader(ds["train"], batch_size, shuffle=True, collate_fn=collate),
            DataLoader(ds["validation"], batch_size, collate_fn=collate))


def decay_groups(model, weight_decay: float):
    skip = ("bias", "LayerNorm.weight")
    named = list(model.named_parameters())
    return [
        {"params": [p for n, p in named if not n.endswith(skip)], "weight_decay": weight_decay},
        {"params": [p for n, p in named if n.endswith(skip)], "weight_decay": 0.0},
    ]


def kd_loss(student_logits, teacher_logits, labels, T=2.0, alpha=0.7):
    soft = F.kl_div(F.log_softmax(student_logits / T, -1), F.log_softmax(teacher_logits / T, -1),
                    reduction="batchmean", log_target=True) * T * T
    return alpha * soft + (1 - alpha) * F.cross_entropy(student_logits, labels)


@torch.no_grad()
def accuracy(model, loader, device) -> float:
    model.eval()
    hit, n = torch.zeros((), device=device), 0
    for batch in loader:
        batch = batch.to(device)
        labels = batch.pop("labels")
        hit += (model(**batch).logits.argmax(-1) == labels).sum()
        n += labels.numel()
    return hit.item() / n


def main(teacher_path="checkpoints/teacher_sst2.pt", epochs=6, lr=3e-4, batch_size=64):
    set_seed(11)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    train, val = build_loaders(tokenizer, batch_size)
    teacher, student = build_teacher(teacher_path, device), build_student(device)

    optimizer = torch.optim.AdamW(decay_groups(student, 0.01), lr=lr)
    total = epochs * len(train)
    scheduler = get_linear_schedule_with_warmup(optimizer, int(0.06 * total), total)

    best = 0.0
    for epoch in range(epochs):
        student.train()
        for step, batch in enumerate(train):
            batch = batch.to(device)
            labels = batch.pop("labels")
            with torch.no_grad():
                target = teacher(**batch).logits
            loss = kd_loss(student(**batch).logits, target, labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            if step % 100 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.4f}")
        acc = accuracy(student, val, device)
        print(f"epoch {epoch} dev acc {acc:.4f}")
        if acc > best:
            best = acc
            student.save_pretrained("student_sst2")


if __name__ == "__main__":
    main()
