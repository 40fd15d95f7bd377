"""Train a music transformer through Fabric."""
import lightning as L
import torch

from music import MusicTransformer, maestro


def main():
    fabric = L.Fabric(accelerator="cuda", devices=2, precision="bf16-mixed")
    fabric.launch()
    fabric.seed_everything(123)
    model = MusicTransformer()
    opt = torch.optim.Adam(model.parameters(), lr=2e-4)
    model, opt = fabric.setup(model, opt)
    loader = fabric.setup_dataloaders(maestro("train", shuffle=True))
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=1000)
    for epoch in range(50):
        model.train()
        for i, batch in enumerate(loader):
            busy = (i + 1) % 4 != 0
            with fabric.no_backward_sync(model, enabled=busy):
                loss = model(batch)["loss"]
                fabric.backward(loss / 4)
            if busy:
                continue
            opt.step()
            fabric.clip_gradients(model, opt, max_norm=1.0)  # PLANTED
            opt.zero_grad()
            warm.step()
        fabric.print(f"epoch {epoch} loss {loss.item():.3f}")


if __name__ == "__main__":
    main()
