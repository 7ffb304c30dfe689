"""The mail engine: one pass of one account, IMAP to IMAP."""
