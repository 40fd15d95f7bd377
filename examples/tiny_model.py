"""Makes a tiny language model of bytes in a folder, for the LoRA example: nothing is downloaded.

FOLDER: a Llama of 100,000 parameters, trained for a minute on the source text of Python's
library, and a text of another kind to tune it on. Needs: pip install 'neural-trainer[hf]'
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch.nn import functional
from transformers import ByT5Tokenizer, LlamaConfig, LlamaForCausalLM

from neural_trainer.training.char_gpt import RandomWindows, library_sources

STEPS, CONTEXT = 300, 64


def main(folder: Path) -> None:
    """Write the model to FOLDER/model and the text to FOLDER/text.txt."""
    torch.manual_seed(0)
    tokenizer = ByT5Tokenizer()
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
            num_attention_heads=4, max_position_embeddings=256, tie_word_embeddings=True,
        )
    )  # fmt: skip
    sources = library_sources()
    code = "\n".join(sources[: len(sources) // 2])
    tokens = torch.tensor(tokenizer(code[:500_000], add_special_tokens=False)["input_ids"])
    batches = RandomWindows(tokens, context=CONTEXT, batch_size=16, count=STEPS, seed=0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=STEPS)
    for inputs, labels in batches:
        logits = model(input_ids=inputs).logits
        loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    print(f"loss of the last batch: {loss.item():.3f}")
    model.save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    # Upper case throughout: what the model has hardly seen, and can learn with few parameters.
    text = "\n".join(sources[len(sources) // 2 :]).upper()
    (folder / "text.txt").write_text(text[:400_000], encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
