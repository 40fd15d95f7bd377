import numpy as np
from scipy import stats


def trend(steps, losses):
    steps, losses = np.asarray(steps, float), np.asarray(losses, float)
    fine = np.isfinite(losses)
    fit = stats.linregress(steps[fine], losses[fine])
    if fit.pvalue > 0.01:
        return "flat"
    return "falling" if fit.slope < 0 else "rising"
