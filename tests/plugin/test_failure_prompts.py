"""Which prompts describe a training that fails, and which speak of other work."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOOKS = ROOT / "hooks"
sys.path.insert(0, str(HOOKS))

from agent_words import agent_for  # noqa: E402

FAILURES = (
    "my loss is NaN",
    "NaN loss after 200 steps, what now?",
    "the loss becomes nan at step 412",
    "training loss goes to inf",
    "I get nan after a few hundred steps",
    "getting NaNs in the second epoch",
    "step 410 loss=2.31\nstep 411 loss=nan",
    "why did my run diverge?",
    "the loss diverges after warmup",
    "validation loss is diverging from training loss",
    "gradients are exploding",
    "my gradients explode in the LSTM",
    "exploding gradients in my RNN, help",
    "grad norm blows up around step 3000",
    "there is a spike in the loss at step 900",
    "loss spikes every epoch",
    "the training loss is very spiky",
    "loss stuck at 2.303",
    "my network is stuck at chance level",
    "accuracy stays at 10%",
    "accuracy hovers around 0.5",
    "loss isn't decreasing",
    "loss isn\u2019t going down",
    "the loss does not decrease",
    "training loss not going down at all",
    "my model is not learning anything",
    "The network doesn't learn",
    "model won't converge, it's not converging even with a tiny lr",
    "the model is overfitting",
    "we are overfitting badly",
    "my model overfits after 3 epochs",
    "val loss goes up while train loss goes down",
    "validation loss plateaus at 1.4",
    "the loss has plateaued",
    "the loss curve is flat",
    "vanishing gradients in layer 3",
    "the gradients vanish in the first layers",
    "reward collapses after 1M steps",
    "training failed at epoch 3",
    "training crashed with a weird loss",
    "What is causing the loss to be NaN?",
    "explain why my loss explodes",
    "add gradient clipping, my loss explodes",
    "training is unstable",
    "the GAN suffers from mode collapse, generator collapsed",
    "My training loss suddenly went to NaN around step 3000, any idea?",
    "Loss = nan from the first iteration",
    "why is my validation accuracy not improving",
    "val acc is stuck at 50%",
    "the model predicts the same class for everything and the loss doesn't move",
    "Training loss keeps increasing",
    "loss is increasing instead of decreasing",
    "loss goes up",
    "the loss explodes after a while",
    "my fine-tune is diverging",
    "gradient norm is infinite",
    "grads are all zero",
    "gradients are zero in the first layer",
    "training is really slow to converge",
    "big gap between train and validation loss",
    "my llm training has loss spikes",
    "The loss curve looks weird",
    "help me debug this training run",
    "the run died at epoch 12",
    "loss doesn't go below 2.3",
    "perplexity exploded",
    "dead relus in my network",
    "fp16 training gives nan",
    "loss became inf after switching to bf16",
    "it overfits",
    "the agent's reward doesn't improve",
    "KL blows up in PPO",
    "the discriminator loss goes to zero",
    "nothing is being learned",
    "why won't it converge?",
    "model collapsed to a single token",
    "check runs/a, the loss is diverging",
    "After epoch 5 everything turns to nan",
    "mse is nan when I use lr 1e-2",
    "why does my validation loss increase after epoch 10?",
    "cross entropy stays around 2.3 forever",
    "the model memorizes the training set but does terribly on test",
    "train loss drops to 0 but test accuracy is random",
    "gradient explosion in my transformer",
    "loss suddenly jumped from 2 to 9",
    "loss is all over the place",
    "Loss not converging with Adam",
    "network outputs the same value for every input",
    "eval loss got worse after I changed the lr",
    "PPO training is unstable, reward crashes",
    "loss scale keeps halving",
    "my lstm's gradients vanish",
    "GRPO reward flatlines",
    "training diverged at step 12k, see runs/big",
    "the loss is nan with bf16",
    "overfitting on my small dataset, what should I do?",
    "training seems stuck",
)


OTHER_PROMPTS = (
    "refactor the data loader",
    "write a loss function",
    "what is a NaN",
    "the build failed",
    "what does exploding gradient mean",
    "what is overfitting?",
    "explain the vanishing gradient problem",
    "implement gradient clipping to avoid exploding gradients",
    "add a check that raises when the loss is NaN",
    "write a unit test for the model when the input has nan",
    "add early stopping so that the model does not overfit",
    "plot the loss",
    "train a model on MNIST",
    "start the training",
    "how far is the run?",
    "the loss is 0.3 after two epochs, nice",
    "the loss is not NaN any more, thanks",
    "the loss no longer diverges",
    "drop the rows with NaN from the dataframe",
    "the model column is nan in the csv",
    "my branch has diverged from main",
    "the tests are stuck",
    "I am stuck on this merge conflict",
    "there is a CPU spike on the server",
    "the import fails in model.py",
    "give me information about the network architecture",
    "increase the weight of the second loss",
    "document the training loop",
    "rename the class Model to Network",
    "which learning rate should I use?",
    "deploy the model to the server, the request fails",
    "add a learning rate scheduler",
    "make the loss function configurable",
    "the function returns nan for empty input",
    "why does this test fail",
    "training script: add argparse",
    "what's the difference between loss and cost",
    "can you speed up the data loader",
    "convert the model to onnx",
    "export crashes with a segfault",
    "fix the failing CI for the model package",
    "the API is stuck in a loop",
    "flatten the network config",
    "write docs on overfitting",
    "git says my branch and origin/main have diverged",
    "the train station page is not loading",
    "run the tests, they fail",
    "run pytest and fix what fails",
    "the script run.py crashes with KeyError",
    "my network connection is unstable",
    "the run button does not change colour",
    "run the linter; don't change anything else",
    "model.py is not moved to src yet, please move it",
    "update the model card",
    "the network request is failing",
    "how do I install torch",
    "compute the running mean of the loss",
    "the metrics page is stuck loading",
    "my accuracy function fails on empty lists",
    "the optimizer in the SQL planner fails",
    "add a test for the tokenizer",
    "write a training script for cifar10",
    "make the trainer log the loss every 10 steps",
    "what loss should I use for segmentation",
    "explain how adam works",
    "implement early stopping",
    "refactor the model into its own module",
    "fix the type errors in train.py",
    "the download of the dataset fails",
    "update README",
    "increase the batch size to 64",
    "convert the notebook to a script",
    "how do I resume training from a checkpoint",
    "add tensorboard logging",
    "add dropout to the model",
    "pip install fails for torch",
    "why is the data loader slow",
    "sort the imports",
    "git push was rejected",
    "compare adam and sgd for me",
    "increase the weight of the KL term in the loss",
    "write a script to scale the images",
    "explain overfitting and regularisation",
    "is mse worse than cross entropy for classification?",
    "",
)


def test_the_tables_of_prompts_are_filled() -> None:
    assert min(len(FAILURES), len(OTHER_PROMPTS)) > 20


@pytest.mark.parametrize("prompt", FAILURES)
def test_a_failure_is_recognised(prompt: str) -> None:
    assert agent_for(prompt) == "diagnostician"


@pytest.mark.parametrize("prompt", OTHER_PROMPTS)
def test_other_work_is_left_alone(prompt: str) -> None:
    assert agent_for(prompt) != "diagnostician"


def test_a_complaint_below_a_pasted_log_is_recognised() -> None:
    prompt = "x = 1\n" * 50_000 + "and then the loss is NaN, why?"
    assert agent_for(prompt) == "diagnostician"


@pytest.mark.parametrize(
    "hostile",
    ["loss " * 40_000, "a " * 80_000, "is not " * 40_000, "n't " * 9_000 + "loss", "nan " * 40_000],
    ids=["subject", "short-words", "negations", "contractions", "symptoms"],
)
def test_a_long_prompt_costs_no_more_than_a_blink(hostile: str) -> None:
    began = time.process_time()
    agent_for(hostile)
    assert time.process_time() - began < 0.1
