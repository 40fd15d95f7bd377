"""The optimizers that a config names, and which parameters each of them gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neural_trainer.errors import ConfigError, MissingPackage

if TYPE_CHECKING:
    from neural_trainer.layers.case import Case
    from neural_trainer.training.config import OptimizerConfig, TrainConfig

FUSED = ("cpu", "cuda")  # devices
MOMENTUM = {"sgd": 0.9, "muon": 0.95}  # torch.optim.Muon's default


def optimizers_of(case: Case, config: TrainConfig) -> list[Any]:
    """Return the optimizers that the config names, else the case's own. Raises ConfigError."""
    if config.optimizer is not None:
        return make_optimizers(case.model, config.optimizer)
    if case.optimizer is None:
        raise ConfigError(f"{config.case} brings no optimizer; name one in the config's optimizer")
    return [case.optimizer]


def make_optimizers(model: Any, config: OptimizerConfig) -> list[Any]:
    """Return the optimizer named; muon is followed by the adamw of what it does not take.

    Norms, biases and embeddings are not decayed (as in Hugging Face's Trainer, and OLMo 2 for
    embeddings, 2501.00656 section 3); a head tied to an embedding counts as the embedding.
    Raises ConfigError where nothing can be trained, MissingPackage for muon on an old torch.
    """
    from torch.optim import SGD, AdamW

    decayed, spared = matrices_and_rest(model)
    if not decayed and not spared:
        raise ConfigError("the model has no parameter that requires a gradient; nothing to train")
    default = MOMENTUM.get(config.name, 0.0)
    momentum = default if config.momentum is None else config.momentum
    if config.name == "sgd":
        return [SGD(_groups(decayed, spared, config), lr=config.lr, momentum=momentum)]
    # Fused: one kernel, which also leaves a step out where a gradient is not finite.
    fused = all(p.is_floating_point() and p.device.type in FUSED for p in decayed + spared)
    if config.name == "adamw":
        groups = _groups(decayed, spared, config)
        return [AdamW(groups, lr=config.lr, betas=config.betas, fused=fused)]
    hidden = hidden_matrices(model, decayed)
    if not hidden:
        raise ConfigError("muon takes hidden matrices, and the model has none; expected adamw")
    taken = {id(parameter) for parameter in hidden}
    decayed = [parameter for parameter in decayed if id(parameter) not in taken]
    optimizers = [_muon(hidden, config, momentum)]
    if decayed or spared:
        groups = _groups(decayed, spared, config)
        optimizers.append(AdamW(groups, lr=config.lr, betas=config.betas, fused=fused))
    return optimizers


def matrices_and_rest(model: Any) -> tuple[list[Any], list[Any]]:
    """Return the trained parameters of two dimensions and more, embeddings aside, and the rest."""
    from torch import nn

    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    decayed: list[Any] = []
    spared: list[Any] = []
    for parameter in model.parameters():
        if parameter.requires_grad:
            is_matrix = parameter.ndim >= 2 and id(parameter) not in embeddings
            (decayed if is_matrix else spared).append(parameter)
    return decayed, spared


def hidden_matrices(model: Any, matrices: list[Any]) -> list[Any]:
    """Return the parameters of two dimensions but that of the head, the last linear module.

    Muon is for these alone (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/).
    """
    from torch import nn

    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    head = id(linear[-1].weight) if linear else None
    return [p for p in matrices if p.ndim == 2 and id(p) != head]


def _groups(decayed: list[Any], spared: list[Any], config: OptimizerConfig) -> list[dict[str, Any]]:
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": spared, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def _muon(hidden: list[Any], config: OptimizerConfig, momentum: float) -> Any:
    try:
        from torch.optim import Muon
    except ImportError as error:
        raise MissingPackage("torch>=2.9", "optimizer.name muon", "train") from error
    # Updates of AdamW's size (Liu et al. 2025, 2502.16982, section 2.2): one lr serves both.
    return Muon(
        hidden,
        lr=config.lr,
        weight_decay=config.weight_decay,
        momentum=momentum,
        adjust_lr_fn="match_rms_adamw",
    )
