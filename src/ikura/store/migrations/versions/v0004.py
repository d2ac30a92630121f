"""Metrics are tall and the study's own; trials can be paused, copied and edited; settings and outcomes are typed."""

import json

import sqlalchemy as sa
from alembic import op

from ikura.store.migrations.documents_0004 import new_outcome, new_settings

revision = "0004"
down_revision = "0003"

METRICS = ("train_loss", "dev_loss", "dev_accuracy")


def upgrade() -> None:
    """Make the tables, move what was measured, and rewrite the documents; a document of no old form stays as it is."""
    op.add_column("studies", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
    op.add_column("trials", sa.Column("target", sa.Integer))
    op.add_column("trials", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
    _move_metrics()
    _make_tables()
    _rewrite_documents()
    op.drop_table("metrics_wide")
    # They count as one write, so that whoever has read nothing reads them.
    op.execute("UPDATE studies SET revision = 1")
    op.execute("UPDATE trials SET revision = 1")


def _trial_key() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["study_id", "trial"], ["trials.study_id", "trials.number"], ondelete="CASCADE")


def _move_metrics() -> None:
    op.rename_table("metrics", "metrics_wide")
    if op.get_bind().dialect.name == "postgresql":
        # The new table's has this name.
        op.execute("ALTER INDEX metrics_pkey RENAME TO metrics_wide_pkey")
    op.create_table(
        "metrics",
        sa.Column("study_id", sa.Integer, primary_key=True),
        sa.Column("trial", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("metric", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", sa.REAL, nullable=False),
        _trial_key(),
        sqlite_with_rowid=False,
    )
    for place, name in enumerate(METRICS):
        # Rows without a trial, which another program left behind, have no place any more.
        of_trial = "trials.study_id = metrics_wide.study_id AND trials.number = metrics_wide.trial"
        op.execute(
            "INSERT INTO metrics (study_id, trial, epoch, metric, value) "  # noqa: S608
            f"SELECT study_id, trial, epoch, {place}, {name} FROM metrics_wide "
            f"WHERE {name} IS NOT NULL AND EXISTS (SELECT 1 FROM trials WHERE {of_trial})"
        )


def _make_tables() -> None:
    op.create_table(
        "edits",
        sa.Column("study_id", sa.Integer, primary_key=True),
        sa.Column("trial", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("source_trial", sa.Integer),
        sa.Column("source_epoch", sa.Integer),
        _trial_key(),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decisions",
        sa.Column("study_id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("trial", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("until", sa.Integer),
        sa.Column("source_trial", sa.Integer),
        sa.Column("source_epoch", sa.Integer),
        sa.Column("config", sa.JSON),
        _trial_key(),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "commands",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("study_id", sa.Integer, sa.ForeignKey("studies.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )


def _rewrite_documents() -> None:
    connection = op.get_bind()
    studies = sa.table(
        "studies", sa.column("id", sa.Integer), sa.column("settings", sa.JSON), sa.column("outcome", sa.JSON)
    )
    measured = " OR ".join(f"{name} IS NOT NULL" for name in METRICS)
    counted = connection.execute(
        sa.text(f"SELECT study_id, count(*) AS epochs FROM metrics_wide WHERE {measured} GROUP BY study_id")  # noqa: S608
    )
    trained: dict[int, int] = {row.study_id: row.epochs for row in counted}
    # As text, since some of it may be no JSON.
    rows = connection.execute(
        sa.text("SELECT id, CAST(settings AS TEXT), space, CAST(outcome AS TEXT) FROM studies")
    ).all()
    for study, settings, space, outcome in rows:
        rewritten = {
            "settings": new_settings(_read(settings), space),
            "outcome": new_outcome(_read(outcome), trained.get(study, 0)),
        }
        kept = {name: document for name, document in rewritten.items() if document is not None}
        if kept:
            connection.execute(sa.update(studies).where(studies.c.id == study).values(kept))


def _read(text: object) -> object:
    """Return what a document says; None where it is no JSON."""
    try:
        return json.loads(str(text), parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _finite(text: str) -> float:
    value = float(text)
    return value if abs(value) < float("inf") else _refuse(text)


def _refuse(text: str) -> float:
    raise ValueError(text)
