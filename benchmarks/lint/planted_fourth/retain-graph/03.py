"""Multi-head tagger for product reviews: star rating and topic from one encoder."""
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup


@dataclass
class Args:
    backbone: str = "distilbert-base-uncased"
    corpus: str = "data/reviews"
    n_topics: int = 12
    n_stars: int = 5
    topic_weight: float = 0.5
    lr: float = 3e-5
    epochs: int = 3
    batch_size: int = 32
    seed: int = 11


class TwoHeads(nn.Module):
    def __init__(self, args: Args):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(args.backbone)
        width = self.encoder.config.hidden_size
        self.drop = nn.Dropout(0.1)
        self.stars = nn.Linear(width, args.n_stars)
        self.topic = nn.Linear(width, args.n_topics)

    def forward(self, input_ids, attention_mask):
        h = self.drop(self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state[:, 0])
        return self.stars(h), self.topic(h)


def collate(tokenizer, rows):
    enc = tokenizer([r["text"] for r in rows], padding=True, truncation=True, max_length=256, return_tensors="pt")
    stars = torch.tensor([r["stars"] for r in rows])
    topic = torch.tensor([r["topic"] for r in rows])
    return enc["input_ids"], enc["attention_mask"], stars, topic


def param_groups(model, decay=0.01):
    no_decay = [p for n, p in model.named_parameters() if n.endswith("bias") or "norm" in n.lower()]
    rest = [p for n, p in model.named_parameters() if not (n.endswith("bias") or "norm" in n.lower())]
    return [{"params": rest, "weight_decay": decay}, {"params": no_decay, "weight_decay": 0.0}]


def evaluate(model, loader, accelerator):
    model.eval()
    pred, gold = [], []
    for ids, mask, stars, _ in loader:
        with torch.no_grad():
            logits, _ = model(ids, mask)
        p, g = accelerator.gather_for_metrics((logits.argmax(-1), stars))
        pred.append(p)
        gold.append(g)
    return (torch.cat(pred) == torch.cat(gold)).float().mean().item()


def main(args: Args):
    accelerator = Accelerator()
    set_seed(args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.backbone)
    data = load_dataset("json", data_files={s: f"{args.corpus}/{s}.jsonl" for s in ("train", "dev")})
    fn = partial(collate, tokenizer)
    train_dl = DataLoader(data["train"], args.batch_size, shuffle=True, collate_fn=fn)
    dev_dl = DataLoader(data["dev"], args.batch_size, collate_fn=fn)

    model = TwoHeads(args).to(accelerator.device)
    optimizer = torch.optim.AdamW(param_groups(model), lr=args.lr)
    model, optimizer, train_dl, dev_dl = accelerator.prepare(model, optimizer, train_dl, dev_dl)
    total = len(train_dl) * args.epochs
    scheduler = get_linear_schedule_with_warmup(optimizer, int(0.06 * total), total)

    step = 0
    for epoch in range(args.epochs):
        model.train()
        for ids, mask, stars, topic in train_dl:
            star_logits, topic_logits = model(ids, mask)
            star_loss = F.cross_entropy(star_logits, stars)
            topic_loss = F.cross_entropy(topic_logits, topic)
            objective = star_loss + args.topic_weight * topic_loss
            optimizer.zero_grad()
            accelerator.backward(objective, retain_graph=True)  # PLANTED
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            if step % 100 == 0:
                accelerator.print(f"{step}/{total} stars {star_loss.item():.4f} topic {topic_loss.item():.4f}")
            step += 1
        acc = evaluate(model, dev_dl, accelerator)
        accelerator.print(f"epoch {epoch} dev accuracy {acc:.4f}")
    accelerator.wait_for_everyone()
    accelerator.save(accelerator.unwrap_model(model).state_dict(), "two_heads.pt")


if __name__ == "__main__":
    main(Args())
