"""Each measure on a case worked by hand, and against scikit-learn where it has the same one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from evals import metrics

scored = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.9, 1.0]), st.booleans()), max_size=40
)


def test_the_mean_leaves_out_what_does_not_apply() -> None:
    assert metrics.mean([1.0, None, 0.0, None]) == 0.5
    assert metrics.mean([0.0]) == 0.0
    assert metrics.mean([None]) is None
    assert metrics.mean([]) is None


def test_recall_is_the_share_of_the_relevant_among_the_first_k() -> None:
    ranked = ["a", "b", "c", "d"]
    assert metrics.recall_at_k(ranked, {"b", "d"}, 1) == 0.0
    assert metrics.recall_at_k(ranked, {"b", "d"}, 3) == 0.5
    assert metrics.recall_at_k(ranked, {"b", "d"}, 9) == 1.0
    assert metrics.recall_at_k(ranked, set(), 3) is None


def test_the_reciprocal_rank_is_of_the_first_relevant_one() -> None:
    assert metrics.reciprocal_rank(["a", "b", "c", "b"], {"b", "c"}) == 0.5
    assert metrics.reciprocal_rank(["a"], {"b"}) == 0.0
    assert metrics.reciprocal_rank([], {"b"}) == 0.0
    assert metrics.reciprocal_rank(["a"], set()) is None


def test_f1_is_the_harmonic_mean() -> None:
    assert metrics.f1(0.5, 1.0) == pytest.approx(2 / 3)
    assert metrics.f1(0.0, 0.0) == 0.0
    assert metrics.f1(None, 0.0) == 0.0  # nothing was cited, though there was something to cite
    assert metrics.f1(None, None) is None


def test_abstention_precision_and_recall_take_unanswerable_as_the_class_to_find() -> None:
    abstained = [True, True, True, False, False]
    answerable = [False, False, True, False, True]
    assert metrics.abstention_precision(abstained, answerable) == pytest.approx(2 / 3)
    assert metrics.abstention_recall(abstained, answerable) == pytest.approx(2 / 3)
    assert metrics.abstention_precision([False], [True]) is None
    assert metrics.abstention_recall([True], [True]) is None


def test_auroc_counts_the_pairs_in_the_right_order_and_ties_half() -> None:
    # Of the 2 x 3 pairs: .8 is above all three, .4 above .1, level with .4 and below .6.
    scores = [0.8, 0.4, 0.6, 0.4, 0.1]
    labels = [True, True, False, False, False]
    assert metrics.auroc(scores, labels) == pytest.approx((3 + 1 + 0.5) / 6)
    assert metrics.auroc([0.2, 0.9], [True, True]) is None
    assert metrics.auroc([], []) is None


@given(scored)
def test_auroc_agrees_with_scikit_learn(items: list[tuple[float, bool]]) -> None:
    scores, labels = [score for score, _ in items], [label for _, label in items]
    if len(set(labels)) == 2:
        assert metrics.auroc(scores, labels) == pytest.approx(reference.roc_auc_score(labels, scores))
    else:
        assert metrics.auroc(scores, labels) is None


def test_the_calibration_error_is_the_weighted_gap_of_its_bins() -> None:
    # Two bins: {.1, .3} with confidence .2 and accuracy .5; {.8, 1} with .9 and 1.
    probabilities, labels = [0.1, 0.3, 0.8, 1.0], [False, True, True, True]
    assert metrics.expected_calibration_error(probabilities, labels, bins=2) == pytest.approx(
        0.5 * 0.3 + 0.5 * 0.1
    )
    assert metrics.expected_calibration_error([], []) is None


def test_a_bin_holds_its_lower_bound_and_the_last_one_both() -> None:
    parts = metrics.calibration_bins([0.0, 0.1 + 0.2, 0.95, 1.0], [False, True, True, False])
    assert [(part.low, part.count) for part in parts] == [(0.0, 1), (0.3, 1), (0.9, 2)]
    assert parts[-1].confidence == pytest.approx(0.975)
    assert parts[-1].accuracy == 0.5


def test_the_brier_score_is_the_mean_squared_error() -> None:
    assert metrics.brier([0.9, 0.4], [True, False]) == pytest.approx((0.01 + 0.16) / 2)
    assert metrics.brier([], []) is None


@given(scored.filter(bool))
def test_brier_agrees_with_scikit_learn(items: list[tuple[float, bool]]) -> None:
    scores, labels = [score for score, _ in items], [label for _, label in items]
    expected = reference.brier_score_loss(labels, scores, labels=[False, True])
    assert metrics.brier(scores, labels) == pytest.approx(expected)


def test_percentiles_are_interpolated_between_the_neighbours() -> None:
    assert metrics.percentile([40, 10, 20, 30], 50) == 25.0
    assert metrics.percentile([10, 20], 95) == pytest.approx(19.5)
    assert metrics.percentile([7], 95) == 7.0
    assert metrics.percentile([], 50) is None


def test_the_bootstrap_interval_is_seeded_and_holds_the_mean() -> None:
    values = [1.0] * 70 + [0.0] * 30
    interval = metrics.bootstrap_interval(values, metrics.mean)
    assert interval == metrics.bootstrap_interval(values, metrics.mean)
    assert interval is not None
    # The normal approximation gives .7 ± 1.96 * sqrt(.7 * .3 / 100), that is .61 to .79.
    assert interval == pytest.approx((0.61, 0.79), abs=0.02)


def test_the_bootstrap_of_a_mean_is_about_that_of_any_statistic() -> None:
    values = [float(number % 7) for number in range(60)]
    slow = metrics.bootstrap_interval(values, metrics.mean)
    quick = metrics.mean_interval([*values, None])
    assert slow is not None
    assert quick == pytest.approx(slow, abs=0.15)


def test_there_is_no_interval_of_nothing() -> None:
    assert metrics.bootstrap_interval([], metrics.mean) is None
    assert metrics.bootstrap_interval([1, 2], lambda _: None) is None
    assert metrics.mean_interval([None]) is None
    assert metrics.mean_interval([0.25] * 9) == (0.25, 0.25)
