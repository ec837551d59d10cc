from tasks.stats.confusion import Confusion
from tasks.stats.estimate import Estimate
from tasks.stats.group_conflicts import beside_charts, conflict_sentence
from tasks.stats.group_facts import AttributeFacts, GroupFacts
from tasks.stats.group_rates import Count, Rate


def group(level: str, table: Confusion) -> GroupFacts:
    return GroupFacts(
        name=f"origin={level}",
        level=level,
        selection=Count(table.selected, table.rows),
        confusion=table,
        auc=Estimate(0.8, 0.01, table.rows),
        calibration=Estimate(0.02, 0.01, table.rows),
    )


#: Equal error rates (TPR .8, FPR .2) at base rates of 60% and 40%.
A = group("A", Confusion(true_positives=480, false_positives=80, false_negatives=120, true_negatives=320))
B = group("B", Confusion(true_positives=320, false_positives=120, false_negatives=80, true_negatives=480))
C = group("C", Confusion(true_positives=3, false_positives=1, false_negatives=1, true_negatives=3))
FACTS = AttributeFacts("origin", (A, B, C), 0, labels=True)
ERRORS, SELECTION = (Rate.TRUE_POSITIVE, Rate.FALSE_POSITIVE), (Rate.SELECTION,)


def test_equal_errors_force_the_predictive_values_apart_and_they_are():
    """.7273 against .8571: what the base rates force is what is measured, for the errors are equal."""
    text = conflict_sentence(FACTS, ERRORS, 30)
    assert "40.0% of origin=B have label 1, of origin=A 60.0%" in text
    assert "equal error rates" in text
    assert text.count("-13.0 points apart") == 2
    assert "0.800 and 0.800" in text


def test_where_selection_alone_binds_it_forces_the_larger_gap():
    """.8 * (.4 - .6) / .56 at the largest group's selection rate."""
    text = conflict_sentence(FACTS, SELECTION, 30)
    assert "equal selection and true positive rates" in text
    assert "-28.6 points apart (Chouldechova 2017; Kleinberg et al. 2016)" in text


def test_a_group_of_eight_rows_is_not_spoken_of_and_not_drawn():
    text = conflict_sentence(AttributeFacts("origin", (A, C), 0, labels=True), ERRORS, 30)
    assert "origin=C" not in text
    charts = beside_charts(FACTS, 30, 0.95)
    assert [chart.labels for chart in charts] == [("A", "B", "C")] * 3
    assert [chart.series[0].values[2] for chart in charts] == [None] * 3
    assert charts[0].series[0].values[0] == 480 / 560


def test_nobody_above_the_threshold_is_said():
    nobody = group("D", Confusion(true_positives=0, false_positives=0, false_negatives=50, true_negatives=50))
    text = conflict_sentence(AttributeFacts("origin", (A, nobody), 0, labels=True), ERRORS, 30)
    assert text.endswith("nobody of one of them is at or above the threshold")
    assert "to say what base rates force" in conflict_sentence(
        AttributeFacts("origin", (nobody, A), 0, labels=True), ERRORS, 30
    )
