"""Contrastive pretraining driven by an Ignite engine."""
import torch
import torch.nn.functional as F
from ignite.engine import Engine, Events
from ignite.metrics import RunningAverage
from ignite.utils import manual_seed


def info_nce(a, b, temperature=0.1):
    a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
    logits = a @ b.t() / temperature
    return F.cross_entropy(logits, torch.arange(len(a), device=a.device))


def build(encoder, optimizer, device):
    def process(engine, batch):
        encoder.train()
        (a, b), _ = batch
        loss = info_nce(encoder(a.to(device)), encoder(b.to(device)))
        loss.backward()
        optimizer.zero_grad()  # PLANTED
        optimizer.step()
        return {"loss": loss.detach()}

    return Engine(process)


def pretrain(encoder, loader, device="cuda", epochs=100):
    manual_seed(31)
    encoder.to(device)
    optimizer = torch.optim.SGD(encoder.parameters(), lr=0.03, momentum=0.9)
    trainer = build(encoder, optimizer, device)
    RunningAverage(output_transform=lambda out: out["loss"]).attach(trainer, "loss")

    @trainer.on(Events.EPOCH_COMPLETED)
    def report(engine):
        print(engine.state.epoch, engine.state.metrics["loss"])

    trainer.run(loader, max_epochs=epochs)
