"""Train with a stop-gradient on the target branch, as in SimSiam."""
import torch
import torch.nn.functional as F


def negative_cosine(p, z):
    return -F.cosine_similarity(p, z.detach(), dim=-1).mean()


def train(encoder, predictor, loader, epochs=100):
    torch.manual_seed(0)
    params = [*encoder.parameters(), *predictor.parameters()]
    opt = torch.optim.SGD(params, lr=0.05, momentum=0.9)
    for epoch in range(epochs):
        encoder.train()
        for a, b in loader:
            za, zb = encoder(a), encoder(b)
            loss = 0.5 * (negative_cosine(predictor(za), zb) + negative_cosine(predictor(zb), za))
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
