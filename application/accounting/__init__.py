"""Accounting: the journal in the formats of other programs."""

from application.accounting.journals import EXTENSION, MEDIA, Journal, JournalFormat, journal_writer

__all__ = ["EXTENSION", "MEDIA", "Journal", "JournalFormat", "journal_writer"]
