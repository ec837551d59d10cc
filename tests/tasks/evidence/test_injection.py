from datetime import date

import pytest

from tasks.evidence.injection import InjectionKind, injection_faults, parse_injection
from tests.tasks.checks.portfolios import BINNING


@pytest.mark.parametrize(
    ("text", "kind", "size", "subject", "first"),
    [
        ("covariate:0.25@income", InjectionKind.COVARIATE, 0.25, "income", None),
        ("covariate:-1@income:2025-10-01", InjectionKind.COVARIATE, -1, "income", date(2025, 10, 1)),
        ("nulls:0.2@income", InjectionKind.NULLS, 0.2, "income", None),
        ("concept:origin=B", InjectionKind.CONCEPT, 1.0, "origin=B", None),
        ("concept:origin=B:0.5", InjectionKind.CONCEPT, 0.5, "origin=B", None),
        ("concept:origin=a:b", InjectionKind.CONCEPT, 1.0, "origin=a:b", None),
        ("unseen:0.1@job", InjectionKind.UNSEEN, 0.1, "job", None),
        ("volume:0.3", InjectionKind.VOLUME, 0.3, "rows", None),
        ("unit:100@income:from 2025-10-01", InjectionKind.UNIT, 100, "income", date(2025, 10, 1)),
    ],
)
def test_every_form_is_read(text: str, kind: InjectionKind, size: float, subject: str, first: date | None):
    read, faults = parse_injection(text)
    assert faults == ()
    assert read is not None
    assert (read.kind, read.size, read.subject, read.first) == (kind, size, subject, first)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drift:1@income", "expected one of covariate"),
        ("nulls:2@income", "a share of rows from 0 to 1, received '2'"),
        ("nulls:nan@income", "received 'nan'"),
        ("nulls:0.2", "expected what is changed"),
        ("unit:0@income", "a factor above 0"),
        ("covariate:1@income:2025-13-01", "a day that exists"),
    ],
)
def test_a_wrong_one_says_what_was_expected(text: str, expected: str):
    read, faults = parse_injection(text)
    assert read is None
    assert expected in " ".join(faults)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("covariate:1@salary", "expected a feature of the model (income, balance, job), received 'salary'"),
        ("covariate:1@job", "which is a category"),
        ("unseen:0.1@income", "which is a number"),
        ("concept:origin=Z", "expected a group of the model (origin=A, origin=B), received 'origin=Z'"),
    ],
)
def test_what_the_model_does_not_have_is_told(text: str, expected: str):
    read, _ = parse_injection(text)
    assert read is not None
    (fault,) = injection_faults(read, BINNING)
    assert expected in fault
