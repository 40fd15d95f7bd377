"""The skill packs: which leaves each holds, as they lie on disk."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUTER = "using-ai-engineering"
# What each pack is to hold: its question sorts the rows of its router.
PACKS = {
    "using-pytorch-engineering": """tensor-operations-and-memory module-design-patterns
        distributed-training-strategies mixed-precision-and-gradient-scaling performance-profiling
        debugging-techniques checkpointing-and-reproducibility custom-autograd-functions""",
    "using-neural-architectures": """image-model-families sequence-models-comparison
        transformer-architecture attention-mechanisms-catalog generative-model-families
        graph-neural-networks normalization-techniques architecture-design-principles""",
    "using-training-optimization": """optimizer-selection learning-rate-schedules-and-warmup
        batch-size-and-accumulation loss-landscape-understanding gradient-flow-debugging
        convergence-diagnostics-and-early-stopping regularization-techniques
        hyperparameter-tuning-methodology training-instability-troubleshooting""",
    "using-deep-rl": """rl-fundamentals value-based-methods policy-gradient-methods
        actor-critic-algorithms offline-rl-methods model-based-rl experience-replay-strategies
        exploration-techniques reward-shaping-engineering rl-debugging-methodology
        environment-design-patterns rl-evaluation-benchmarking""",
    "using-llm-specialist": """transformer-for-llms tokenization-and-vocabulary fine-tuning-methods
        alignment-techniques long-context-techniques inference-optimization
        prompt-engineering-patterns llm-evaluation-frameworks""",
    "using-ml-production": """model-serving-patterns quantization-for-inference model-compression
        performance-benchmarking production-monitoring experiment-tracking deployment-patterns
        hardware-optimization""",
}
LEAVES = {
    leaf: ROOT / "skills" / pack / f"{leaf}.md"
    for pack, leaves in PACKS.items()
    for leaf in leaves.split()
}
ROUTERS = {name: ROOT / "skills" / name / "SKILL.md" for name in (ROUTER, *PACKS)}
