"""Half-precision training of an optical character reader, with a loss scale kept by hand."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from ocr import CRNN, WordImages, pad_words

SCALE = 1024.0
torch.manual_seed(62)
reader = CRNN(alphabet=63).cuda().train()
ctc = nn.CTCLoss(zero_infinity=True)
opt = torch.optim.Adam(reader.parameters(), lr=1e-3)
words = DataLoader(WordImages("mjsynth"), batch_size=256, shuffle=True, collate_fn=pad_words)

for epoch in range(5):
    for i, (image, text, length) in enumerate(words):
        with torch.autocast("cuda", dtype=torch.float16):
            logits = reader(image.cuda())
        log_p = logits.float().log_softmax(-1).permute(1, 0, 2)
        steps = torch.full((len(length),), log_p.size(0))
        loss = ctc(log_p, text.cuda(), steps, length)
        opt.zero_grad()
        (SCALE * loss).backward()
        gradients = [p.grad for p in reader.parameters()]
        torch._foreach_div_(gradients, SCALE)
        norm = nn.utils.clip_grad_norm_(reader.parameters(), 5.0)
        opt.step()
        if i % 100 == 0:
            print(f"epoch {epoch} batch {i} ctc {loss.item():.3f} |g| {norm.item():.2f}")
