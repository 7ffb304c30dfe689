"""Run the migrations on the connection the store hands over (Alembic's programmatic use)."""

from alembic import context

from bot.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
