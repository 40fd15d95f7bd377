"""Adversarial training: gradients of the attack are cleared before the update's own."""
import torch
import torch.nn.functional as F


def fgsm(model, x, y, eps):
    x = x.clone().requires_grad_(True)
    loss = F.cross_entropy(model(x), y)
    grad = torch.autograd.grad(loss, x)[0]
    return (x + eps * grad.sign()).clamp(0, 1).detach()


def train(model, loader, epochs=10, eps=8 / 255):
    torch.manual_seed(8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    model.train()
    for epoch in range(epochs):
        total = 0.0
        for x, y in loader:
            adv = fgsm(model, x, y, eps)
            loss = F.cross_entropy(model(adv), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total = total + loss.detach()
        print(epoch, float(total) / len(loader))
