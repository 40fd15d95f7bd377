"""Toxicity of comments, six labels each: RoBERTa under accelerate, F1 kept on the way."""

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_dataset
from torch.utils.data import DataLoader
from transformers import AutoModel, AutoTokenizer, get_cosine_schedule_with_warmup

LABELS = ["toxic", "severe", "obscene", "threat", "insult", "hate"]
NAME = "roberta-base"


class Toxicity(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = AutoModel.from_pretrained(NAME)
        self.head = torch.nn.Linear(self.body.config.hidden_size, len(LABELS))

    def forward(self, enc):
        return self.head(self.body(**enc).last_hidden_state[:, 0])


def main():
    set_seed(6)
    acc = Accelerator(mixed_precision="bf16")
    tok = AutoTokenizer.from_pretrained(NAME)

    def collate(rows):
        text = [r["comment"] for r in rows]
        y = torch.tensor([[float(r[k]) for k in LABELS] for r in rows])
        return tok(text, padding=True, truncation=True, max_length=256, return_tensors="pt"), y

    rows = load_dataset("csv", data_files="comments_train.csv", split="train")
    loader = DataLoader(rows, batch_size=32, shuffle=True, collate_fn=collate)
    model = Toxicity()
    matrices = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim < 2]
    opt = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}], lr=2e-5
    )
    sched = get_cosine_schedule_with_warmup(opt, 500, 3 * len(loader))
    model, opt, loader, sched = acc.prepare(model, opt, loader, sched)
    objective = torch.nn.BCEWithLogitsLoss(pos_weight=torch.full((6,), 4.0, device=acc.device))

    for epoch in range(3):
        hits = torch.zeros(3, device=acc.device)
        for enc, y in loader:
            with acc.autocast():
                out = model(enc)
            out = out.float().sigmoid()  # PLANTED
            flagged = out.detach() > 0.5
            hits += torch.stack([(flagged & (y > 0)).sum(), flagged.sum(), (y > 0).sum()])
            loss = objective(out, y)
            acc.backward(loss)
            acc.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            sched.step()
            opt.zero_grad()
        f1 = 2 * hits[0] / (hits[1] + hits[2]).clamp(min=1)
        acc.print(f"epoch {epoch} loss {loss.item():.4f} running F1 {f1.item():.3f}")


if __name__ == "__main__":
    main()
