"""The names of the files of a run folder, for those who write them and those who read them."""

RUN_FILE = "run.json"
METRICS_FILE = "metrics.jsonl"
LAYERS_FILE = "layers.bin"
ALERTS_FILE = "alerts.jsonl"
SUMMARY_FILE = "summary.json"
STDOUT_FILE = "stdout.log"
