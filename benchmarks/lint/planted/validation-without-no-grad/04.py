"""Fine-tune DistilBERT with accelerate; F1 on the dev set."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from sklearn.metrics import f1_score
from transformers import AutoModelForSequenceClassification


def dev_f1(accelerator, model, dev):
    model.eval()
    preds, refs = [], []
    for batch in dev:  # PLANTED
        logits = model(**batch).logits
        p, r = accelerator.gather_for_metrics((logits.argmax(-1), batch["labels"]))
        preds.append(p)
        refs.append(r)
    model.train()
    return f1_score(torch.cat(refs).tolist(), torch.cat(preds).tolist())


def main(train, dev):
    set_seed(8)
    accelerator = Accelerator()
    model = AutoModelForSequenceClassification.from_pretrained("distilbert-base-uncased", num_labels=2)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-5)
    model, optimizer, train, dev = accelerator.prepare(model, optimizer, train, dev)
    model.train()
    for epoch in range(3):
        for batch in train:
            optimizer.zero_grad()
            loss = model(**batch).loss
            accelerator.backward(loss)
            optimizer.step()
        accelerator.print(f"epoch {epoch} loss {loss.item():.3f} f1 {dev_f1(accelerator, model, dev):.3f}")
