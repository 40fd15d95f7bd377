"""A small engine with hooks, used for knowledge-graph embeddings (TransE)."""
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Hook:
    def before_epoch(self, engine): ...
    def after_backward(self, engine): ...
    def after_iter(self, engine): ...
    def after_epoch(self, engine): ...


class ClipHook(Hook):
    def __init__(self, max_norm):
        self.max_norm = max_norm

    def after_backward(self, engine):
        nn.utils.clip_grad_norm_(engine.model.parameters(), self.max_norm)


class LRHook(Hook):
    def __init__(self, total, warm=200):
        self.total, self.warm = total, warm
        self.scheduler = None

    def before_epoch(self, engine):
        if self.scheduler is None:
            ramp = lambda it: min(1.0, (it + 1) / self.warm) * max(0.0, 1 - it / self.total)
            self.scheduler = torch.optim.lr_scheduler.LambdaLR(engine.optimizer, ramp)

    def after_backward(self, engine):
        self.scheduler.step()  # PLANTED


class LogHook(Hook):
    def __init__(self, every):
        self.every = every

    def after_iter(self, engine):
        if engine.iteration % self.every == 0:
            lr = engine.optimizer.param_groups[0]["lr"]
            print(f"it {engine.iteration} loss {engine.loss.item():.4f} lr {lr:.2e}")


class EvalHook(Hook):
    def __init__(self, triples, every=5):
        self.triples, self.every = triples, every

    def after_epoch(self, engine):
        if (engine.epoch + 1) % self.every:
            return
        engine.model.eval()
        with torch.no_grad():
            ranks = torch.cat([engine.model.rank_tails(part.to(engine.device)) for part in self.triples.split(256)])
        engine.model.train()
        print(f"epoch {engine.epoch} MRR {ranks.float().reciprocal().mean().item():.4f} "
              f"hits@10 {(ranks <= 10).float().mean().item():.4f}")


class TransE(nn.Module):
    def __init__(self, n_ent, n_rel, dim=200, margin=6.0):
        super().__init__()
        self.ent, self.rel = nn.Embedding(n_ent, dim), nn.Embedding(n_rel, dim)
        nn.init.xavier_uniform_(self.ent.weight)
        nn.init.xavier_uniform_(self.rel.weight)
        self.margin = margin

    def score(self, h, r, t):
        return self.margin - (F.normalize(self.ent(h), dim=-1) + self.rel(r) - F.normalize(self.ent(t), dim=-1)).norm(p=1, dim=-1)

    def forward(self, triples, negatives=32):
        h, r, t = triples.unbind(1)
        fake = torch.randint(self.ent.num_embeddings, (len(h), negatives), device=h.device)
        pos = self.score(h, r, t)
        neg = self.score(h[:, None], r[:, None], fake)
        return -F.logsigmoid(pos).mean() - F.logsigmoid(-neg).mean()

    def rank_tails(self, triples):
        h, r, t = triples.unbind(1)
        query = F.normalize(self.ent(h), dim=-1) + self.rel(r)
        dist = torch.cdist(query, F.normalize(self.ent.weight, dim=-1), p=1)
        return (dist < dist.gather(1, t[:, None])).sum(1) + 1


class Engine:
    def __init__(self, model, optimizer, loader, hooks, device):
        self.model, self.optimizer, self.loader = model, optimizer, loader
        self.hooks, self.device = hooks, device
        self.iteration = self.epoch = 0
        self.loss = None

    def call(self, point):
        for hook in self.hooks:
            getattr(hook, point)(self)

    def run(self, epochs):
        self.model.train()
        for self.epoch in range(epochs):
            self.call("before_epoch")
            for (triples,) in self.loader:
                self.loss = self.model(triples.to(self.device))
                self.optimizer.zero_grad()
                self.loss.backward()
                self.call("after_backward")
                self.optimizer.step()
                self.call("after_iter")
                self.iteration += 1
            self.call("after_epoch")


def main(folder="data/FB15k-237", epochs=100, seed=0):
    torch.manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    load = lambda name: torch.load(Path(folder) / f"{name}.pt", weights_only=True)
    train, valid = load("train"), load("valid")
    loader = DataLoader(TensorDataset(train), batch_size=1024, shuffle=True)
    everything = torch.cat([train, valid])
    model = TransE(int(everything[:, [0, 2]].max()) + 1, int(everything[:, 1].max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    hooks = [ClipHook(1.0), LRHook(epochs * len(loader)), LogHook(200), EvalHook(valid)]
    Engine(model, optimizer, loader, hooks, device).run(epochs)
    torch.save(model.state_dict(), "transe.pt")


if __name__ == "__main__":
    main()
