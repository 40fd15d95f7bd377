"""What a device can do at most: bf16 matrix products without sparsity, by the name torch gives."""

from __future__ import annotations

# FLOP/s, from NVIDIA's data sheet of each; where that gives sparsity alone, half of it. The first
# whose words are all in the name counts.
PEAKS: tuple[tuple[str, float], ...] = (
    ("B200", 2250e12),  # DGX B200: 36 PFLOPS of 8, with sparsity
    ("H200", 989.4e12),  # H200 SXM
    ("H100 PCIe", 756e12),
    ("H100 NVL", 835e12),
    ("H100", 989.4e12),  # H100 SXM
    ("A100", 312e12),  # both forms
    ("L40S", 362e12),
    ("L4", 121e12),
    ("A10G", 70e12),  # AWS's own form of it
    ("A10", 125e12),
    ("RTX 4090", 165.2e12),  # Ada whitepaper, appendix A: with fp32 accumulation
    ("RTX 3090", 71e12),  # Ampere GA102 whitepaper, appendix A: with fp32 accumulation
)


def peak_flops(name: str) -> float | None:
    """Return the peak of the device that torch calls `name`; None where it is not listed.

    >>> peak_flops("NVIDIA H100 80GB HBM3")
    989400000000000.0
    >>> peak_flops("NVIDIA L4")
    121000000000000.0
    """
    given = name.replace("-", " ").split()
    for words, peak in PEAKS:
        if all(word in given for word in words.split()):
            return peak
    return None


def flops_a_token(matrix_parameters: int, depth: int, width: int, length: int) -> float:
    """Return the FLOPs of a token, forward and backward, of a decoder of the GPT kind.

    6 a parameter that is multiplied by, and 12 x depth x width x length for attention: Chowdhery et
    al. 2022, 2204.02311, appendix B. Embeddings, which are looked up, are not among the parameters.
    """
    return 6.0 * matrix_parameters + 12.0 * depth * width * length
