"""How well scores of a passage's sentences answer the question that was asked of that passage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from rag.encoder import Floats
from training.reading import Example


def own_passage_figures(examples: Sequence[Example], scores: Sequence[Floats]) -> dict[str, float]:
    """What `scores` (s,) of each example's sentences are worth, from 0 to 1.

    The share of answerable questions whose best sentence answers, and the AUROC with which the best
    sentence's score tells them from adversarial ones: of all questions, and the mean of the articles'.
    """
    groups = np.asarray([example.group for example in examples])
    truth = np.asarray([bool(example.answers) for example in examples])
    highest = np.asarray([own.max() for own in scores])
    right = [
        int(own.argmax()) in example.answers
        for example, own in zip(examples, scores, strict=True)
        if example.answers
    ]
    by_article = [roc_auc_score(truth[groups == one], highest[groups == one]) for one in sorted(set(groups))]
    return {
        "first sentence right": float(np.mean(right)),
        "AUROC, adversarial": float(roc_auc_score(truth, highest)),
        "AUROC, adversarial, mean of articles": float(np.mean(by_article)),
    }
