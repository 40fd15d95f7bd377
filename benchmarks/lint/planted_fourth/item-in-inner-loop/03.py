import argparse
import json
import random
import time
from collections import defaultdict, deque

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class SmoothedValue:
    def __init__(self, window_size=20):
        self.deque = deque(maxlen=window_size)
        self.total = 0.0
        self.count = 0

    def update(self, value, n=1):
        self.deque.append(value)
        self.count += n
        self.total += value * n

    @property
    def avg(self):
        return sum(self.deque) / len(self.deque)

    @property
    def global_avg(self):
        return self.total / self.count


class MetricLogger:
    def __init__(self, delimiter="  "):
        self.meters = defaultdict(SmoothedValue)
        self.delimiter = delimiter

    def update(self, **kwargs):
        for name, value in kwargs.items():
            if isinstance(value, torch.Tensor):
                value = value.item()  # PLANTED
            self.meters[name].update(value)

    def __str__(self):
        return self.delimiter.join(f"{k}: {m.avg:.4f} ({m.global_avg:.4f})" for k, m in self.meters.items())

    def log_every(self, iterable, print_freq, header=""):
        start = time.time()
        for i, obj in enumerate(iterable):
            yield obj
            if i % print_freq == 0:
                print(f"{header} [{i}/{len(iterable)}] {self} time: {time.time() - start:.1f}s")


class TwoHeadEncoder(nn.Module):
    def __init__(self, vocab, n_intents, n_domains, dim=256, layers=4, max_len=64):
        super().__init__()
        self.tok = nn.Embedding(vocab, dim, padding_idx=0)
        self.pos = nn.Parameter(torch.zeros(1, max_len, dim))
        layer = nn.TransformerEncoderLayer(dim, 4, 4 * dim, dropout=0.1, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(dim), enable_nested_tensor=False)
        self.intent = nn.Linear(dim, n_intents)
        self.domain = nn.Linear(dim, n_domains)

    def forward(self, ids):
        pad = ids.eq(0)
        h = self.encoder(self.tok(ids) + self.pos[:, : ids.size(1)], src_key_padding_mask=pad)
        keep = (~pad).unsqueeze(-1)
        h = (h * keep).sum(1) / keep.sum(1).clamp(min=1)
        return self.intent(h), self.domain(h)


def train_one_epoch(model, loader, optimizer, scheduler, device, epoch, print_freq):
    model.train()
    metric_logger = MetricLogger()
    for ids, intent, domain in metric_logger.log_every(loader, print_freq, f"Epoch: [{epoch}]"):
        ids, intent, domain = (t.to(device, non_blocking=True) for t in (ids, intent, domain))
        out_i, out_d = model(ids)
        loss_intent = F.cross_entropy(out_i, intent)
        loss_domain = F.cross_entropy(out_d, domain)
        loss = loss_intent + 0.5 * loss_domain
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        lr = scheduler.get_last_lr()[0]
        scheduler.step()
        metric_logger.update(loss=loss, loss_intent=loss_intent, loss_domain=loss_domain, lr=lr)
    return {k: m.global_avg for k, m in metric_logger.meters.items()}


@torch.no_grad()
def evaluate(model, loader, device):
    model.eval()
    hits = torch.zeros(2, device=device)
    n = 0
    for ids, intent, domain in loader:
        a, b = model(ids.to(device))
        hits[0] += (a.argmax(-1) == intent.to(device)).sum()
        hits[1] += (b.argmax(-1) == domain.to(device)).sum()
        n += len(ids)
    return dict(zip(("intent_acc", "domain_acc"), (hits / n).tolist()))


def main(args):
    random.seed(args.seed), np.random.seed(args.seed), torch.manual_seed(args.seed)
    device = torch.device(args.device)
    sets = [TensorDataset(*(torch.from_numpy(z[k]).long() for k in ("ids", "intent", "domain")))
            for z in (np.load(args.train), np.load(args.val))]
    train = DataLoader(sets[0], args.batch_size, shuffle=True, pin_memory=True)
    val = DataLoader(sets[1], args.batch_size, pin_memory=True)
    model = TwoHeadEncoder(args.vocab, args.intents, args.domains).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    total, warm = args.epochs * len(train), args.warmup
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: (s + 1) / warm if s < warm else max(0.0, (total - s) / max(1, total - warm)))
    for epoch in range(args.epochs):
        stats = train_one_epoch(model, train, optimizer, scheduler, device, epoch, args.print_freq)
        stats.update(evaluate(model, val, device), epoch=epoch)
        print(json.dumps(stats))
    torch.save(model.state_dict(), args.output)


if __name__ == "__main__":
    parser = argparse.ArgumentParser("intent")
    parser.add_argument("--train", default="train.npz")
    parser.add_argument("--val", default="val.npz")
    parser.add_argument("--output", default="intent.pt")
    parser.add_argument("--device", default="cuda")
    for flag, value in dict(vocab=20000, intents=60, domains=18, batch_size=128, epochs=15,
                            warmup=500, print_freq=50, seed=0).items():
        parser.add_argument(f"--{flag}", type=int, default=value)
    parser.add_argument("--lr", type=float, default=3e-4)
    main(parser.parse_args())
