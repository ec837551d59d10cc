from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tasks.evidence.profile import Profile
from tasks.evidence.season import season_of
from tests.tasks.evidence.test_profiling import BINNING

MONDAY = datetime(2025, 1, 6, 12, tzinfo=UTC)


def nights(count: int, every: int = 1) -> tuple[Profile, ...]:
    return tuple(
        replace(Profile.empty(BINNING), rows=1, first_event=MONDAY, last_event=MONDAY + timedelta(days=every * i))
        for i in range(count)
    )


def test_nights_have_weekdays_and_the_newest_event_gives_them():
    *reference, tonight = nights(57)
    season = season_of(reference, tonight, 10)
    assert season is not None
    assert season.batches[:8].tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    assert season.tonight == 0


def test_a_missing_night_does_not_undo_the_season():
    reference = nights(60)
    assert season_of(reference[:20] + reference[22:59], reference[59], 10) is not None


def test_months_and_short_references_have_no_season():
    assert season_of(nights(70, every=30), nights(1)[0], 10) is None
    assert season_of(nights(55), nights(1)[0], 10) is None
    assert season_of((), nights(1)[0], 10) is None
    assert season_of(nights(56), Profile.empty(BINNING), 10) is None
