"""The finished weights are exported for inference; the run itself saves everything."""
import torch
import torch.nn.functional as F


def save_all(path, model, opt, epoch):
    state = {"model": model.state_dict(), "epoch": epoch, "rng": torch.get_rng_state()}
    state["optimizer"] = opt.state_dict()
    torch.save(state, path)


def train(model, loader, epochs=20):
    torch.manual_seed(0)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
        save_all("last.pt", model, opt, epoch)
    torch.save(model.state_dict(), "final_weights.pt")
