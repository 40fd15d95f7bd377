"""The run learns and nothing is wrong with it.

Looks like: a loss that falls, or a reward that rises, with none of the
symptoms beyond what chance brings.

Not to be confused with: a run that is too short to tell, which is said so.
"""

ID = "healthy"
ISSUE = "The run learns; nothing is wrong with it"
SETTING = "any"
PRIOR = 0.5
EXPECTS: dict[str, float] = {}
