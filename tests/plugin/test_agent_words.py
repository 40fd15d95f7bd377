"""Which agent a prompt is for: tables of prompts, and of near misses that are for none."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "hooks"))

from agent_words import agent_for  # noqa: E402
from user_prompt import WORDS  # noqa: E402

# Words that lead to the diagnostician whatever else is said.
DIAGNOSTICIAN = (
    "loss plateau",
    "loss stuck",
    "NaN loss",
    "gradient explosion",
    "gradient vanishing",
    "not converging",
    "training unstable",
    "training failed at epoch 7",
    "training crashed",
    "bad gradients",
    "loss spike",
    "diverging",
    "underfitting",
    "overfitting",
    "mode collapse",
    "all outputs the same token",
    "model not learning anything",
    "out of memory",
    "CUDA out of memory at step 3",
    "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB",
    "it OOMs on the GPU after two epochs",
    "my LoRA run diverges, is the learning rate too high?",
    "loss went NaN after I switched to Muon",
    "GRPO reward collapses after 300 steps",
    "fine-tuning llama with QLoRA gives nan",
    "the loss is stuck, should I raise the learning rate?",
    "cosine schedule, warm-up 500, and still the loss spikes at the peak",
    "my larger model does not converge while the small one does",
    "I implemented this paper and the model is not learning",
)
OPTIMIZATION_GURU = (
    "which learning rate should I use?",
    "what learning rate do you recommend for a ViT-B from scratch",
    "is 3e-4 a good lr for AdamW here?",
    "adamw or sgd for this resnet?",
    "should I switch from Adam to Muon?",
    "how long should warm-up be?",
    "how many warmup steps do I need",
    "cosine or linear decay, which is better?",
    "what's the best lr schedule for 20k steps",
    "pick a weight decay for me",
    "how do I choose beta2 with small batches",
    "do I need to change the learning rate if I double the batch size?",
    "compare adam and sgd for me",
    "batch size 256 or 1024?",
    "what batch size should we use on 8 gpus",
    "is my learning rate too high?",
    "Is weight decay on LayerNorm a bad idea or does it not matter, what should I set?",
    "gradient clipping at 1.0 or 0.5?",
    "which optimizer works best for small transformers",
    "how large can the lr be with 100 accumulation steps",
    "hey, tune the hyperparameters of my cnn please",
    "lr zu hoch? what would be better for sgd with momentum",
    "does it make sense to use lion optimizer with wd 0.1",
    "recommend an optimizer and schedule for this 125M model",
    "when should I lower the learning rate?",
    "is OneCycle worth it? one-cycle schedule vs cosine schedule",
    "how to set max_grad_norm",
    "what value of weight_decay works for finetuning resnets",
)
SCALING_ADVISOR = (
    "what does the scaling law say about a 1B model?",
    "compute-optimal model size for 1e21 FLOPs?",
    "how many tokens should I train a 350M model on?",
    "am I past chinchilla optimal with 50 tokens per parameter?",
    "Chinchilla ratio for my dataset",
    "is a bigger model better than more data here?",
    "how big a model can I train with this compute budget",
    "how large should the transformer be for 10B tokens",
    "should we scale the model up or train longer?",
    "isoflop curves for our runs",
    "what model size fits my budget of 5e19 flops",
    "more parameters or more tokens?",
    "is it worth overtraining a small model past chinchilla for inference",
    "scaling laws for MoE",
    "do I have enough tokens for 7B?",
    "given 2e20 FLOPs, what is optimal: larger model or more training tokens?",
    "what model size should I choose",
    "extrapolate with a scaling law to 3B params",
)
FINE_TUNING_ADVISOR = (
    "what LoRA rank should I use?",
    "lora or full fine-tuning for 20k examples?",
    "can I fine-tune llama 8b with QLoRA on a 24GB card?",
    "which target modules for LoRA",
    "DPO or GRPO for math?",
    "what beta for DPO",
    "how do I set up RLHF for my chat model",
    "how many preference pairs do I need",
    "do I need a reward model or is DPO enough",
    "fine-tune mistral 7b with lora",
    "does qlora hurt quality?",
    "how to avoid catastrophic forgetting when finetuning",
    "GRPO group size, how many generations per prompt?",
    "best learning rate for LoRA",
    "is rslora better at rank 128?",
    "I want to use PEFT on whisper, which method",
    "SFT then DPO, or DPO alone?",
    "how much memory does QLoRA need for 70b",
    "should I merge the lora adapters before evaluation",
    "instruction tuning: how many examples are enough?",
)
ML_EXPERT_SPECIALIST = (
    "implement this architecture",
    "implement this paper: arXiv 2307.08621",
    "build a training pipeline",
    "improve inference speed",
    "build me a training pipeline for cifar10",
    "write a training script for cifar10",
    "implement a vision transformer from scratch",
    "reproduce the U-Net paper in pytorch",
    "implement multi-head attention with rotary embeddings",
    "write a small GPT with kv-cache",
    "speed up inference of my model",
    "inference is too slow, get it under 10 ms",
    "make the forward pass faster",
    "quantize the model for faster inference",
    "port this keras CNN to pytorch",
    "create a VAE with a gaussian decoder",
    "design an LSTM classifier for these sequences",
    "reduce latency of generation, decoding is slow",
    "set up a training loop with mixed precision",
    "can you re-implement the mamba block from that paper",
)
ML_DEBUGGER_SPECIALIST = (
    "here are the logs, the config and the code: find the root cause",
    "root cause analysis please: runs/a/metrics.jsonl, train.py and config.yaml, return it as JSON",
    "do a post-mortem of this training run from its logs and source",
    "hand this case over: tensorboard logs, model code, hyperparameters",
    "full diagnosis of the run from log.csv, train.py and config.yaml, no questions",
    "go through logs and code thoroughly, why is the loss NaN",
)
TABLES = {
    "ml-debugger-specialist": ML_DEBUGGER_SPECIALIST,
    "diagnostician": DIAGNOSTICIAN,
    "ml-expert-specialist": ML_EXPERT_SPECIALIST,
    "fine-tuning-advisor": FINE_TUNING_ADVISOR,
    "scaling-advisor": SCALING_ADVISOR,
    "optimization-guru": OPTIMIZATION_GURU,
}
NEAR_MISSES = (
    "explain gradient descent",
    "what is a learning rate?",
    "what is LoRA",
    "define overfitting",
    "train schedule to Boston",
    "when does the train to Boston leave, which is better, morning or noon?",
    "validation error in my form",
    "fix the validation error on the signup form",
    'Traceback (most recent call last):\n  File "views.py", line 3, in get\nValueError: bad id',
    "Traceback (most recent call last):\n django.db.utils.IntegrityError: UNIQUE constraint failed",
    "webpack: JavaScript heap out of memory",
    "the container ran out of memory, raise its limit",
    "node runs out of memory during the build",
    "which SQL query optimizer hint should I use?",
    "cache warm-up takes too long, should we do it at deploy?",
    "how do I schedule a cron job every night",
    "schedule a meeting for Monday or Tuesday?",
    "which batch size for kafka inserts?",
    "scale the images to 224",
    "how do I scale the deployment to 5 replicas",
    "should I use StandardScaler or MinMax scaling",
    "autoscaling of the inference server: how many pods do we need",
    "LoRaWAN gateway, which antenna is best",
    "which lora frequency, 868 or 915 MHz?",
    "ask our DPO whether the privacy notice is right",
    "implement a login page",
    "build a REST API for the model",
    "build the docker image of the training job",
    "set up the CI pipeline",
    "implement early stopping",
    "implement gradient clipping",
    "add a learning rate scheduler",
    "rename learning_rate to lr in config.py",
    "increase the batch size to 64",
    "set lr to 3e-4",
    "log the learning rate each step",
    "plot the learning rate",
    "print the model size in MB",
    "write unit tests for the lora module",
    "document the optimizer options",
    "resume the run from step 4000",
    "start the LoRA run",
    "run the sweep",
    "add a --lr flag to argparse",
    "move the optimizer into its own file",
    "refactor the trainer class",
    "bump torch to 2.13",
    "what does this function return?",
    "merge main into my branch",
    "TypeScript type inference is slow",
    "improve the speed of the SQL queries",
    "make the page load faster",
    "summarise this paper in three sentences",
    "write a blog post about transformers",
    "translate the readme to German",
    "which font size is better?",
    "how many users do we have",
    "is the API token valid or expired?",
    "access tokens or cookies, what should I use?",
    "add more tokens to the tokenizer's special list",
    "what's new in PyTorch",
    "install flash-attn",
    "why is my import slow",
    "clean up the notebook",
    "delete old checkpoints",
    "how are the runs doing?",
    "show me the loss curve",
    "which runs are finished?",
    "the loss is down to 1.8, nice",
    "no NaN any more, thanks",
    "compress the dataset",
    "which dataset should I download first?",
    "momentum of the stock market, buy or sell?",
    "is the conversion rate better than last month?",
    "the exchange rate is too high",
    "should I exercise after warm-up",
    "my gradient in CSS looks wrong",
    "the gradient background is stuck on mobile",
    "the model class lacks a migration",
    "fine-tune the wording of the readme",
    "fine tune the button colours",
    "which transformer (electrical) fits 12 V?",
    "how do I decrease the file size of the plots",
    "thanks, that works",
    "yes, go on",
    "",
)


def test_the_tables_cover_every_agent_and_no_other() -> None:
    assert set(WORDS) == set(TABLES)
    assert set(TABLES) == {path.stem for path in (ROOT / "agents").glob("*.md")}
    assert min(map(len, TABLES.values())) > 5
    assert len(NEAR_MISSES) > 80


@pytest.mark.parametrize(
    ("agent", "prompt"), [(agent, prompt) for agent in TABLES for prompt in TABLES[agent]]
)
def test_a_prompt_goes_to_its_agent(agent: str, prompt: str) -> None:
    assert agent_for(prompt) == agent


@pytest.mark.parametrize("prompt", NEAR_MISSES)
def test_a_near_miss_goes_to_none(prompt: str) -> None:
    assert agent_for(prompt) is None


def test_precision_and_recall_over_prompts_in_many_voices(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of prompts.tsv, on which the network was fitted too: an agent, - for none, and the prompt."""
    text = (Path(__file__).parent / "prompts.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    wanted = [(None if agent == "-" else agent, prompt) for agent, prompt in rows]
    named = [(agent, agent_for(prompt)) for agent, prompt in wanted]
    right = sum(agent == said for agent, said in named if said is not None)
    precision = right / sum(said is not None for _, said in named)
    recall = right / sum(agent is not None for agent, _ in named)
    with capsys.disabled():
        print(f"\n{len(rows)} prompts: precision {precision:.3f}, recall {recall:.3f}")
    assert min(sum(agent is None for agent, _ in named), right) > 100
    assert precision >= 0.97
    assert recall >= 0.90


@pytest.mark.parametrize(
    "hostile",
    [
        "learning rate " * 20_000,
        "implement " * 30_000,
        "build a " * 30_000 + "paper",
        "inference " * 30_000,
        "logs code config " * 10_000,
        "how many tokens " * 10_000,
        "what is a " * 20_000,
        "a or b " * 20_000,
        "the " * 40_000 + "paper",
        "root cause " + "a." * 80_000,
        "".join(map(chr, range(0x3400, 0x9FFF))),
        "\u0344" * 200_000,
    ],
    ids=[
        "rates",
        "verbs",
        "articles",
        "speed",
        "material",
        "tokens",
        "questions",
        "or",
        "the",
        "dots",
        "ideographs",
        "accents",
    ],
)
def test_a_long_prompt_costs_no_more_than_a_blink(hostile: str) -> None:
    began = time.process_time()
    agent_for(hostile)
    assert time.process_time() - began < 0.15
