"""The head is replaced after the optimizer is made, and its parameters are added."""
import torch
from torch import nn
from torchvision.models import resnet50


def train(loader, classes, epochs=5):
    torch.manual_seed(0)
    model = resnet50(weights="DEFAULT")
    body = [p for n, p in model.named_parameters() if not n.startswith("fc.")]
    opt = torch.optim.SGD(body, lr=1e-3, momentum=0.9)
    model.fc = nn.Linear(2048, classes)
    opt.add_param_group({"params": model.fc.parameters(), "lr": 1e-2})
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
        print(epoch, loss.item())
