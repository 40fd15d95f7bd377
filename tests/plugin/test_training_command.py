"""Which shell commands start a training outside of launch, and which only look like it."""

from __future__ import annotations

import doctest
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "hooks"))

import training_command
from training_command import MAX_CHARACTERS, under_launch

LAUNCH = "neural-trainer launch -- "
# Command, and what launch would be given; None: the command as it stands.
TRAININGS: dict[str, str | None] = {
    "python train.py": None,
    "python3 -u scripts/train_gpt2.py config.yaml": None,
    ".venv/bin/python train.py --lr 1e-3": None,
    "python3.11 src/pretrain.py": None,
    "python finetune_lora.py --model 'my model'": None,
    "python fine-tune.py": None,
    "python tools/trainResNet.py": None,
    "python -m mypackage.train --config c.yaml": None,
    "python -m src.train_model": None,
    "python -m training": None,
    "python -X dev -W ignore train.py": None,
    "python -um pkg.training.run_training": None,
    "python main.py --epochs 10": None,
    "python main.py --num_train_epochs=3": None,
    "python run_clm.py --do_train --model_name_or_path gpt2": None,
    "python main.py --lr 0.1": None,
    "python main.py --optim.weight-decay 0.1": None,
    "python main.py trainer.max_epochs=10": None,
    "python main.py trainer.num_epochs=10": None,
    "python main.py optim.lr=0.1": None,
    "python cli.py fit --config lightning.yaml": None,
    "python main.py train": None,
    "python ppo.py --env-id CartPole-v1": None,
    "python train_and_evaluate.py": None,
    "python trainer.py": None,
    "python fact_checker.py --train": None,
    "python main.py --train True": None,
    "python run_glue.py --do_eval --do_train": None,
    "python train.py --mode=full --phase train": None,
    "python retrain.py": None,
    "python sft.py": None,
    "python scripts/run_dpo.py": None,
    "python grpo_math.py": None,
    "python rlhf.py": None,
    "python distill.py": None,
    "python train.py --eval_steps 100 --test_size 0.2": None,
    "torchrun --nproc_per_node 8 train.py": None,
    "torchrun --standalone --nproc-per-node=2 -m pkg.main": None,
    "python -m torch.distributed.run --nproc_per_node=2 main.py": None,
    "accelerate launch --config_file a.yaml run_glue.py": None,
    "python -m accelerate.commands.launch script.py": None,
    "deepspeed --num_gpus=4 main.py --deepspeed ds.json": None,
    "srun python train.py": None,
    "srun -N 2 -n16 --gres gpu:8 --cpus-per-task=4 -u python train.py": None,
    "srun --ntasks 2 --kill-on-bad-exit=1 torchrun --nnodes 2 main.py": None,
    "salloc -N 1 && srun --mem 32G -l bash train.sh": "srun --mem 32G -l bash train.sh",
    "axolotl train config.yml": None,
    "yolo detect train data=coco8.yaml": None,
    "fairseq-train data-bin": None,
    "bash scripts/train.sh": None,
    "./train.py --lr 3e-4": None,
    "uv run python train.py": None,
    "uv run --with torch train.py": None,
    "poetry run python -m pkg.train": None,
    "conda run -n ml python train.py": None,
    "timeout 3600 python train.py": None,
    "nice -n 10 python train.py": None,
    "nohup python train.py > log.txt 2>&1 &": "python train.py",
    "time python train.py | tee log": "python train.py",
    "cd exp && python train.py": "python train.py",
    "source .venv/bin/activate; python train.py": "python train.py",
    "pip install -r requirements.txt\npython train.py": "python train.py",
    "echo start # python eval.py\npython train.py": "python train.py",
    "python \\\n  train.py \\\n  --lr 0.1": "python train.py --lr 0.1",
    "(cd exp; python train.py)": "python train.py",
    "for lr in 0.1 0.01; do python train.py --lr $lr; done": "python train.py --lr $lr",
    "if ! python train.py; then echo bad; fi": "python train.py",
    "bash -c 'python train.py --seed 1'": "python train.py --seed 1",
    "neural-trainer preflight c.yaml && python train.py": "python train.py",
    "cat > train.py <<'EOF'\nimport torch\nEOF\npython train.py": "python train.py",
}
WITH_SETTINGS = {
    "CUDA_VISIBLE_DEVICES=0,1 python train.py": f"CUDA_VISIBLE_DEVICES=0,1 {LAUNCH}python train.py",
    "A='x y' B=2 torchrun train.py >> log": f"A='x y' B=2 {LAUNCH}torchrun train.py",
    "env A=1 python train.py": f"{LAUNCH}env A=1 python train.py",
}
OTHERS = [
    "neural-trainer launch -- python train.py",
    "neural-trainer launch --yes --detach -- torchrun --nproc_per_node 8 train.py",
    "srun neural-trainer launch -- python train.py",
    "neural-trainer launch --yes -- srun python train.py",
    "neural-trainer train config.yaml",
    "CUDA_VISIBLE_DEVICES=0 neural-trainer launch -- python train.py",
    "python -m neural_trainer launch -- python train.py",
    "python -m neural_trainer.train config.yaml",
    "uv run neural-trainer launch -- python train.py",
    "pytest tests/test_train.py",
    "python -m pytest tests/test_train.py -k train",
    "torchrun --nproc_per_node 2 -m pytest tests/test_ddp.py",
    "python -m unittest tests.test_train",
    "python tests/test_train.py",
    "pip install trainer",
    "python -m pip install -e .[train]",
    "jupyter notebook train.ipynb",
    "jupyter nbconvert --to notebook --execute train.ipynb",
    "python -m jupyter lab train.ipynb",
    "python -c 'import train; print(train.__file__)'",
    "python - <<'EOF'\nprint('python train.py')\nEOF",
    "python -m py_compile train.py",
    "python -m json.tool train.json",
    "python train.py --help",
    "python train.py -h",
    "python main.py --epochs 10 --eval-only",
    "python train.py --dry-run",
    "python train.py --version",
    "accelerate launch train.py --mode=evaluate",
    "python train.py --phase test",
    "python run_glue.py --do_eval --num_train_epochs 3",
    "torchrun run_squad.py --do_predict --learning_rate 3e-5",
    "python train.py --test",
    "python train.py --infer_only",
    "python train.py --inference",
    "python train.py --list-models",
    "python train.py --print_config",
    "python train.py --cfg job",
    "python -c 'import sys' train.py",
    "python - train.py < other.py",
    "torchrun --help",
    "torchrun eval.py --checkpoint best.pt",
    "accelerate config",
    "accelerate env",
    "accelerate launch generate.py",
    "accelerate estimate-memory gpt2",
    "deepspeed --version",
    "ds_report",
    "cat train.py",
    "grep -n 'python train.py' README.md",
    'grep -rn "torchrun train.py; python train.py" docs',
    "git add train.py && git commit -m 'python train.py works'",
    'git commit -m "fix; python train.py"',
    "echo python train.py",
    "echo 'run: python train.py' > README.md",
    "cat > run.sh <<EOF\npython train.py\nEOF",
    "cat > run.sh <<-'END'\n\tpython train.py\n\tEND\nchmod +x run.sh",
    "# python train.py",
    "ls # then python train.py",
    "ruff check train.py",
    "mypy src/train.py",
    "wc -l train.py; head -50 train.py",
    "vim train.py",
    "which python torchrun accelerate",
    "python scripts/prepare_training_data.py",
    "python evaluate.py --lr 0.1",
    "python constrain.py",
    "python strained.py",
    "python main.py",
    "python app.py --port 8000",
    "python manage.py runserver",
    "bash setup.sh train",
    "bash download_train.sh",
    "tail -f train.log",
    "ps aux | grep train.py",
    "kill $(pgrep -f 'python train.py')",
    "mkdir -p runs/train > train.py",
    "scp host:train.py .",
    "srun --pty bash",
    "srun -n 2 hostname",
    "srun --job-name train python evaluate.py",
    "srun --help",
    "sbatch train.sh",
    "squeue -n train",
    "yolo predict model=best.pt",
    "axolotl preprocess config.yml",
    "tune ls",
    "python",
    "nohup",
    "timeout 5",
    "env",
    "bash -c",
    "",
    "'unclosed python train.py",
    "python -m",
]
# Of scripts that have to do with a training and are none.
OTHER_SCRIPTS = """
    test_train train_eval train_predict infer_trained generate_from_trained plot_training
    training_curves prep_train download_train fetch_train train_data export_trained
    convert_trained merge_trained analyze_training train_analysis train_tokenizer train_vocab
    train_bpe train_split train_utils train_helpers train_log train_config check_train
    visualize_training view_train show_train inspect_train summarize_training parse_train
    collect_train clean_train train_schedule train_timetable bench_train profile_train
    monitor_training stop_training training_status install_train setup_train build_train
    serve_trained report_training compare_training count_train validate_train upload_trained
    PlotTraining train-utils
"""


def test_half_of_the_table_are_near_misses() -> None:
    assert len(TRAININGS) + len(WITH_SETTINGS) >= 50
    assert len(OTHERS) >= len(TRAININGS) + len(WITH_SETTINGS)
    assert len(set(OTHERS)) == len(OTHERS)


@pytest.mark.parametrize(("command", "given"), TRAININGS.items(), ids=TRAININGS)
def test_a_bare_training_is_put_under_launch(command: str, given: str | None) -> None:
    assert under_launch(command) == LAUNCH + (given or command)


@pytest.mark.parametrize(("command", "given"), WITH_SETTINGS.items(), ids=WITH_SETTINGS)
def test_its_environment_stays_where_the_shell_reads_it(command: str, given: str) -> None:
    assert under_launch(command) == given


@pytest.mark.parametrize("command", OTHERS, ids=lambda command: command or "empty")
def test_a_near_miss_is_let_be(command: str) -> None:
    assert under_launch(command) is None


@pytest.mark.parametrize("name", OTHER_SCRIPTS.split())
def test_a_script_beside_a_training_is_let_be(name: str) -> None:
    assert under_launch(f"python {name}.py --lr 0.1") is None
    assert under_launch(f"torchrun {name}.py") is None
    assert under_launch(f"python -m scripts.{name}") is None


def test_the_example_in_the_docstring_holds() -> None:
    result = doctest.testmod(training_command)
    assert (result.attempted, result.failed) == (2, 0)


@pytest.mark.parametrize("command", TRAININGS)
def test_what_is_under_launch_is_not_noticed_again(command: str) -> None:
    given = under_launch(command)
    assert given is not None
    assert under_launch(given) is None


@pytest.mark.parametrize(
    "part",
    ["'", '"', "\\", '"\\', "'\"", "<<A\n", "(", "a_", "--a_", "-a-", "A=", "env ", "bash -c '"],
)
def test_any_command_is_read_in_a_moment(part: str) -> None:
    filled = part * (MAX_CHARACTERS // len(part))
    before = time.process_time()
    for command in (filled, f"python main.py --{filled}"[:MAX_CHARACTERS]):
        assert under_launch(command) is None
    assert time.process_time() - before < 1.0
    assert under_launch("python train.py " + "x" * MAX_CHARACTERS) is None
