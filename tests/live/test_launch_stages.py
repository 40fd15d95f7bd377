"""A staged start: one step, fifty, then the whole run, each stage a gate."""

from __future__ import annotations

from launching import MONITORED, Launch, launched

STAGED = "import os\nopen('stages', 'a').write(os.environ['NEURAL_TRAINER_STAGE'] + ' ')\n"


@launched(STAGED + MONITORED, "--stage", "one-step,smoke,full")
def test_stages_pass_one_after_the_other(launch: Launch) -> None:
    launch.until("stage one-step: until step 1")
    launch.take(1)
    launch.until("stage smoke: until step 50")
    launch.take(50)
    launch.until("stage smoke: passed")
    launch.take(60)
    launch.finish()
    assert launch.end() == 0
    assert (launch.project / "stages").read_text() == "one-step smoke full "
    assert launch.steps() == list(range(1, 61))  # of the last stage alone


BREAKS = MONITORED.replace(
    "for step in steps():", "for step in steps():\n        if step == 9: 1/0"
)


@launched(STAGED + BREAKS, "--stage", "smoke,full")
def test_a_stage_that_fails_is_the_end(launch: Launch) -> None:
    launch.take(8)
    launch.begin_step()
    assert launch.end() == 1
    assert (launch.project / "stages").read_text() == "smoke "
    assert "stage smoke failed: it crashed" in launch.summary()["ended"]
    assert launch.summary()["crash"]["id"] == "code-fault"
