from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.project import secrets
from tasks.project.errors import ConfigurationError, CouldNotRun
from tasks.project.secrets import keep_secret, keep_secrets_of, redacted


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_known", set())


@pytest.mark.parametrize(
    "said",
    [
        "cannot reach postgresql+psycopg://assay:s3cret@db:5432/assay",
        "cannot reach https://assay:s3cret@tracking.example/api",
        "a password with its own marks: postgresql://assay:s3cret/p@ss@db/assay",
        "postgresql://db/assay?user=assay&password=s3cret&sslmode=require",
        "https://tracking.example/?access_token=s3cret",
        "host=db user=assay password=s3cret dbname=assay",
        "host=db password='s3cret with a space'",
        "input_value={'type': 'postgres', 'password': 's3cret', 'host': 'db'}",
        """input_value={"aws_secret": "s3cret"}""",
    ],
)
def test_secrets_in_the_usual_places_are_left_out_unasked(said: str):
    assert "s3cret" not in redacted(said)


def test_a_host_a_port_and_a_database_stay():
    assert (
        redacted("expected postgresql://u:p@db:5432/assay to answer")
        == "expected postgresql://***@db:5432/assay to answer"
    )
    assert redacted("see models:/credit/3, and ask a@b.example") == "see models:/credit/3, and ask a@b.example"


@given(
    st.text(min_size=4, max_size=30).filter(lambda text: "*" not in text), st.text(max_size=20), st.text(max_size=20)
)
def test_a_known_secret_is_left_out_wherever_it_stands_and_however_it_is_spelt(secret: str, before: str, after: str):
    keep_secret(secret)
    for form in (secret, quote(secret, safe="")):
        assert form not in redacted(f"{before} {form} {after}") or form in "***"


def test_the_password_of_a_filled_url_is_known_decoded_as_well():
    keep_secrets_of("postgresql+psycopg://assay:p%40ss%2Fword@db/assay?sslpassword=other-one")
    assert redacted("the server says: p@ss/word, p%40ss%2Fword, other-one") == "the server says: ***, ***, ***"


def test_a_value_too_short_to_be_a_secret_blanks_no_words():
    keep_secret("in")
    assert redacted("in the beginning") == "in the beginning"


def test_what_messages_cannot_do_without_is_no_secret():
    keep_secrets_of("postgresql://assay:postgres@127.0.0.1/assay")
    assert (
        redacted("assay.toml: expected postgresql://HOST/DATABASE") == "assay.toml: expected postgresql://HOST/DATABASE"
    )


def test_what_is_left_of_a_secret_behind_one_of_its_marks_is_left_out():
    keep_secret("Pmark/81@7:26#354 %x")
    said = redacted("no host '7:26#354 %x', no port '26#354 %x', no path /81@7, no user Pmark, no host 26")
    assert said == "no host '***', no port '***', no path /***, no user ***, no host 26"


def test_no_error_of_assay_repeats_a_secret():
    keep_secret("hunter2-of-the-database")
    assert "hunter2" not in str(CouldNotRun("it said hunter2-of-the-database"))
    refused = ConfigurationError("assay.toml", ["url: received hunter2-of-the-database"])
    assert "hunter2" not in str(refused)
    assert "hunter2" not in "".join(refused.faults)
