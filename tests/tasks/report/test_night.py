"""The page says the decision first, asks for nothing from outside, and shows names as text."""

import re
import time
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.evidence.decision import Action, ExitCode
from tasks.evidence.finding import Outcome
from tasks.evidence.night_record import NightRecord
from tasks.report.night import MOST_PICTURES, render_night
from tasks.report.words import headline
from tests.tasks.report.hostile import hostile_night
from tests.tasks.report.records import (
    asked_night,
    first_night,
    halted_night,
    held_night,
    kept_night,
    model,
    retrained_night,
)

NIGHTS = {
    "kept": kept_night(),
    "promoted": retrained_night(),
    "blocked": retrained_night(Action.BLOCK),
    "halted": halted_night(),
    "first": first_night(),
    "first refused": first_night(Action.BLOCK),
    "asked": asked_night(),
    "held": held_night(),
    "held by a fault": held_night(Action.HALT),
}
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """Reads a page as a browser would: tags in balance, ids once, text and attributes apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href", "action", "poster", "srcset"):
                self.links.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@cache
def page_of(name: str) -> str:
    return render_night(NIGHTS[name])


@pytest.fixture(params=NIGHTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_page_is_whole_and_asks_for_nothing_from_outside(name: str):
    page = page_of(name)
    read = Reader(page)
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    assert all(link.startswith("#") for link in read.links)
    assert {link[1:] for link in read.links} <= set(read.ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(read.ids)
    assert not re.search(r"@import|url\((?!#)|<link|<img|<iframe", page)
    assert "default-src 'none'" in page
    assert len(page.encode()) < 1_500_000


def test_the_decision_its_reasons_and_the_notice_come_before_anything_else(name: str):
    night = NIGHTS[name]
    text = " ".join("".join(Reader(page_of(name)).text).split())
    assert headline(night).sentence in text
    places = [text.index(part) for part in (night.notice, f"Night of {night.as_of.day}", "Decision:", night.reasons[0])]
    places += [text.index("What happens next"), text.index("Lineage")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (kept_night(), "Version 3 stays in service."),
        (retrained_night(), "The new model, version 4, goes into service in place of version 3."),
        (retrained_night(Action.BLOCK), "The new model, version 4, was refused. Version 3 stays in service."),
        (halted_night(), "The night's data is not fit to judge. Version 3 stays in service."),
        (held_night(), "A person must decide. Version 3 stays in service."),
        (held_night(Action.HALT), "The night's data is not fit to rely on. Version 3 stays in service."),
        (first_night(), "The new model, version 1, goes into service, the first one of this project."),
        (first_night(Action.BLOCK), "The new model, version 1, was refused. No model is in service."),
        (asked_night(), "There is not enough evidence to tell, so a person must decide. Version 3 stays in service."),
        (asked_night(ExitCode.ASKS), "A person must decide. Version 3 stays in service."),
        (
            first_night().model_copy(update={"action": Action.KEEP}),
            "The first model, version 1, went into service.",
        ),
    ],
)
def test_what_a_decision_means_is_said_in_plain_words(record: NightRecord, said: str):
    assert headline(record).sentence == said


def test_the_same_record_gives_the_same_page():
    assert render_night(retrained_night()) == page_of("promoted")


def test_each_check_is_in_its_table_once_with_its_outcome_in_words():
    page = page_of("kept")
    table = page[page.index('class="checks"') : page.index("</table>")]
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", table, re.DOTALL)
    shown = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    assert shown == [
        "Fairness by group cannot tell advisory",
        "Data drift passes required",
        "Performance passes required",
        "Calibration passes required",
        "Age of features not applicable advisory (not in the policy)",
        "Attribution drift not run off",
    ]


def test_the_guards_have_a_section_of_their_own_between_night_and_gate():
    page = page_of("promoted")
    places = [page.index(f'<h2 id="{moment}">') for moment in ("night", "retrain", "gate")]
    assert places == sorted(places)
    assert "What the checks before retraining found" in page
    assert "What these checks decide: retrain." in page[places[1] : places[2]]


def test_a_guard_that_holds_back_is_open_and_asks():
    page = page_of("held")
    assert 'id="gate"' not in page
    assert 'href="#retrain-cooldown"' in page
    card = page[page.index('id="retrain-cooldown"') :]
    assert card.index('class="finding fail"') < card.index("A challenger was judged 9 days ago")
    assert "Checks before retraining" in page
    assert "asks a person" in page[page.index('id="retrain"') : page.index('id="night-findings"')]


def test_a_night_that_wanted_no_retraining_has_no_section_of_guards():
    assert "before retraining" not in page_of("kept")


def test_findings_that_stop_are_open_and_drawn_and_those_that_pass_are_folded():
    page = page_of("promoted")
    drift = page[page.index('id="night-data_drift"') : page.index('id="night-score_drift"')]
    opened, folded = drift.split('<details class="folded">')
    assert opened.count('class="finding fail"') == 2
    assert opened.count('role="img"') == 2
    assert "bureau_score" in opened
    assert folded.count('class="finding pass"') == 14


def test_pictures_are_bounded_and_what_is_not_drawn_is_there_in_numbers():
    page = page_of("promoted")
    assert page.count('role="img"') == MOST_PICTURES
    decisions = retrained_night().decisions
    exhibits = [
        (decision.moment, finding.code, exhibit)
        for decision in decisions
        for finding in decision.findings
        for exhibit in finding.evidence
    ]
    assert len(exhibits) > MOST_PICTURES
    assert page.count("<summary>The numbers</summary>") == len(set(exhibits))


def test_each_picture_has_words_for_who_cannot_see_it():
    labels = re.findall(r'role="img" aria-label="([^"]*)"|aria-label="([^"]*)"[^>]*role="img"', page_of("kept"))
    assert labels
    assert all("The numbers are in the table" in "".join(label) for label in labels)


def test_rows_in_are_valid_and_quarantined_and_broken_expectations_are_told():
    text = " ".join("".join(Reader(page_of("kept")).text).split())
    assert "expected requested_amount from 500 to 75,000, but 2 rows lie outside" in text
    assert "4 of 5 expectations held." in text


def test_protected_inputs_are_said_before_the_checks():
    night = kept_night().model_copy(update={"champion": model(3, protected_inputs=("sex", "age_band"))})
    page = render_night(night)
    assert page.index("because the project names them: age_band, sex") < page.index("Checks of the night")
    assert "Protected attributes are inputs" not in page_of("kept")


HOSTILE = [
    "<script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    "</style></title>--><b>",
    '" onload="alert(1)',
    "$x_1$ &amp; {{ 7 * 7 }}",
    "]]><![CDATA[",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_shown_as_text_never_obeyed(text: str):
    page = render_night(hostile_night(text))
    read, harmless = Reader(page), Reader(render_night(hostile_night("name")))
    assert read.tags == harmless.tags
    assert read.handlers == []
    assert read.links == harmless.links
    # Everywhere but where a picture shortens a name.
    assert "".join(read.text).count(text) >= 40


@settings(max_examples=25, deadline=None)
@given(text=st.text(min_size=1, max_size=40))
def test_no_text_breaks_the_page(text: str):
    """Any characters, control characters and lone surrogates apart from those that no record can hold."""
    try:
        record = NightRecord.model_validate_json(hostile_night(text).model_dump_json())
    except ValueError:
        return
    read = Reader(render_night(record))
    assert read.open == []
    assert read.handlers == []


def test_a_page_is_drawn_in_three_seconds_of_processor_time():
    page_of("kept")
    start = time.process_time()
    render_night(retrained_night())
    assert time.process_time() - start < 3


def test_a_record_with_almost_nothing_still_has_a_page():
    night = halted_night().model_copy(
        update={"validation": None, "champion": None, "reasons": (), "notice": "", "digests": ()}
    )
    text = "".join(Reader(render_night(night)).text)
    assert "No reason was recorded." in text
    assert "No model is in service." in text
    assert "Notice." not in text


def test_an_error_is_shown_as_what_it_is_not_as_a_pass():
    decision = retrained_night().night_decision
    assert decision is not None
    only = decision.model_copy(update={"findings": tuple(f for f in decision.findings if f.outcome is Outcome.ERROR)})
    alone = {"night_decision": only, "guard_decision": None, "gate_decision": None}
    page = render_night(retrained_night().model_copy(update=alone))
    assert 'class="finding error"' in page
    assert 'class="finding pass"' not in page
