"""The rules of a therapy centre. Imports the standard library and ``eventsourcing.domain``, nothing else."""
