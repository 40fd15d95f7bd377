"""Trains picture and text encoders together, each with its own optimizer, under one scaler."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from captions import CaptionedPictures, PictureEncoder, TextEncoder


def contrast(picture: torch.Tensor, text: torch.Tensor, heat: torch.Tensor) -> torch.Tensor:
    similarity = heat.exp() * F.normalize(picture, dim=-1) @ F.normalize(text, dim=-1).T
    same = torch.arange(len(similarity), device=similarity.device)
    return (F.cross_entropy(similarity, same) + F.cross_entropy(similarity.T, same)) / 2


def step_all(scaler: torch.amp.GradScaler, *optimizers: torch.optim.Optimizer) -> None:
    for optimizer in optimizers:
        scaler.step(optimizer)
    scaler.update()


def main() -> None:
    torch.manual_seed(1859)
    device = torch.device("cuda")
    loader = DataLoader(
        CaptionedPictures("flickr30k"), batch_size=256, shuffle=True, num_workers=8, drop_last=True
    )
    pictures, texts = PictureEncoder(width=256).to(device), TextEncoder(width=256).to(device)
    heat = nn.Parameter(torch.tensor(2.0, device=device))
    picture_optimizer = torch.optim.SGD([*pictures.parameters(), heat], lr=0.05, momentum=0.9)
    text_optimizer = torch.optim.Adam(texts.parameters(), lr=5e-4)
    scaler = torch.amp.GradScaler(device.type)

    for epoch in range(40):
        total = torch.zeros((), device=device)
        for picture, text in loader:
            with torch.autocast(device.type, dtype=torch.float16):
                loss = contrast(pictures(picture.to(device)), texts(text.to(device)), heat)
            picture_optimizer.zero_grad()
            text_optimizer.zero_grad()
            scaler.scale(loss).backward()
            step_all(scaler, picture_optimizer, text_optimizer)
            total += loss.detach()
        print(f"epoch {epoch}: {total.item() / len(loader):.4f}, temperature {heat.exp().item():.2f}")


if __name__ == "__main__":
    main()
