"""Continue a cosine schedule from a checkpoint, then train."""
import torch
import torch.nn.functional as F


def resume(path, model, optimizer, scheduler):
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    torch.set_rng_state(state["rng"])
    return state["epoch"] + 1


def train(model, loader, path, epochs=50):
    torch.manual_seed(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    start = resume(path, model, optimizer, scheduler)
    for epoch in range(start, epochs):
        print("epoch", epoch, "lr", scheduler.get_last_lr())
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        scheduler.step()
        print("loss", loss.item())
