"""Cluster with straight-through assignments and an entropy of their use."""
import torch
import torch.nn.functional as F


def usage_entropy(assign):
    share = assign.mean(dim=0)
    return -(share * torch.log(share)).sum()  # PLANTED


def cluster(encoder, centres, loader, epochs=20):
    torch.manual_seed(3)
    params = [*encoder.parameters(), centres]
    opt = torch.optim.Adam(params, lr=1e-3)
    for epoch in range(epochs):
        encoder.train()
        for x in loader:
            z = encoder(x)
            d = torch.cdist(z, centres)
            soft = (-d).softmax(-1)
            hard = F.one_hot(d.argmin(-1), len(centres)).float()
            assign = hard + soft - soft.detach()
            loss = (assign * d.pow(2)).sum(-1).mean() - 0.1 * usage_entropy(assign)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
