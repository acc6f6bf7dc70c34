"""Two-sample tests of whole distributions over histories.

Every number of a model is compared at LEVEL divided by how many are compared (Bonferroni), so that
a right engine fails a model's comparison with a chance of at most LEVEL over all seeds. Seeds are
fixed. What takes few values is compared by chi-square, the rest by Kolmogorov and Smirnov.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from cross.models import Sample

LEVEL = 0.001
MANY_VALUES = 150
LEAST_EXPECTED = 5.0


def two_sample_p(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    values, where = np.unique(np.concatenate([a, b]), return_inverse=True)
    if len(values) > MANY_VALUES:
        return float(stats.ks_2samp(a, b).pvalue)
    table = np.stack(
        [
            np.bincount(where[: len(a)], minlength=len(values)),
            np.bincount(where[len(a) :], minlength=len(values)),
        ]
    )
    # Neighbours are pooled by their total, which does not depend on who is in which sample.
    least = LEAST_EXPECTED * (len(a) + len(b)) / min(len(a), len(b))
    classes: list[npt.NDArray[np.int64]] = []
    pooled = np.zeros(2, dtype=np.int64)
    for column in table.T:
        pooled = pooled + column
        if pooled.sum() >= least:
            classes.append(pooled)
            pooled = np.zeros(2, dtype=np.int64)
    if classes:
        classes[-1] = classes[-1] + pooled
    if len(classes) < 2:
        return 1.0 if len(values) == 1 else float(stats.ks_2samp(a, b).pvalue)
    return float(stats.chi2_contingency(np.array(classes).T, correction=False).pvalue)


def p_values(a: Sample, b: Sample) -> dict[str, float]:
    assert a.keys() == b.keys()
    return {name: two_sample_p(a[name], b[name]) for name in a}


def assert_same_laws(a: Sample, b: Sample) -> None:
    found = p_values(a, b)
    assert min(found.values()) > LEVEL / len(found), found


def told_apart(a: Sample, b: Sample) -> bool:
    found = p_values(a, b)
    return min(found.values()) < LEVEL / len(found)
