"""Video frame prediction with a ConvGRU: the loss of a clip is summed over its frames."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets import MovingMNIST

SEED, EPOCHS, CONTEXT, FUTURE = 14, 30, 10, 10


class Clips(Dataset):
    def __init__(self, first, last):
        self.base = MovingMNIST("data", download=True)
        self.first, self.last = first, last

    def __len__(self):
        return self.last - self.first

    def __getitem__(self, i):
        return self.base[self.first + i].float() / 255.0


class ConvGRUCell(nn.Module):
    def __init__(self, c_in, c_hid):
        super().__init__()
        self.c_hid = c_hid
        self.gates = nn.Conv2d(c_in + c_hid, 2 * c_hid, 5, padding=2)
        self.cand = nn.Conv2d(c_in + c_hid, c_hid, 5, padding=2)

    def forward(self, x, h):
        z, r = torch.sigmoid(self.gates(torch.cat([x, h], 1))).chunk(2, 1)
        n = torch.tanh(self.cand(torch.cat([x, r * h], 1)))
        return (1 - z) * h + z * n


class Predictor(nn.Module):
    def __init__(self, hid=64):
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 32, 4, 2, 1), nn.ReLU())
        self.cell = ConvGRUCell(32, hid)
        self.dec = nn.Sequential(nn.ConvTranspose2d(hid, 32, 4, 2, 1), nn.ReLU(),
                                 nn.ConvTranspose2d(32, 1, 4, 2, 1))

    def initial(self, frames):
        b, _, _, h, w = frames.shape
        return frames.new_zeros(b, self.cell.c_hid, h // 4, w // 4)

    def step(self, frame, state):
        state = self.cell(self.enc(frame), state)
        return self.dec(state), state


def clip_loss(model, clip):
    state = model.initial(clip)
    loss = 0
    frame = clip[:, 0]
    for t in range(CONTEXT + FUTURE - 1):
        logits, state = model.step(frame, state)
        loss += F.binary_cross_entropy_with_logits(logits, clip[:, t + 1])
        frame = clip[:, t + 1] if t + 1 < CONTEXT else torch.sigmoid(logits)
    return loss / (CONTEXT + FUTURE - 1)


@torch.no_grad()
def evaluate(model, loader, device):
    model.eval()
    total = 0
    for clip in loader:
        total += clip_loss(model, clip.to(device))
    return float(total) / len(loader)


def main():
    torch.manual_seed(SEED)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train = DataLoader(Clips(0, 9000), 32, shuffle=True, num_workers=2, pin_memory=True)
    valid = DataLoader(Clips(9000, 10000), 32, num_workers=2, pin_memory=True)
    model = Predictor().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)

    best = float("inf")
    for epoch in range(EPOCHS):
        model.train()
        running = 0
        for clip in train:
            loss = clip_loss(model, clip.to(device, non_blocking=True))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            loss = loss.detach()
            running += loss
        val = evaluate(model, valid, device)
        print(f"epoch {epoch} train {float(running) / len(train):.4f} val {val:.4f}")
        if val < best:
            best = val
            torch.save(model.state_dict(), "convgru.pt")


if __name__ == "__main__":
    main()
