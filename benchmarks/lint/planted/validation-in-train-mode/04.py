"""Image captioning: validation loss decides which weights are kept."""
import torch
from torch.nn.functional import cross_entropy

from captions import Captioner, coco_loader, PAD


def loss_of(model, batch, device):
    image, tokens = (t.to(device) for t in batch)
    logits = model(image, tokens[:, :-1])
    return cross_entropy(logits.transpose(1, 2), tokens[:, 1:], ignore_index=PAD)


def main(device="cuda"):
    torch.manual_seed(3)
    model = Captioner(dropout=0.3).to(device)
    opt = torch.optim.Adam(model.parameters(), lr=4e-4)
    train_dl, val_dl = coco_loader("train", shuffle=True), coco_loader("val", shuffle=False)
    best = float("inf")
    for epoch in range(12):
        model.train()
        for batch in train_dl:
            opt.zero_grad()
            loss = loss_of(model, batch, device)
            loss.backward()
            opt.step()
        with torch.inference_mode():
            losses = [loss_of(model, b, device) for b in val_dl]  # PLANTED
        val = torch.stack(losses).mean().item()
        print(f"epoch {epoch} val {val:.3f}")
        if val < best:
            best = val
            torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "epoch": epoch}, "best.pt")


if __name__ == "__main__":
    main()
