"""Moving house, and keeping a copy of it: centres as files, and files as centres again.

An export is one centre under a passphrase; a backup is every centre under the installation's own master key. Both are
the same archive, written as the application's role from one look at the database and checked hash by hash before a row
of it is stored.
"""
