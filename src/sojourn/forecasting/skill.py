"""Comparison of forecasters on the same targets: relative skill, and whether it may be chance."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from scipy import stats

from sojourn.arrays import Floats


def relative_skill(scores: Mapping[str, Floats], baseline: str) -> dict[str, float]:
    """Scaled relative skill of each forecaster: 1 for the baseline, less is better.

    For every pair the ratio of mean scores on the targets that both have; for each forecaster the
    geometric mean of its ratios (1 with itself included), divided by that of the baseline. NaN
    for a forecaster that shares no target with the baseline, and for all if there is no baseline.
    Source: Cramer et al. (2022), PNAS 119(15), and scoringutils 2, `get_pairwise_comparisons`.

    Args:
        scores: of each forecaster, arrays of one shape; NaN where it has no score.
        baseline: name of the forecaster to compare with.
    """
    names = list(scores)
    if baseline not in scores:
        return dict.fromkeys(names, np.nan)
    ratios = {(name, name): 0.0 for name in names if np.isfinite(scores[name]).any()}
    for one, other in combinations(names, 2):
        both = np.isfinite(scores[one]) & np.isfinite(scores[other])
        means = scores[one][both].sum(), scores[other][both].sum()
        if min(means, default=0) > 0:
            ratio = float(np.log(means[0] / means[1]))
            ratios[one, other], ratios[other, one] = ratio, -ratio
    found = dict.fromkeys(names, np.nan)
    strength = {
        name: np.mean([ratio for (one, _), ratio in ratios.items() if one == name])
        for name in names
        if (name, baseline) in ratios
    }
    return found | {name: float(np.exp(strength[name] - strength[baseline])) for name in strength}


def by_chance(scores: Floats, baseline: Floats, steps: int) -> float:
    """Two-sided p-value of Diebold and Mariano that two forecasters are equally good.

    The loss of an origin is the mean over all that both forecast from it. Its long-run variance
    takes in correlations up to `steps` − 1 origins apart with Bartlett's weights; the correction
    for few origins is that of Harvey, Leybourne and Newbold (1997), IJF 13(2). NaN for fewer than
    three origins more than steps, or if the losses never differ.

    Args:
        scores: scores, the first axis the origin in order; NaN where there is none.
        baseline: scores of the other forecaster, of the same shape.
        steps: origins that pass until the longest of the forecasts can be scored.
    """
    gaps = (scores - baseline).reshape(len(scores), -1)
    gaps = gaps[np.isfinite(gaps).any(axis=1)]
    losses = np.nanmean(gaps, axis=1) if len(gaps) else np.empty(0)
    count = len(losses)
    if count < steps + 3:
        return float("nan")
    apart = losses - losses.mean()
    variance = apart @ apart
    for lag in range(1, steps):
        variance += 2 * (1 - lag / steps) * (apart[lag:] @ apart[:-lag])
    variance /= count**2
    if variance <= 0:
        return float("nan")
    correction = (count + 1 - 2 * steps + steps * (steps - 1) / count) / count
    statistic = losses.mean() / np.sqrt(variance) * np.sqrt(correction)
    return float(2 * stats.t.sf(abs(statistic), count - 1))
