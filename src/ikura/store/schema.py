"""The tables. Foreign keys cascade, so that deleting a row of `studies` deletes the study."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    REAL,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

from ikura.store.names import LONGEST_NAME

VERSION = "0004"
"""Of the schema below. Every change of it counts up, and has a migration in `migrations/versions`."""


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept in UTC; SQLite keeps no time zone, so it is taken off and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take it to UTC, without saying so on SQLite."""
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None if dialect.name == "sqlite" else UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Make it aware that it is in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

# Alembic's version table, under a name of its own.
version_table = Table("ikura_schema", metadata, Column("version_num", String(32), primary_key=True))


def _study_key() -> Column[int]:
    return Column("study_id", ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True)


studies = Table(
    "studies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(LONGEST_NAME), nullable=False, unique=True),
    Column("created", UtcTime, nullable=False),
    Column("status", String(20), nullable=False),
    Column("settings", JSON, nullable=False),
    Column("space", Text, nullable=False),
    Column("outcome", JSON(none_as_null=True)),
    # Counts the writes of trials, results and decisions.
    Column("revision", Integer, nullable=False, server_default="0"),
    # A deleted study's id is never given again: rows that another tool left behind cannot join a new study.
    sqlite_autoincrement=True,
)

rounds = Table(
    "rounds",
    metadata,
    _study_key(),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("region", JSON(none_as_null=True)),
    sqlite_with_rowid=False,
)

trials = Table(
    "trials",
    metadata,
    Column("study_id", Integer, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("round", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("config", JSON, nullable=False),
    Column("error", Text),
    # The epoch to which a running trial is to be trained.
    Column("target", Integer),
    # Of the last write that touched the trial.
    Column("revision", Integer, nullable=False, server_default="0"),
    ForeignKeyConstraint(["study_id", "round"], ["rounds.study_id", "rounds.round"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)


def _trial_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["study_id", "trial"], ["trials.study_id", "trials.number"], ondelete="CASCADE")


# `metric` is the position in the study's settings.metrics; what was not measured has no row. REAL keeps every float32
# exactly; the composite key without a row id is the only index that is needed.
metrics = Table(
    "metrics",
    metadata,
    Column("study_id", Integer, primary_key=True),
    Column("trial", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("metric", Integer, primary_key=True, autoincrement=False),
    Column("value", REAL, nullable=False),
    _trial_key(),
    sqlite_with_rowid=False,
)

# Changes of trials under training, numbered for each trial in the order in which they were made.
edits = Table(
    "edits",
    metadata,
    Column("study_id", Integer, primary_key=True),
    Column("trial", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("config", JSON, nullable=False),
    Column("source_trial", Integer),
    Column("source_epoch", Integer),
    _trial_key(),
    sqlite_with_rowid=False,
)

# Numbered for each study in the order in which they were made.
decisions = Table(
    "decisions",
    metadata,
    Column("study_id", Integer, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("trial", Integer, nullable=False),
    # For so many epochs the trial had been trained.
    Column("epoch", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("until", Integer),
    Column("source_trial", Integer),
    Column("source_epoch", Integer),
    Column("config", JSON(none_as_null=True)),
    _trial_key(),
    sqlite_with_rowid=False,
)

# What others ask of the process that runs a study.
commands = Table(
    "commands",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_id", ForeignKey("studies.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("time", UtcTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("arguments", JSON, nullable=False),
    # Whoever has seen a number waits for greater ones, so that none is given twice.
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_id", ForeignKey("studies.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("time", UtcTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("message", Text, nullable=False),
)

# Who writes which study; see claims.py.
claims = Table(
    "claims",
    metadata,
    _study_key(),
    Column("token", String(32), nullable=False),
    Column("host", String(255), nullable=False),
    Column("machine", String(255), nullable=False),
    Column("process", Integer, nullable=False),
    Column("started", String(40), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("heartbeat", UtcTime, nullable=False),
    Column("last_write", String(32), nullable=False),
)
