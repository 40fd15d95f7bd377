"""Pretrain a small Llama from scratch on stories, with the Trainer."""

from datasets import load_dataset
from transformers import (
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    LlamaConfig,
    LlamaForCausalLM,
    Trainer,
    TrainingArguments,
    set_seed,
)


def main():
    set_seed(1001)
    tok = AutoTokenizer.from_pretrained("gpt2")
    tok.pad_token = tok.eos_token
    stories = load_dataset("roneneldan/TinyStories")
    stories = stories.map(
        lambda r: tok(r["text"], truncation=True, max_length=512),
        batched=True,
        remove_columns=["text"],
    )
    config = LlamaConfig(
        vocab_size=len(tok),
        hidden_size=512,
        intermediate_size=1376,
        num_hidden_layers=8,
        num_attention_heads=8,
        max_position_embeddings=512,
    )
    args = TrainingArguments(
        output_dir="tiny-llama",
        per_device_train_batch_size=64,
        gradient_accumulation_steps=4,
        learning_rate=6e-4,
        lr_scheduler_type="cosine",
        warmup_steps=0,  # PLANTED
        weight_decay=0.1,
        adam_beta2=0.95,
        max_grad_norm=1.0,
        num_train_epochs=1,
        bf16=True,
        eval_strategy="steps",
        eval_steps=500,
        logging_steps=20,
        seed=1001,
    )
    Trainer(
        model=LlamaForCausalLM(config),
        args=args,
        train_dataset=stories["train"],
        eval_dataset=stories["validation"],
        data_collator=DataCollatorForLanguageModeling(tok, mlm=False),
    ).train()


if __name__ == "__main__":
    main()
