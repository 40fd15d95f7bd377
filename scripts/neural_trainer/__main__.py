"""`python -m neural_trainer VERB`: the command where it is not on PATH, or for torchrun."""

import atexit
import os
import sys

from neural_trainer.cli import main

code = main()
if "torch" in sys.modules and "TORCHELASTIC_RUN_ID" in os.environ:
    # On a busy machine one rank in thirty was aborted as torch took its threads down at the end of
    # the process, all its work done and written: torchrun takes that for a rank that failed.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
raise SystemExit(code)
