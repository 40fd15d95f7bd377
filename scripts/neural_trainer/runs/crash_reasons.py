"""The reasons for which trainings crash: how the last lines tell, the cause, what to do.

What launch says of a command that failed and diagnose of a log that ends in an error is taken from
here: sentences of ours, never the words of a log.
"""

from __future__ import annotations

import re
import signal
from typing import Literal, NamedTuple

TRACEBACK = "Traceback (most recent call last)"
_RANK = r"(?:\[?(?:rank|default)\d+\]?:\s*)?"
EXCEPTION = re.compile(
    rf"^\s*{_RANK}(?:(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Exit)\b|Exception:).*$"
)
OF_LAUNCHERS = re.compile(r"ChildFailedError|CalledProcessError|ProcessRaisedException")


class Reason(NamedTuple):
    """One reason. repeats: whether a restart would meet it again."""

    id: str
    pattern: re.Pattern[str]
    cause: str
    do: str
    repeats: Literal["always", "same-step", "no"]


def _reason(
    name: str, pattern: str, cause: str, do: str, repeats: Literal["always", "same-step", "no"]
) -> Reason:
    return Reason(name, re.compile(pattern), cause, do, repeats)


# The first that matches is taken: what makes other ranks time out stands before time-outs.
REASONS: tuple[Reason, ...] = (
    _reason(
        "cuda-out-of-memory",
        r"(?:CUDA|HIP|MPS backend)\b.*out of memory|\bOutOfMemoryError\b(?!:\s*Killed)|"
        r"CUBLAS_STATUS_ALLOC_FAILED|cudaErrorMemoryAllocation|CUDA_ERROR_OUT_OF_MEMORY",
        "the GPU's memory was full",
        "halve the batch and double gradient accumulation, or checkpoint activations; "
        "PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True where it is fragmented",
        "same-step",
    ),
    _reason(
        "device-assert",
        r"device-side assert triggered|Assertion `.*` failed.*(?:block|thread): \[",
        "a GPU kernel was handed an index out of range: a label outside the classes, a token "
        "outside the vocabulary",
        "run one step on the CPU, where the index is named; check labels and token ids",
        "always",
    ),
    _reason(
        "gpu-failed",
        r"uncorrectable ECC error|fallen off the bus|GPU is lost|cudaErrorDeviceUnavailable|"
        r"\bXid\b",
        "a GPU failed",
        "see nvidia-smi and the kernel's log for an Xid; leave that GPU out",
        "no",
    ),
    _reason(
        "illegal-memory-access",
        r"illegal memory access|CUDA error: misaligned address|unspecified launch failure",
        "a GPU kernel wrote where it must not",
        "repeat with CUDA_LAUNCH_BLOCKING=1 to see which; leave out custom or compiled kernels",
        "same-step",
    ),
    _reason(
        "cuda-not-there",
        r"Torch not compiled with CUDA enabled|No CUDA GPUs are available|CUDA is not available|"
        r"torch\.cuda\.is_available\(\) is False|Found no NVIDIA driver|invalid device ordinal|"
        r"Torch not linked with support for cuda|no CUDA-capable device is detected",
        "PyTorch sees no GPU, or not the one that was asked for",
        "see what torch.version.cuda and nvidia-smi say: None is a build for the CPU, to be "
        "replaced by one for CUDA; look at CUDA_VISIBLE_DEVICES and at the GPUs that the job was "
        "given",
        "always",
    ),
    _reason(
        "gpu-driver-mismatch",
        r"driver version is insufficient|driver/library version mismatch|no kernel image is "
        r"available|NVIDIA driver on your system is too old|"
        r"CUDNN_STATUS_(?:NOT_INITIALIZED|VERSION_MISMATCH|SUBLIBRARY_VERSION_MISMATCH)|"
        r"cuDNN version incompatibility|CUDA unknown error",
        "the GPU's driver, CUDA or cuDNN do not fit this PyTorch",
        "compare nvidia-smi with torch.version.cuda; install the build of PyTorch for that driver",
        "always",
    ),
    _reason(
        "shared-memory-full",
        r"insufficient shared memory|unable to (?:mmap|open shared memory)|"
        r"Bus error.*shared memory|/dev/shm",
        "the data loader's workers had no shared memory left",
        "give the container more (docker --shm-size, or an emptyDir of medium Memory), or fewer "
        "workers",
        "same-step",
    ),
    _reason(
        "data-worker-killed",
        r"DataLoader worker \(pid.*\) (?:is killed|exited)",
        "a worker of the data loader was killed, most often because memory ran out",
        "fewer workers or a smaller prefetch_factor; num_workers=0 shows an exception of its own",
        "no",
    ),
    _reason(
        "disk-full",
        r"No space left on device|Disk quota exceeded|File too large|\[Errno (?:28|27|122)\]",
        "the disk, a quota or a limit on file sizes was reached",
        "make room, keep fewer checkpoints, or write them elsewhere",
        "always",
    ),
    _reason(
        "host-out-of-memory",
        r"MemoryError\b|Cannot allocate memory|can't allocate memory|std::bad_alloc|"
        r"\[Errno 12\]|oom[-_]kill|OutOfMemoryError: Killed|[Mm]emory cgroup out of memory|"
        r"task \d+: Out Of Memory|Exceeded (?:job|step) memory limit|paging file is too small",
        "the machine's memory was full, or a limit on it was reached",
        "fewer workers, smaller batches, or data that is not held in memory",
        "same-step",
    ),
    _reason(
        "port-in-use",
        r"[Aa]ddress already in use|EADDRINUSE|errno: 98\b",
        "another process listens on the port of the rendezvous, perhaps an earlier run",
        "end that run, or torchrun --rdzv-endpoint=localhost:0 for a free port",
        "no",
    ),
    _reason(
        "checkpoint-broken",
        r"PytorchStreamReader failed|failed finding central directory|invalid magic number|"
        r"Weights only load failed|HeaderTooLarge|MetadataIncompleteBuffer",
        "a checkpoint could not be read: it was cut off, or holds more than weights",
        "take the one before it; write to a temporary name and rename",
        "always",
    ),
    _reason(
        "checkpoint-keys",
        r"(?:Missing|Unexpected) key\(s\) in state_dict|KeyError: '(?:model|optimizer|state_dict)",
        "a checkpoint has other names than the model",
        "compare both lists of names; module. and _orig_mod. before them are of DDP and compile",
        "always",
    ),
    _reason(
        "size-mismatch",
        r"size mismatch for|shapes? mismatch: .*checkpoint",
        "a checkpoint holds tensors of other sizes than the model",
        "build the model with the sizes of the checkpoint's config",
        "always",
    ),
    _reason(
        "loss-scale-spent",
        r"Minimum loss scale reached|loss scale already at minimum|"
        r"cannot be converted to type \S*Half without overflow",
        "numbers overflowed in fp16 at every loss scale down to the least",
        "bf16 in place of fp16 where the GPU has it; else a lower learning rate and clipped "
        "gradients",
        "always",
    ),
    _reason(
        "non-finite",
        r"FloatingPointError|returned nan values|expects all elements of std >= 0|"
        r"of distribution .* to satisfy the constraint|probability tensor contains either|"
        r"(?i:\bloss is (?:nan|inf|not finite)|"
        r"non-?finite loss|nan (?:loss|detected))",
        "the run stopped at a number that was not finite: a loss, a gradient or what a model said",
        "neural-trainer diagnose says why it got there; a restart would get there again",
        "always",
    ),
    _reason(
        "shape-mismatch",
        r"shapes cannot be multiplied|must match the (?:size|existing size)|is invalid for input "
        r"of size|Expected input batch_size|Sizes of tensors must match|size of tensor a|"
        r"Expected \d+D|inconsistent tensor size|operands could not be broadcast",
        "two tensors did not fit together",
        "the traceback's last line of your code names them; print their shapes there",
        "always",
    ),
    _reason(
        "device-or-dtype",
        r"Expected all tensors to be on the same device|expected scalar type|have the same "
        r"dtype|Input type .* and (?:weight|bias) type|not implemented for '(?:Half|BFloat16)'",
        "tensors of two devices or of two number formats met",
        "move the batch to the model's device; check what autocast covers",
        "always",
    ),
    _reason(
        "graph-freed",
        r"backward through the graph a second time",
        "backward went through a graph a second time, which the first had freed",
        "detach what is carried from step to step; sum losses and call backward once",
        "always",
    ),
    _reason(
        "changed-in-place",
        r"modified by an inplace operation|leaf Variable that requires grad",
        "a tensor that backward needs was changed in place",
        "a = a + b for a += b, inplace=False in activations; "
        "torch.autograd.set_detect_anomaly(True) names the operation",
        "always",
    ),
    _reason(
        "no-gradient",
        r"does not require grad|grad can be implicitly created only for scalar|"
        r"One of the differentiated Tensors appears to not have been used",
        "backward was called on what no gradient leads to",
        "see that the loss is a scalar, that parameters have requires_grad, and that nothing "
        "between was detached, under no_grad or turned into numbers",
        "always",
    ),
    _reason(
        "package-missing",
        r"ModuleNotFoundError|\bImportError\b",
        "a package could not be imported",
        "install it into the Python that runs the command; neural-trainer doctor shows another's",
        "always",
    ),
    _reason(
        "file-missing",
        r"FileNotFoundError|\[Errno 2\]|No such file or directory",
        "a file or folder that the run needs is not there",
        "check data paths and the folder that the command is started in",
        "always",
    ),
    _reason(
        "permission-denied",
        r"PermissionError|\[Errno 13\]|Read-only file system",
        "the run may not read or write a file",
        "check who owns it; a container may have mounted it read-only",
        "always",
    ),
    _reason(
        "too-many-files",
        r"Too many open files|\[Errno 24\]",
        "too many files were open",
        "ulimit -n higher, or torch.multiprocessing.set_sharing_strategy('file_system')",
        "same-step",
    ),
    _reason(
        "rank-killed",
        r"exitcode\s*:\s*-9\b|Signal 9 \(SIGKILL\)|<Signals\.SIGKILL|exit code:? 137\b",
        "a rank was killed from outside (SIGKILL): memory, a scheduler or a person",
        "see the kernel's log for out-of-memory kills on that machine",
        "no",
    ),
    _reason(
        "collective-timeout",
        r"collective operation timeout|[Ww]atchdog.*(?:timeout|timed out)|NCCL.*(?:timeout|"
        r"timed out)|[Gg]loo.*(?:timeout|[Tt]imed out)|ncclRemoteError|ncclSystemError|"
        r"ncclInternalError|NCCL [Ee]rror|DistBackendError",
        "ranks waited for one another in vain: one of them died, hung, or took another branch",
        "look at the rank that stopped first; TORCH_NCCL_TRACE_BUFFER_SIZE=2000 records which call",
        "no",
    ),
    _reason(
        "connection-lost",
        r"Connection closed by peer|Connection reset by peer|"
        r"DistNetworkError|DistStoreError|socket has timed out|Broken pipe",
        "processes of the run lost one another: a rank died or the network failed",
        "look at the rank that stopped first",
        "no",
    ),
    _reason(
        "download-failed",
        r"Max retries exceeded|ConnectionError|HTTPError|RepositoryNotFoundError|GatedRepoError|"
        r"LocalEntryNotFoundError|Name or service not known|Temporary failure in name resolution",
        "something could not be downloaded",
        "fetch it before the run, and check its name and your access",
        "no",
    ),
    _reason(
        "code-fault",
        r"\b(?:Syntax|Name|Type|Attribute|Key|Index|Value|Assertion|ZeroDivision|NotImplemented|"
        r"UnboundLocal|Recursion|Config\w*|Validation|MissingMandatoryValue|YAML|Scanner|Parser)"
        r"Error\b|RunRefused",
        "an error in the code or its configuration",
        "mend it and launch again; a restart would meet it again",
        "always",
    ),
)  # fmt: skip

USAGE = _reason(
    "bad-arguments", r"usage:", "the command was given arguments that it does not know",
    "see its --help", "always",
)  # fmt: skip
UNKNOWN = _reason(
    "unknown", r"", "it ended with an error", "see the end of stdout.log", "same-step"
)


def _signal(name: str, cause: str, do: str, *, again: bool = True) -> Reason:
    return Reason(name, re.compile(""), cause, do, "no" if again else "same-step")


SIGNALS: dict[int, Reason] = {
    signal.SIGKILL: _signal(
        "killed", "it was killed from outside (SIGKILL): by the kernel for want of memory, a "
        "scheduler or a person", "see the kernel's log for out-of-memory kills",
    ),
    signal.SIGTERM: _signal(
        "terminated", "it was told to end from outside (SIGTERM), as a scheduler does that "
        "preempts", "launch it again, or --restarts 3",
    ),
    signal.SIGSEGV: _signal(
        "segmentation-fault", "compiled code crashed (SIGSEGV)",
        "see the stack in stdout.log; suspect extensions, and mixed versions of CUDA libraries",
        again=False,
    ),
    signal.SIGBUS: _signal(
        "bus-error", "memory that was mapped vanished (SIGBUS): most often shared memory is full",
        "more shared memory (docker --shm-size), or fewer workers", again=False,
    ),
    signal.SIGABRT: _signal(
        "aborted", "compiled code gave up (SIGABRT)", "see the end of stdout.log", again=False
    ),
    signal.SIGXFSZ: _signal(
        "disk-full", "a limit on file sizes was reached (SIGXFSZ)", "ulimit -f higher",
        again=False,
    ),
    signal.SIGXCPU: _signal(
        "cpu-limit", "a limit on CPU time was reached (SIGXCPU)", "ulimit -t higher", again=False
    ),
}  # fmt: skip


def reason_of(name: str) -> Reason | None:
    """Return the reason whose id is `name`, None where there is none."""
    known = (*REASONS, *SIGNALS.values(), USAGE, UNKNOWN)
    return next((reason for reason in known if reason.id == name), None)
