"""How fast copies from each server were, and what was promised about the length of each ticket's."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables; nothing is known of what was copied before."""
    op.create_table(
        "pace",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("host", sa.Text, nullable=False, index=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
    )
    op.create_table(
        "forecast",
        sa.Column("ticket_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("begins_at", sa.Text, nullable=False),
        sa.Column("mailboxes", sa.Integer, nullable=False),
        sa.Column("least_s", sa.Float, nullable=False),
        sa.Column("most_s", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Text, index=True),
        sa.Column("real_s", sa.Float),
    )
