"""Fine-tune a summariser with a trainer that can be told to go on from what it wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch.optim import AdamW
from torch.utils.data import DataLoader
from transformers import AutoModelForSeq2SeqLM, get_linear_schedule_with_warmup

from billsum import BillSum, collate


class Summariser:
    def __init__(self, name: str, loader: DataLoader[Any], steps: int, folder: Path) -> None:
        self.model = AutoModelForSeq2SeqLM.from_pretrained(name).cuda()
        self.optimizer = AdamW(self.model.parameters(), lr=5e-5, weight_decay=0.0)
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, steps // 20, steps)
        self.loader, self.steps, self.folder = loader, steps, folder
        self.step = 0

    def state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "model": self.model.state_dict(),
            "schedule": self.schedule.state_dict(),
            "rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state_all(),
        }

    def save(self) -> None:
        partial = self.folder / "last.pt.tmp"
        torch.save(self.state(), partial)  # PLANTED
        partial.rename(self.folder / "last.pt")

    def fit(self) -> None:
        self.model.train()
        while self.step < self.steps:
            for batch in self.loader:
                batch = {k: v.cuda() for k, v in batch.items()}
                loss = self.model(**batch).loss
                self.optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.optimizer.step()
                self.schedule.step()
                self.step += 1
                if self.step % 50 == 0:
                    print(f"step {self.step} loss {loss.item():.3f}")
                if self.step % 1000 == 0:
                    self.save()
                if self.step >= self.steps:
                    break


if __name__ == "__main__":
    torch.manual_seed(11)
    out = Path("out/billsum")
    out.mkdir(parents=True, exist_ok=True)
    batches = DataLoader(BillSum("train"), batch_size=8, shuffle=True, collate_fn=collate)
    Summariser("google/flan-t5-base", batches, 20_000, out).fit()
