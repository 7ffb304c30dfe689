"""The tables. A waiting ticket is a row here, never a sleeping thread; migrations/ makes them."""

import sqlalchemy as sa

metadata = sa.MetaData()

# Where the support mailbox was read up to (RFC 9051 section 2.3.1.1: only the pair identifies).
cursor = sa.Table(
    "cursor",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
)

# Every mail taken. `digest` is of the raw bytes; `content` of the mail without its trace headers, known once it is
# read: a second delivery has the same one. `body` is of what the mail says, whatever its header says.
message = sa.Table(
    "message",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("content", sa.Text, nullable=False, server_default="", index=True),
    sa.Column("body", sa.Text, nullable=False, server_default="", index=True),
    sa.Column("message_id", sa.Text, nullable=False, server_default="", index=True),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.Text, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False, index=True),  # new, handled, ignored, aside
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey("ticket.id")),
    sa.Column("blob_id", sa.Text),
    sa.Column("sender", sa.Text, nullable=False, server_default=""),
    sa.Column("subject", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_message_place", "uidvalidity", "uid"),
)

# Whatever is sealed: raw mails, passwords, attached files. Wiped together when a ticket's time is over.
blob = sa.Table(
    "blob",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # raw, password, file
    sa.Column("ticket_id", sa.Integer, index=True),
    sa.Column("sealed", sa.LargeBinary),  # null = wiped
    sa.Column("created_at", sa.Text, nullable=False, index=True),
    sa.Column("wiped_at", sa.Text),
)

ticket = sa.Table(
    "ticket",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("requester", sa.Text, nullable=False),
    sa.Column("created_at", sa.Text, nullable=False),
    sa.Column("wake_at", sa.Text, index=True),
    sa.Column("closed_at", sa.Text),
    sa.Column("data", sa.JSON, nullable=False),  # states.Ticket without its rows and files
    sa.Column("thread", sa.JSON, nullable=False),  # how to answer: subject, ids, staff on Cc
)

row = sa.Table(
    "row",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey("ticket.id"), nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
)

file = sa.Table(
    "file",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey("ticket.id"), nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
)

# The append-only log: everything that happened to a ticket, in order.
event = sa.Table(
    "event",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey("ticket.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("dedupe", sa.Text, nullable=False, unique=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("consumed_at", sa.Text, index=True),
    sa.Column("step", sa.Integer),  # the order in which a ticket's events took effect; replayed in it
)

# Replies decided but not yet sent; the bytes and the Message-ID are fixed here.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey("ticket.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False, unique=True),
    sa.Column("recipients", sa.JSON, nullable=False),
    sa.Column("mime", sa.LargeBinary, nullable=False),
    sa.Column(
        "state", sa.Text, nullable=False, index=True
    ),  # queued, sending, again, sent, failed, draft, dropped
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("run_at", sa.Text, nullable=False),
    sa.Column("sent_at", sa.Text, index=True),
    sa.Column("filed_at", sa.Text),  # when the copy in Sent was made; "" = there is no such folder
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sa.Column("released_at", sa.Text),  # when staff let it out, whatever [outbound] hold and shadow say
    sa.UniqueConstraint("ticket_id", "kind", "revision"),
    sa.Index("ix_outbox_kind_run_at", "kind", "run_at"),
)

# What was handed to the job engine; ids only, never a secret.
job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Integer, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("ref", sa.Integer, nullable=False),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("partition", sa.Text),
    sa.Column("run_at", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),  # put, done
    sa.Column("progress", sa.JSON),
)

# What passes copied from a server and how long they took: the newest of each, for bot.pace.
pace = sa.Table(
    "pace",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("host", sa.Text, nullable=False, index=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
)

# What a requester was told about the length of the first copy, and how long it was.
forecast = sa.Table(
    "forecast",
    metadata,
    sa.Column("ticket_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("begins_at", sa.Text, nullable=False),
    sa.Column("mailboxes", sa.Integer, nullable=False),
    sa.Column("least_s", sa.Float, nullable=False),
    sa.Column("most_s", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Text, index=True),  # null = it is not over
    sa.Column("real_s", sa.Float),
)
