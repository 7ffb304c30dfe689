"""Contacts over CardDAV and calendars over CalDAV."""
