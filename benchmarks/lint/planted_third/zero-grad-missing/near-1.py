"""Fits a neural field to an image with gradients asked for by name and weights moved by hand."""

import torch
from torch.func import functional_call, grad_and_value
from torch import nn


class Field(nn.Module):
    def __init__(self, waves=64):
        super().__init__()
        self.register_buffer("frequencies", 10 * torch.randn(2, waves))
        self.layers = nn.Sequential(nn.Linear(2 * waves, 128), nn.ReLU(), nn.Linear(128, 3), nn.Sigmoid())

    def forward(self, place):
        phase = place @ self.frequencies
        return self.layers(torch.cat([phase.sin(), phase.cos()], dim=-1))


def main():
    torch.manual_seed(62)
    image = torch.load("image.pt", weights_only=True)  # (height, width, 3), from 0 to 1
    axes = [torch.linspace(-1, 1, n) for n in image.shape[:2]]
    places = torch.cartesian_prod(*axes)
    colours = image.flatten(0, 1)

    field = Field()
    weights = {name: w.detach().clone() for name, w in field.named_parameters()}
    speed = {name: torch.zeros_like(w) for name, w in weights.items()}

    def error(weights, place, colour):
        return nn.functional.mse_loss(functional_call(field, weights, (place,)), colour)

    slope_and_error = grad_and_value(error)
    for step in range(5000):
        rows = torch.randint(len(places), (4096,))
        slopes, now = slope_and_error(weights, places[rows], colours[rows])
        for name, slope in slopes.items():
            speed[name] = 0.9 * speed[name] + slope
            weights[name] = weights[name] - 0.1 * speed[name]
        if step % 250 == 0:
            print(f"{step} {now.item():.5f}")


main()
