"""Two-tower product retrieval, trained with in-batch negatives."""
import json
import logging
from dataclasses import dataclass
from typing import Literal, Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader, Dataset
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

logger = logging.getLogger("two_tower")
PRECISION = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass
class TrainConfig:
    encoder: str = "distilbert-base-uncased"
    train_file: str = "pairs.train.jsonl"
    dev_file: str = "pairs.dev.jsonl"
    max_len: int = 64
    batch_size: int = 128
    epochs: int = 3
    lr: float = 2e-5
    warmup: float = 0.1
    temperature: float = 0.05
    max_grad_norm: float = 1.0
    precision: Literal["fp32", "fp16", "bf16"] = "fp16"
    seed: int = 12


class Pairs(Dataset):
    def __init__(self, path: str):
        with open(path) as f:
            self.rows = [json.loads(line) for line in f]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int):
        return self.rows[i]["query"], self.rows[i]["product"]


class TwoTower(nn.Module):
    def __init__(self, name: str):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(name)

    def forward(self, enc) -> Tensor:
        hidden = self.encoder(**enc).last_hidden_state
        mask = enc["attention_mask"].unsqueeze(-1)
        return F.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


class Trainer:
    def __init__(self, cfg: TrainConfig):
        self.cfg = cfg
        self.tok = AutoTokenizer.from_pretrained(cfg.encoder)
        self.model = TwoTower(cfg.encoder).cuda()
        self.train_dl = DataLoader(Pairs(cfg.train_file), cfg.batch_size, shuffle=True, drop_last=True)
        self.dev_dl = DataLoader(Pairs(cfg.dev_file), cfg.batch_size)
        named = list(self.model.named_parameters())
        plain = ("bias", "LayerNorm.weight", "layer_norm.weight")
        self.opt = optim.AdamW([
            {"params": [p for n, p in named if not n.endswith(plain)], "weight_decay": 0.01},
            {"params": [p for n, p in named if n.endswith(plain)], "weight_decay": 0.0}], lr=cfg.lr)
        steps = cfg.epochs * len(self.train_dl)
        self.sched = get_linear_schedule_with_warmup(self.opt, int(cfg.warmup * steps), steps)
        self.scaler: Optional[torch.amp.GradScaler] = None
        if cfg.precision == "float16":
            self.scaler = torch.amp.GradScaler("cuda")

    def autocast(self):
        dtype = PRECISION[self.cfg.precision]
        return torch.autocast("cuda", dtype=dtype, enabled=dtype is not torch.float32)

    def encode(self, texts) -> Tensor:
        enc = self.tok(list(texts), padding=True, truncation=True, max_length=self.cfg.max_len, return_tensors="pt")
        return self.model(enc.to("cuda"))

    def optimize(self, loss: Tensor) -> None:
        self.opt.zero_grad()
        if self.scaler is not None:
            self.scaler.scale(loss).backward()
            self.scaler.unscale_(self.opt)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.cfg.max_grad_norm)
            self.scaler.step(self.opt)
            self.scaler.update()
        else:
            loss.backward()  # PLANTED
            nn.utils.clip_grad_norm_(self.model.parameters(), self.cfg.max_grad_norm)
            self.opt.step()
        self.sched.step()

    def fit(self) -> None:
        for epoch in range(self.cfg.epochs):
            self.model.train()
            for step, (queries, products) in enumerate(self.train_dl):
                with self.autocast():
                    sim = self.encode(queries) @ self.encode(products).T / self.cfg.temperature
                    loss = F.cross_entropy(sim.float(), torch.arange(len(sim), device="cuda"))
                self.optimize(loss)
                if step % 50 == 0:
                    logger.info("epoch %d step %d loss %.4f", epoch, step, loss.item())
            logger.info("epoch %d recall@1 %.4f", epoch, self.recall())

    @torch.no_grad()
    def recall(self) -> float:
        self.model.eval()
        with self.autocast():
            both = [(self.encode(q).float(), self.encode(p).float()) for q, p in self.dev_dl]
        q, p = (torch.cat(t) for t in zip(*both))
        return ((q @ p.T).argmax(1) == torch.arange(len(q), device="cuda")).float().mean().item()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    config = TrainConfig()
    torch.manual_seed(config.seed)
    trainer = Trainer(config)
    trainer.fit()
    torch.save(trainer.model.state_dict(), "two_tower.pt")
