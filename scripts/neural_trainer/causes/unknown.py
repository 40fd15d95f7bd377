"""Something is wrong, and it is none of the causes that are known here.

Looks like: symptoms that no cause explains, or explains together. It always
keeps a share of the confidence.
"""

ID = "unknown"
ISSUE = "Something is wrong that is none of the known causes"
SETTING = "any"
PRIOR = 0.03
ANY = 0.3  # chance of each symptom: nothing is known, so everything is about as likely
# An error whose kind is known is explained by that kind.
EXPECTS: dict[str, float] = {"crashed-out-of-memory": 0.003, "crashed-otherwise": 0.003}
