"""The database's versions, forward only; applied when the store is opened."""
