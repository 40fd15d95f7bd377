"""Mixed precision training of a video classifier, one update in a method of its own."""

import torch
from torch import nn
from torch.utils.data import DataLoader


class Engine:
    def __init__(self, model: nn.Module, lr: float, clip: float = 5.0):
        self.model = model.cuda()
        self.optim = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.9)
        self.scaler = torch.amp.GradScaler("cuda")
        self.clip = clip

    def forward_loss(self, clip, label):
        with torch.autocast("cuda", dtype=torch.float16):
            return nn.functional.cross_entropy(self.model(clip), label)

    def update(self, clip, label):
        self.optim.zero_grad(set_to_none=True)
        loss = self.forward_loss(clip.cuda(), label.cuda())
        self.scaler.scale(loss).backward()  # PLANTED
        self.scaler.unscale_(self.optim)
        nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.scaler.update()
        return loss.detach()

    def fit(self, loader: DataLoader, epochs: int):
        self.model.train()
        for epoch in range(epochs):
            losses = [self.update(c, y) for c, y in loader]
            print(f"epoch {epoch}: loss {torch.stack(losses).mean().item():.4f}")


if __name__ == "__main__":
    from torchvision.models.video import r3d_18

    from clips import ClipFolder

    torch.manual_seed(13)
    loader = DataLoader(ClipFolder("kinetics/train"), 16, shuffle=True, num_workers=12)
    Engine(r3d_18(num_classes=400), lr=0.01).fit(loader, epochs=45)
