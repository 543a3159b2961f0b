"""Alembic's entry: runs the migrations on the connection that `migrations.py` hands over."""

from alembic import context

from serving.monitor.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
