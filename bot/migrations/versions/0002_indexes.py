"""Indexes for what is asked every second or at every look: no table is read whole."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_outbox_sent_at", "outbox", ["sent_at"])
    op.create_index("ix_outbox_kind_run_at", "outbox", ["kind", "run_at"])
    op.create_index("ix_blob_created_at", "blob", ["created_at"])
    op.create_index("ix_message_received_at", "message", ["received_at"])
    op.create_index("ix_message_place", "message", ["uidvalidity", "uid"])
