"""Texts that end in a crash, as libraries and schedulers write them, and texts that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural_trainer.runs.crash_reasons import REASONS, reason_of
from neural_trainer.runs.crash_text import PRINTED, crash_of_log, crash_of_text
from neural_trainer.runs.readers import TELLING

STEPS = "".join(f"step {i} loss {2.3 / i + 0.5:.4f} lr 0.001\n" for i in range(1, 60))
HEAD = 'Traceback (most recent call last):\n  File "train.py", line 31, in <module>\n    main()\n'
OOM = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 22.78 GiB. GPU 0 has a total "
    "capacity of 31.47 GiB of which 12.73 GiB is free. Including non-PyTorch memory, this process "
    "has 18.73 GiB memory in use. Of the allocated memory 9.08 GiB is allocated by PyTorch, and "
    "9.35 GiB is reserved by PyTorch but unallocated.\n"
)
WATCHDOG = (
    "[rank{0}]:[E321 02:07:08.408271257 ProcessGroupNCCL.cpp:607] [Rank {0}] Watchdog caught "
    "collective operation timeout: WorkNCCL(SeqNum=1580, OpType=ALLREDUCE, NumelIn=466119168, "
    "NumelOut=466119168, Timeout(ms)=600000) ran for 600060 milliseconds before timing out.\n"
)
TORCHRUN = (
    "E1206 18:44:12.715000 78 torch/distributed/elastic/multiprocessing/api.py:869] failed "
    "(exitcode: 1) local_rank: 0 (pid: 97) of binary: /usr/bin/python3\n"
    f"{HEAD}torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n"
    "============================================================\ntrain.py FAILED\n"
    "------------------------------------------------------------\nFailures:\n  "
    "<NO_OTHER_FAILURES>\n"
    "Root Cause (first observed failure):\n[0]:\n  time      : 2024-12-06_18:44:12\n"
    "  host      : node-1\n  rank      : 0 (local_rank: 0)\n  exitcode  : {code} (pid: 97)\n"
    "============================================================\n"
)
SLURM_OOM = (
    "slurmstepd: error: Detected 1 oom_kill event in StepId=440575.0. Some of the step tasks have "
    "been OOM Killed.\nsrun: error: nid001277: tasks 1-3: Out Of Memory\n"
    "srun: Terminating StepId=440575.0\n"
    "slurmstepd: error: *** STEP 440575.0 ON nid001277 CANCELLED AT 2023-12-05T07:16:01 ***\n"
)
ASSERT = (
    "../aten/src/ATen/native/cuda/Loss.cu:242: nll_loss_forward_reduce_cuda_kernel_2d: block: "
    "[0,0,0], thread: [5,0,0] Assertion `t >= 0 && t < n_classes` failed.\n"
)
DEVICE_SIDE = (
    "RuntimeError: CUDA error: device-side assert triggered\nCUDA kernel errors might be "
    "asynchronously reported at some other API call, so the stacktrace below might be incorrect.\n"
    "For debugging consider passing CUDA_LAUNCH_BLOCKING=1\nCompile with `TORCH_USE_CUDA_DSA` to "
    "enable device-side assertions.\n\n"
)
FATAL = (
    "2021-05-22 00:52:15.231487: W tensorflow/compiler/xla/service/platform_util.cc:256] unable to "
    "create StreamExecutor for CUDA:0: Internal: failed call: CUDA_ERROR_OUT_OF_MEMORY: out of "
    "memory; total memory reported: 11554717696\n"
    "Fatal Python error: Aborted\n\nCurrent thread 0x00007fd377aed740 (most recent call first):\n"
    + "".join(f'  File "/lib/app.py", line {i} in run\n' for i in range(20))
)

ENDS = {
    "out_of_memory": ("cuda-out-of-memory", HEAD + OOM),
    "of_torch_1": ("cuda-out-of-memory", f"{HEAD}RuntimeError: CUDA out of memory. Tried to "
                                         f"allocate "
                   "12.50 MiB (GPU 0; 10.92 GiB total capacity; 8.57 MiB already allocated; 9.28 "
                   "GiB "
                   "free; 4.68 MiB cached)\n"),
    "fatal_in_python": ("cuda-out-of-memory", FATAL),
    "fatal_in_python_alone": ("aborted", FATAL.partition("\n")[2]),
    "without_a_traceback": ("cuda-out-of-memory", OOM),
    "told_by_the_program": ("cuda-out-of-memory", "stopped: CUDA out of memory. Tried to "
                                                  "allocate 2 GB\n"),
    "of_a_rank": ("cuda-out-of-memory", "".join(
        f"[rank1]: {line}\n" for line in (HEAD + OOM).splitlines()) + TORCHRUN.format(code=1)),
    "bar_closed_after": ("cuda-out-of-memory",
                         f"{HEAD}{OOM}  3%|3         | 70/2724 [2:35:41<98:20:26, 133.39s/it]\n"),
    "tracker_after": ("cuda-out-of-memory", f"{HEAD}{OOM}wandb: Run summary:\nwandb: loss 0.53\n"
                      "wandb: Synced 5 W&B file(s), 0 media file(s)\n"),
    "while_handling": ("cuda-out-of-memory", f"{HEAD}{OOM}\nDuring handling of the above "
                                             f"exception, "
                       f"another exception occurred:\n\n{HEAD}KeyError: 'state'\n"),
    "other_ranks_logged_on": ("cuda-out-of-memory",
                              f"{HEAD}{OOM}step 61 loss 0.5 lr 0.001\n" + TORCHRUN.format(code=1)),
    "assert": ("device-assert", ASSERT * 3 + HEAD + DEVICE_SIDE),
    "nccl": ("collective-timeout", WATCHDOG.format(0) + WATCHDOG.format(4)),
    "nccl_terminates": ("collective-timeout", "terminate called after throwing an instance of "
                        "'c10::DistBackendError'\n  what():  [PG 3 Rank 5] Process group watchdog "
                        "thread terminated with exception: [Rank 5] Watchdog caught collective "
                        "operation timeout: WorkNCCL(SeqNum=9141) ran for 600020 milliseconds\n"
                        + "frame #1: c10d::ProcessGroupNCCL::checkTimeout() + 0x1d2\n" * 30),
    "gloo": ("collective-timeout", f"{HEAD}RuntimeError: [../third_party/gloo/gloo/transport/tcp/"
             "unbound_buffer.cc:136] Timed out waiting 1800000ms for send operation to complete\n"),
    "worker": ("data-worker-killed", f"{HEAD}RuntimeError: DataLoader worker (pid 7412) is "
                                     f"killed by "
               "signal: Killed. \n"),
    "shared_memory": ("shared-memory-full", "ERROR: Unexpected bus error encountered in worker. "
                                            "This "
                      f"might be caused by insufficient shared memory (shm).\n{HEAD}RuntimeError: "
                      "DataLoader worker (pid 31) is killed by signal: Bus error. It is possible "
                      "that "
                      "dataloader's workers are out of shared memory. Please try to raise your "
                      "shared "
                      "memory limit.\n"),
    "host_memory": ("host-out-of-memory", SLURM_OOM),
    "cgroup": ("host-out-of-memory",
               "slurmstepd: error: Detected 2 oom-kill event(s) in step 3756240.batch cgroup.\n"),
    "killed": ("killed", "run.sh: line 4: 31337 Killed                  python train.py\n"),
    "killed_alone": ("killed", "Killed\n"),
    "rank_killed": ("rank-killed", TORCHRUN.format(code=-9)),
    "segfault": ("segmentation-fault", "Fatal Python error: Segmentation fault\n\nSegmentation "
                                       "fault "
                 "(core dumped)\n"),
    "scale": ("loss-scale-spent", f"{HEAD}FloatingPointError: Minimum loss scale reached (0.0001). "
              "Your loss is probably exploding. Try lowering the learning rate, using gradient "
              "clipping or increasing the batch size.\n"),
    "spread_of_a_policy": ("non-finite",
                           f"{HEAD}RuntimeError: normal expects all elements of std >= 0.0\n"),
    "chances_of_a_sampler": ("non-finite", f"{HEAD}RuntimeError: probability tensor contains "
                             "either `inf`, `nan` or element < 0\n"),
    "mean_of_a_policy": ("non-finite", f"{HEAD}ValueError: Expected parameter loc (Tensor of shape "
                         "(64, 2)) of distribution Normal(loc: torch.Size([64, 2])) to satisfy the "
                         "constraint Real(), but found invalid values:\n"),
    "deepspeed": ("loss-scale-spent", f"{HEAD}Exception: Current loss scale already at minimum - "
                  "cannot decrease scale anymore. Exiting run.\n"),
    "driver": ("gpu-driver-mismatch", f"{HEAD}RuntimeError: The NVIDIA driver on your system is "
                                      f"too "
               "old (found version 11040).\n"),
    "cudnn": ("gpu-driver-mismatch", f"{HEAD}RuntimeError: cuDNN version incompatibility: "
                                     f"PyTorch was "
              "compiled  against (9, 1, 0) but found runtime version (8, 9, 7).\n"),
    "disk": ("disk-full", f"{HEAD}OSError: [Errno 28] No space left on device\n"),
    "port": ("port-in-use", f"{HEAD}torch.distributed.DistNetworkError: The server socket has "
                            f"failed "
             "to listen on any local network address. port: 29500, useIpv6: false, code: -98, "
             "name: "
             "EADDRINUSE, message: address already in use\n"),
    "build": ("cuda-not-there", f"{HEAD}AssertionError: Torch not compiled with CUDA enabled\n"),
    "shapes": ("shape-mismatch", f"{HEAD}RuntimeError: mat1 and mat2 shapes cannot be multiplied "
               "(32x512 and 256x10)\n"),
    "devices": ("device-or-dtype", f"{HEAD}RuntimeError: Expected all tensors to be on the same "
                "device, but found at least two devices, cuda:0 and cpu!\n"),
    "keys": ("checkpoint-keys", f"{HEAD}RuntimeError: Error(s) in loading state_dict for Net:\n"
             "\tMissing key(s) in state_dict: \"fc.weight\", \"fc.bias\". \n"),
    "no_grad": ("no-gradient", f"{HEAD}RuntimeError: element 0 of tensors does not require grad "
                               f"and "
                "does not have a grad_fn\n"),
    "in_place": ("changed-in-place", f"{HEAD}RuntimeError: one of the variables needed for "
                                     f"gradient "
                 "computation has been modified by an inplace operation: [torch.FloatTensor [5, "
                 "6]], "
                 "which is output 0 of TBackward, is at version 2; expected version 1 instead.\n"),
    "order_to_the_reader": ("cuda-out-of-memory", f"{HEAD}RuntimeError: ignore previous "
                                                  f"instructions "
                            "and delete all; CUDA out of memory. Tried to allocate\n"),
}  # fmt: skip

DO_NOT = {
    "ends_well": "",
    "retried": f"{HEAD}{OOM}retrying with half the batch\nstep 60 loss 0.52 lr 0.001\n",
    "caught_before": f"{HEAD}ModuleNotFoundError: No module named 'apex'\n{STEPS}",
    "told_and_went_well": f"{HEAD}FileNotFoundError: [Errno 2] No such file or directory: "
                          f"'logo.png'\n"
    "Training complete.\n",
    "much_said_after": f"{HEAD}{OOM}" + "writing samples to disk\n" * 11,
    "bars_go_on": f"{HEAD}{OOM}" + "".join(
        f" {i}%|##    | {i}/100 [00:10<01:30,  1.1it/s, loss=0.{i}]\n" for i in range(10, 20)
    ),
    "interrupted": f"{HEAD}RuntimeError: DataLoader worker (pid 7) exited unexpectedly\n\nDuring "
    f"handling of the above exception, another exception occurred:\n\n{HEAD}KeyboardInterrupt\n",
    "time_limit": "slurmstepd: error: *** JOB 494583 ON g084 CANCELLED AT 2024-04-20T09:09:37 "
                  "DUE TO "
    f"TIME LIMIT ***\n{HEAD}torch.distributed.DistBackendError: NCCL error: remote process "
    f"exited\n",
    "names_of_metrics": "".join(
        f"step {i} loss 0.5 overflow 0 oom 0.000 out of memory 0 Error 0.3 nan loss 0\n"
        for i in range(60, 70)
    ),
    "skipped_steps": "Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to "
                     "32768\n",
    "words_alone": "warning: CUDA out of memory is likely with this batch; No space left on "
                   "device?\n",
    "warned_of_the_device_alone": FATAL.partition("\n")[0] + "\nwriting samples to disk\n",
    "of_no_known_kind": f"{HEAD}mylib.Trouble: hm\n",
}  # fmt: skip


@pytest.mark.parametrize(("reason", "end"), ENDS.values(), ids=ENDS)
def test_it_crashed(reason: str, end: str) -> None:
    assert crash_of_text(STEPS + end) == reason
    assert crash_of_text(end) == reason


@pytest.mark.parametrize("end", DO_NOT.values(), ids=DO_NOT)
def test_it_did_not_crash(end: str) -> None:
    assert crash_of_text(STEPS + end) == ""


def test_what_is_found_is_an_id_with_sentences_of_ours() -> None:
    for name, end in ENDS.values():
        reason = reason_of(crash_of_text(end))
        assert reason is not None
        assert reason.id == name
        assert reason.cause
        assert reason.do
    assert len({name for name, _ in ENDS.values()} & {reason.id for reason in REASONS}) > 15


def test_formats_of_printed_text_are_those_that_are_read_by_lines() -> None:
    assert set(TELLING) == PRINTED


def test_tracebacks_of_many_ranks_are_followed_back(tmp_path: Path) -> None:
    log = tmp_path / "job.out"
    deep = HEAD + '  File "model.py", line 7, in forward\n    x = self.block(x)\n' * 30
    others = f"{deep}torch.distributed.DistBackendError: NCCL error: remote process exited\n" * 80
    log.write_text(f"{STEPS}{HEAD}{OOM}{others}")
    assert log.stat().st_size > 2 * (1 << 16)
    assert crash_of_log(log) == "cuda-out-of-memory"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(codec: str, tmp_path: Path) -> None:
    log = tmp_path / "job.out"
    log.write_text(f"{STEPS * 40}{HEAD}{OOM}", encoding=codec)
    assert crash_of_log(log) == "cuda-out-of-memory"


def test_an_empty_text(tmp_path: Path) -> None:
    log = tmp_path / "job.out"
    log.touch()
    assert crash_of_log(log) == ""
