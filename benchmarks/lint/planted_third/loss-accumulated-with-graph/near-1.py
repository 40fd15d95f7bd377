"""Steers a pendulum by backpropagation through its own motion: the cost of a whole swing is one loss."""

import torch
from torch import Tensor, nn

STEP_S, SWING, GRAVITY = 0.05, 100, 9.81


class Steering(nn.Module):
    def __init__(self, width: int = 64, most: float = 2.0) -> None:
        super().__init__()
        self.most = most
        self.net = nn.Sequential(nn.Linear(3, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, angle: Tensor, speed: Tensor) -> Tensor:
        seen = torch.stack([angle.sin(), angle.cos(), speed], dim=-1)
        return self.most * torch.tanh(self.net(seen)).squeeze(-1)


def move(angle: Tensor, speed: Tensor, torque: Tensor) -> tuple[Tensor, Tensor]:
    speed = speed + STEP_S * (1.5 * GRAVITY * angle.sin() + 3.0 * torque)
    return angle + STEP_S * speed, speed


def cost(angle: Tensor, speed: Tensor, torque: Tensor) -> Tensor:
    """Nothing when upright and at rest."""
    return (1 - angle.cos() + 0.01 * speed.square() + 0.001 * torque.square()).mean()


def main() -> None:
    torch.manual_seed(7)
    steering = Steering()
    optimizer = torch.optim.Adam(steering.parameters(), lr=2e-3)
    history = []
    for update in range(1500):
        angle = torch.empty(128).uniform_(-torch.pi, torch.pi)
        speed = torch.zeros(128)
        total_loss = torch.zeros(())
        for _ in range(SWING):
            torque = steering(angle, speed)
            angle, speed = move(angle, speed, torque)
            total_loss = total_loss + cost(angle, speed, torque)
        loss = total_loss / SWING

        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(steering.parameters(), 1.0)
        optimizer.step()
        history.append(loss.detach())
        if update % 100 == 0:
            print(f"update {update} cost a step {torch.stack(history[-100:]).mean().item():.4f}")


if __name__ == "__main__":
    main()
