"""The order in which a ticket's events took effect, so that its log can be replayed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; a log that was begun before is not replayed."""
    op.add_column("event", sa.Column("step", sa.Integer))
