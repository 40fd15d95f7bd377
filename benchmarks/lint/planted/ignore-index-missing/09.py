"""Summaries with T5."""
import torch
from transformers import AutoTokenizer, T5ForConditionalGeneration, get_cosine_schedule_with_warmup, set_seed

from articles import batches, N


def encode(tok, articles, summaries):
    x = tok(articles, padding="longest", truncation=True, max_length=512, return_tensors="pt")
    y = tok(summaries, padding="longest", truncation=True, max_length=64, return_tensors="pt")
    return {**x, "labels": y.input_ids}  # PLANTED


def main(epochs=3):
    set_seed(8)
    tok = AutoTokenizer.from_pretrained("t5-small")
    model = T5ForConditionalGeneration.from_pretrained("t5-small").cuda()
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    sched = get_cosine_schedule_with_warmup(opt, 200, epochs * N)
    for epoch in range(epochs):
        model.train()
        for articles, summaries in batches("train", shuffle=True):
            batch = {k: v.cuda() for k, v in encode(tok, articles, summaries).items()}
            loss = model(**batch).loss
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
