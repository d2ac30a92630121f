"""What Alembic runs for a migration."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="ikura_schema")
context.run_migrations()
