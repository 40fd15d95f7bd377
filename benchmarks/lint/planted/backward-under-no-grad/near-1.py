"""Phases share one loop; gradients are on in the training phase only."""
import torch


def fit(model, loaders, epochs=10):
    torch.manual_seed(1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
    criterion = torch.nn.CrossEntropyLoss()
    for epoch in range(epochs):
        for phase in ("train", "val"):
            training = phase == "train"
            model.train(training)
            total = 0.0
            for x, y in loaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(training):
                    loss = criterion(model(x), y)
                    if training:
                        loss.backward()
                        optimizer.step()
                total += loss.detach()
            print(epoch, phase, float(total) / len(loaders[phase]))
