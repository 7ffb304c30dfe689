"""Replies that staff lets out one by one, and what a mail says, told from how it travelled."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; what is there already was neither released nor compared."""
    op.add_column("outbox", sa.Column("released_at", sa.Text))
    op.add_column("message", sa.Column("body", sa.Text, nullable=False, server_default=""))
    op.create_index("ix_message_body", "message", ["body"])
