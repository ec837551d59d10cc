"""The ML Test Score and the framework maps in words: lines for a terminal, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tasks.governance.framework_maps import Coverage, FrameworkMap
from tasks.governance.ml_test_score import AUTOMATED, BY_HAND, MlTestScore, Section
from tasks.report.plain import inert_json, plain

_SECTION_WORDS = {
    Section.DATA: "Data",
    Section.MODEL: "Model",
    Section.INFRA: "Infrastructure",
    Section.MONITOR: "Monitoring",
}
_POINT_SIGNS = {AUTOMATED: "✓", BY_HAND: "½"}
_COVERAGE_SIGNS = {Coverage.ANSWERED: "✓", Coverage.IN_PART: "½", Coverage.NOT_COVERED: "–"}


def score_lines(score: MlTestScore) -> Iterator[str]:
    """A line a test under each section, then the score; nothing of what people wrote acts in a terminal."""
    rests = f"on the night of {score.night}" if score.night else "on no night: none was decided yet"
    yield f"ML Test Score (Breck et al. 2017), {rests}"
    for section in Section:
        yield ""
        yield f"{_SECTION_WORDS[section]}: {score.sum(section):g} of 7"
        for test in score.tests:
            if test.section is section:
                yield f"  {_POINT_SIGNS.get(test.points, '–')} {test.points:<3g} {test.id:<10} {test.title}"
                yield from (f"      has    {plain(one)}" for one in test.evidence)
                if test.missing:
                    yield f"      lacks  {plain(test.missing)}"
    yield ""
    yield f"Score {score.final:g}, the least of the four: {score.meaning}"


def score_json(score: MlTestScore) -> str:
    """The same as JSON."""
    said = json.dumps(
        {
            "night": str(score.night) if score.night else None,
            "final": score.final,
            "meaning": score.meaning,
            "sections": {section: score.sum(section) for section in Section},
            "tests": [
                {
                    "id": test.id,
                    "section": test.section,
                    "title": test.title,
                    "points": test.points,
                    "evidence": list(test.evidence),
                    "missing": test.missing,
                }
                for test in score.tests
            ],
        },
        indent=2,
        ensure_ascii=False,
    )
    return inert_json(said)


def map_lines(mapped: FrameworkMap) -> Iterator[str]:
    """A map for a terminal: a line a row, then what is not covered of it."""
    yield f"{mapped.title}; map of {mapped.dated}"
    yield mapped.notice
    for row in mapped.rows:
        yield f"  {_COVERAGE_SIGNS[row.status]} {row.id:<14} {row.title}"
        if row.evidence:
            yield f"      evidence  {', '.join(row.evidence)}"
        if row.gap:
            yield f"      not       {row.gap}"
    yield summary_line("", mapped).strip()


def summary_line(name: str, mapped: FrameworkMap) -> str:
    """A map in one line: its name and how its rows stand."""
    counts = ", ".join(f"{mapped.count(status)} {status}" for status in Coverage)
    return f"{name:<14} {len(mapped.rows)} rows: {counts}"
