"""Distil a large speech classifier into a small one; the teacher joins late to spare memory."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from keywords import KeywordClips, large_model, small_model

torch.manual_seed(31)
device = torch.device("cuda:0")

student = small_model(num_classes=35)
student.to(device)
optimizer = torch.optim.Adam(student.parameters(), lr=1e-3)

teacher = large_model(num_classes=35)
teacher.load_state_dict(torch.load("teacher.pt", map_location="cpu", weights_only=True))
teacher.to(device)
teacher.eval()
teacher.requires_grad_(False)

loader = DataLoader(KeywordClips("train"), batch_size=256, shuffle=True, num_workers=4)
TEMP = 4.0
for epoch in range(40):
    student.train()
    total = torch.zeros((), device=device)
    for wave, label in loader:
        wave, label = wave.to(device), label.to(device)
        with torch.no_grad():
            soft = F.softmax(teacher(wave) / TEMP, dim=-1)
        logits = student(wave)
        kd = F.kl_div(F.log_softmax(logits / TEMP, dim=-1), soft, reduction="batchmean") * TEMP**2
        loss = 0.7 * kd + 0.3 * F.cross_entropy(logits, label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach()
    print(f"epoch {epoch}: {total.item() / len(loader):.4f}")
