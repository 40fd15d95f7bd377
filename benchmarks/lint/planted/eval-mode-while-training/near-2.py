"""A frozen encoder is in evaluation mode; the decoder, which learns, is not."""
import torch
from torch import nn


def train(encoder, decoder, loader, epochs=10):
    torch.manual_seed(1)
    encoder.requires_grad_(False)
    encoder.eval()
    opt = torch.optim.Adam(decoder.parameters(), lr=1e-3)
    for epoch in range(epochs):
        decoder.train()
        for x, y in loader:
            with torch.no_grad():
                z = encoder(x)
            loss = nn.functional.mse_loss(decoder(z), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
