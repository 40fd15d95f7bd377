"""The run has learnt what it will.

Looks like: the loss fell and is flat over the last third of the run, with no
symptom of a fault.

Not to be confused with: lr-schedule-wrong (flat because the learning rate is
zero); a plateau before a sudden drop, which only more steps can tell.
"""

ID = "converged"
ISSUE = "The run has learnt what it will"
SETTING = "any"
PRIOR = 0.2
EXPECTS = {"loss-plateau": 0.95}
