"""A claim states a bound, in words and figures."""

import pytest
from pydantic import ValidationError

from tasks.evidence.claim import Claim, ClaimMetric


def test_its_subject_names_the_groups_and_its_bound_both_ends():
    claim = Claim(says="So.", metric=ClaimMetric.SELECTION_RATIO, by="sex", at_least=0.8)
    both = Claim(says="So.", metric=ClaimMetric.AUC, at_least=0.7, at_most=0.95)
    assert (claim.subject, claim.bound) == ("selection_ratio by sex", "at least 0.8")
    assert (both.subject, both.bound) == ("auc", "at least 0.7 and at most 0.95")


@pytest.mark.parametrize(
    "wrong",
    [
        {"says": " ", "metric": "auc", "at_least": 0.7},
        {"says": "So.", "metric": "auc"},
        {"says": "So.", "metric": "auc", "at_least": float("nan")},
        {"says": "So.", "metric": "auc", "at_least": 0.9, "at_most": 0.1},
        {"says": "So.", "metric": "auc", "by": "sex", "at_least": 0.9},
        {"says": "So.", "metric": "selection_difference", "at_most": 0.1},
    ],
)
def test_a_claim_that_is_none_is_refused(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        Claim.model_validate(wrong)
