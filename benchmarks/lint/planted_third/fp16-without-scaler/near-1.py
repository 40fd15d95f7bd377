"""A large tagger of sounds teaches a small one; the large one runs in fp16, the small one does not."""

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from sounds import ClipDataset, LargeTagger, SmallTagger

TEMPERATURE, SHARE = 3.0, 0.7


@torch.no_grad()
@torch.autocast("cuda", dtype=torch.float16)
def ask(teacher, wave):
    return teacher(wave)


def distill(student_logits, teacher_logits, label):
    soft = F.kl_div(
        F.log_softmax(student_logits / TEMPERATURE, dim=-1),
        F.softmax(teacher_logits.float() / TEMPERATURE, dim=-1),
        reduction="batchmean",
    )
    return SHARE * TEMPERATURE**2 * soft + (1 - SHARE) * F.cross_entropy(student_logits, label)


def main():
    torch.manual_seed(62)
    teacher = LargeTagger(classes=50)
    teacher.load_state_dict(torch.load("large.pt", map_location="cpu", weights_only=True))
    teacher = teacher.cuda().eval().requires_grad_(False)
    student = SmallTagger(classes=50).cuda()
    optimizer = torch.optim.Adam(student.parameters(), lr=1e-3)
    loader = DataLoader(ClipDataset("esc50/train"), batch_size=64, shuffle=True, num_workers=4)

    for epoch in range(80):
        student.train()
        total = torch.zeros((), device="cuda")
        for wave, label in loader:
            wave, label = wave.cuda(non_blocking=True), label.cuda(non_blocking=True)
            loss = distill(student(wave), ask(teacher, wave), label)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch:2d} loss {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
