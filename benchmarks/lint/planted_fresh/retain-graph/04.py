"""Deep metric learning on products with hard triplets inside of each batch."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from products import PKSampler, Products  # PKSampler draws anew each epoch


class Mined(NamedTuple):
    loss: Tensor
    active: Tensor


def batch_hard(emb: Tensor, label: Tensor, margin: float = 0.2) -> Mined:
    dist = torch.cdist(emb, emb)
    same = label[:, None] == label[None, :]
    far = dist.masked_fill(~same, float("-inf")).amax(1)
    near = dist.masked_fill(same, float("inf")).amin(1)
    hinge = (far - near + margin).relu()
    return Mined(hinge.mean(), (hinge > 0).float().mean().detach())


def learn(model: nn.Module, loader: DataLoader, epochs: int, device: str = "cuda") -> nn.Module:
    model = model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    for epoch in range(epochs):
        model.train()
        history: list[Tensor] = []
        for images, labels in loader:
            optimizer.zero_grad(set_to_none=True)
            emb = nn.functional.normalize(model(images.to(device)))
            mined = batch_hard(emb, labels.to(device))
            mined.loss.backward(None, True)  # PLANTED
            optimizer.step()
            history.append(torch.stack([mined.loss.detach(), mined.active]))
        loss, active = torch.stack(history).mean(0).tolist()
        print(f"epoch {epoch}: triplet {loss:.4f}, active {active:.1%}")
    return model


if __name__ == "__main__":
    from torchvision.models import resnet50

    torch.manual_seed(303)
    data = Products("train")
    sampler = PKSampler(data.labels, classes=16, per_class=4)
    learn(resnet50(num_classes=128), DataLoader(data, batch_sampler=sampler, num_workers=8), 50)
