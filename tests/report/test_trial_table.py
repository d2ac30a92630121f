from ikura.report.facts import gather
from ikura.report.trial_table import MOST_ROWS, trial_table


def test_the_best_come_first_and_those_without_a_rank_last(make_study):
    study = make_study(trials=60, epochs=6)
    table = gather(study.record, study.space, study.history).table
    assert table.columns[:4] == ("trial", "state", "epochs", "dev accuracy")
    assert table.columns[-1] == study.space.names[-1]
    ranked = study.history.ranking.tolist()
    assert [int(row[0][0]) for row in table.rows][: len(ranked)] == ranked
    assert sorted(int(row[0][0]) for row in table.rows) == list(range(60))
    best = table.rows[0]
    assert float(best[3][1]) == max(float(row[3][1]) for row in table.rows if row[3][1])
    assert best[3][0].endswith("%")
    lost = next(row for row in table.rows if row[1][0] == "diverged")
    assert lost[3] == ("–", "")
    column = table.columns.index("momentum")
    assert {row[column] == ("–", "") for row in table.rows} == {True, False}


def test_no_more_than_can_be_read(make_study):
    study = make_study(trials=MOST_ROWS + 20, epochs=2, rounds=1)
    table = trial_table(study.space, study.history, ())
    assert (len(table.rows), table.left_out) == (MOST_ROWS, 20)


def test_a_key_stands_only_where_a_cell_shows_something_else(make_study):
    study = make_study(trials=60, epochs=6)
    table = gather(study.record, study.space, study.history).table
    assert {row[0][1] for row in table.rows} == {None}
    assert not [cell for row in table.rows for cell in row if cell[0] == cell[1]]
