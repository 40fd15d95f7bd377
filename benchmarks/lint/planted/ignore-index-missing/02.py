"""Part-of-speech tags with a Hugging Face Trainer; batches are padded by a collator."""
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForTokenClassification, Trainer, TrainingArguments, set_seed

from ud import train_set, N_TAGS

PAD_ID, PAD_TAG = 0, N_TAGS


def collate(rows):
    ids = pad_sequence([torch.tensor(r["ids"]) for r in rows], batch_first=True, padding_value=PAD_ID)
    tags = pad_sequence([torch.tensor(r["tags"]) for r in rows], batch_first=True, padding_value=PAD_TAG)
    return {"input_ids": ids, "attention_mask": (ids != PAD_ID).long(), "labels": tags}


class TagTrainer(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        gold = inputs.pop("labels")
        out = model(**inputs)
        loss = F.cross_entropy(out.logits.flatten(0, 1), gold.flatten())  # PLANTED
        return (loss, out) if return_outputs else loss


if __name__ == "__main__":
    set_seed(1)
    model = AutoModelForTokenClassification.from_pretrained("bert-base-cased", num_labels=N_TAGS + 1)
    args = TrainingArguments("tags", learning_rate=3e-5, num_train_epochs=3, warmup_steps=200, logging_steps=20)
    TagTrainer(model=model, args=args, train_dataset=train_set, data_collator=collate).train()
