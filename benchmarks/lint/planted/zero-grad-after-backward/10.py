"""Contrastive pretraining; the step is a function handed to the loop."""
import torch
import torch.nn.functional as F
import wandb


def info_nce(a, b, temperature=0.1):
    a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
    logits = a @ b.t() / temperature
    return F.cross_entropy(logits, torch.arange(len(a), device=a.device))


def make_step(encoder, optimizer):
    def step(view1, view2):
        loss = info_nce(encoder(view1), encoder(view2))
        loss.backward()
        optimizer.zero_grad()  # PLANTED
        optimizer.step()
        return loss.detach()

    return step


def pretrain(encoder, loader, epochs=100, lr=0.03):
    torch.manual_seed(31)
    wandb.init(project="simclr")
    encoder.train()
    optimizer = torch.optim.SGD(encoder.parameters(), lr=lr, momentum=0.9)
    step = make_step(encoder, optimizer)
    for epoch in range(epochs):
        losses = torch.stack([step(a.cuda(), b.cuda()) for (a, b), _ in loader])
        wandb.log({"epoch": epoch, "loss": losses.mean().item()})
