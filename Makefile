# What a contributor types. Works with GNU make 3.81, which macOS has.
.DEFAULT_GOAL := help
.PHONY: calibrate eval-triggers evals-check fit-triggers judge-held-out help setup client libraries demo test check test-all test-gpu test-faults fix docs golden fuzz fuzz-keep bench bench-plot bench-read bench-monitor bench-train bench-scaling bench-compare bench-lint bench-diagnosis bench-sweep bench-dashboard bench-gpu shots lock

PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3.10 python3; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo "$$name" && break; done)
IN := .venv/bin
CLIENT_VERSION := tests/plugin/client-version.txt

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: .venv/installed ## .venv with what requirements-dev.lock pins (PYTHON=... picks the Python)

.venv/installed: requirements-dev.lock
	@test -n "$(PYTHON)" || { echo "make: needs Python 3.10 or newer: there is none on PATH; say make PYTHON=/path/to/python" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv
	$(IN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	@touch $@

client: ## the Claude Code client that the plugin's tests drive, in .client (needs npm)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory .client/installed; \
	else echo "make: there is no npm, so no Claude Code client: the tests that drive it are skipped" >&2; fi

.client/installed: $(CLIENT_VERSION)
	npm install --prefix .client --no-audit --no-fund --loglevel=error --update-notifier=false "@anthropic-ai/claude-code@$$(cat $(CLIENT_VERSION))"
	@touch $@

libraries: .libraries/installed ## the libraries whose logs and callbacks are tested, in .libraries (2.8 GB)

# One that does not install on this Python is named and left out: its tests are skipped by name.
.libraries/installed: tests/runs/fixtures/requirements.txt
	@test -n "$(PYTHON)" || { echo "make: needs Python 3.10 or newer: there is none on PATH; say make PYTHON=/path/to/python" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .libraries
	.libraries/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< || \
	sed 's/ *#.*//; /^$$/d' $< | while read -r library; do \
		.libraries/bin/python -m pip install --quiet --disable-pip-version-check --constraint $< "$$library" || \
		echo "make: $$library does not install on $$(.libraries/bin/python --version): the tests that need it are skipped" >&2; \
	done
	@touch $@

demo: setup ## from a failing run to a proven fix
	NEURAL_TRAINER_PYTHON=$(IN)/python bin/neural-trainer demo

test: setup client check ## everything that a change must pass, from a fresh clone on

check: setup ## lint, layout, types, tests but the slow ones, generated pages
	$(IN)/ruff check .
	$(IN)/ruff format --check .
	$(IN)/mypy
	$(IN)/python -m pytest -q -n 2 -m "not slow"
	$(IN)/python docs/generate.py --check

eval-triggers: setup ## which agent the hook names, on prompts written without sight of its words
	$(IN)/python evals/triggers/judge.py

fit-triggers: setup ## the network behind the prompt hook, fitted anew: writes hooks/agent_network.bin
	$(IN)/python evals/triggers/fit.py

evals-check: setup ## every recorded answer of a language model graded again: writes docs/evals.md (10 minutes)
	$(IN)/python evals/check.py

test-all: setup client libraries ## the tests, slow ones too
	$(IN)/python -m pytest -q -n 2

test-gpu: setup ## the tests that need a CUDA device, where there is one
	$(IN)/python -c "import sys, torch; torch.cuda.is_available() or sys.exit('make: there is no CUDA device here')"
	$(IN)/python -m pytest -q -m gpu

test-faults: setup ## processes killed, memory and disk gone, ...: writes docs/reliability.md
	$(IN)/python -m pytest -q tests/faults -o junit_family=xunit1 --junitxml=build/faults.xml; code=$$?; \
	$(IN)/python docs/write_reliability.py build/faults.xml && exit $$code

fix: setup ## what ruff can mend by itself
	$(IN)/ruff check --fix .
	$(IN)/ruff format .

docs: setup ## the generated pages of docs/
	$(IN)/python docs/generate.py

golden: setup ## the golden files of the tests: read the difference before you commit it
	$(IN)/python -m pytest -q --rewrite-golden

fuzz: build/fuzz/venv/installed ## hostile input for the readers: SECONDS=600 in all, READER=... for one
	build/fuzz/venv/bin/python fuzz/readers.py --seconds $(or $(SECONDS),600) $(addprefix --reader ,$(READER))

fuzz-keep: build/fuzz/venv/installed ## fuzz/corpus made anew from it and from what fuzzing found
	build/fuzz/venv/bin/python fuzz/readers.py --keep $(addprefix --reader ,$(READER))

# atheris comes for Linux and Python 3.11 to 3.13.
build/fuzz/venv/installed: fuzz/requirements.txt
	@test -n "$(PYTHON)" || { echo "make: needs Python 3.11 or newer: there is none on PATH; say make PYTHON=/path/to/python" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear build/fuzz/venv
	build/fuzz/venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

calibrate: setup ## the chances of symptoms under causes, learnt anew on the fault gym (an hour)
	$(IN)/python calibration/calibrate.py --by-cause

judge-held-out: setup ## the diagnosis judged by families it was not fitted on; each time is counted
	$(IN)/python calibration/judge_held_out.py

bench: setup ## what the start of a command costs, a row for a sink, the plugin's monitor while idle
	$(IN)/python benchmarks/startup.py
	$(IN)/python benchmarks/sink_rows.py
	$(IN)/python benchmarks/relay_idle.py

bench-plot: setup ## a curve of a million points as a picture, beside matplotlib
	$(IN)/python benchmarks/plot.py

.peers/installed: benchmarks/requirements-peers.txt
	$(IN)/python -m venv --clear .peers
	.peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements-peers.txt
	@touch $@

bench-read: setup .peers/installed ## reading beside the readers of others (needs Linux, 15 minutes)
	$(IN)/python benchmarks/read_logs.py

# BackPACK asks for torchvision, does not need it here, and gets one for CUDA, which breaks a torch for the CPU.
.peers-training/installed: benchmarks/requirements-training-peers.txt
	"$(PYTHON)" -m venv --clear .peers-training
	.peers-training/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	.peers-training/bin/python -m pip uninstall --quiet --yes torchvision
	@touch $@

bench-monitor: .peers-training/installed ## watching a training step beside wandb.watch and others (20 minutes)
	.peers-training/bin/python benchmarks/write_step.py; written=$$?; \
	.peers-training/bin/python benchmarks/monitor_overhead.py && exit $$written

bench-train: .peers-training/installed ## the trainer beside a bare loop and transformers' (30 minutes)
	.peers-training/bin/python benchmarks/train_throughput.py

bench-scaling: setup ## scaling laws on public data, each right answer reached or not (DATA=... names it)
	$(IN)/python benchmarks/scaling.py $(addprefix --data ,$(DATA))

bench-compare: setup ## how often intervals hold the truth, whether plans keep their power (4 minutes)
	$(IN)/python benchmarks/comparison_coverage.py

.peers-lint/installed: benchmarks/requirements-lint-peers.txt
	$(IN)/python -m venv --clear .peers-lint
	.peers-lint/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

bench-lint: setup .peers-lint/installed ## bugs planted without sight of the rules, each found or not, beside torchfix
	$(IN)/python benchmarks/lint.py

.peers-diagnosis/installed: benchmarks/requirements-diagnosis-peers.txt
	$(IN)/python -m venv --clear .peers-diagnosis
	.peers-diagnosis/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

bench-diagnosis: setup .peers-diagnosis/installed ## the diagnosis beside seven tools on the held-out runs (SEEDS=1; an hour)
	$(IN)/python benchmarks/diagnosis.py --seeds $(or $(SEEDS),1)

bench-sweep: setup ## mean regret of each sampler on grids of real runs (DATA=... names them)
	$(IN)/python benchmarks/sweep_samplers.py $(addprefix --data ,$(DATA))

bench-dashboard: setup .peers/installed ## the page beside TensorBoard on the same logs (needs Linux, chromium; 10 minutes)
	$(IN)/python benchmarks/dashboard.py

shots: setup ## the pictures of the dashboard in docs/, from runs that it trains (needs chromium)
	PYTHONPATH=scripts $(IN)/python docs/make_shots.py

bench-gpu: setup ## Monitor and trainer on a CUDA GPU: a GPT of 124M, bf16, compiled
	$(IN)/python benchmarks/device_kernels.py; kernels=$$?; \
	$(IN)/python benchmarks/monitor_cuda.py; measured=$$?; \
	$(IN)/python benchmarks/train_throughput.py --device cuda && exit $$((kernels | measured))

# torch's CUDA packages are left out: its CPU build needs none of them, and pip adds them where its CUDA build does.
lock: ## requirements-dev.lock, from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.10 --no-annotate --no-header --group dev --output-file build/lock.txt pyproject.toml
	{ echo '# What make setup installs, on Python 3.10 to 3.13, Linux and macOS. Written by make lock.'; \
		grep -v -E '^(nvidia|cuda|triton)' build/lock.txt; } > requirements-dev.lock
