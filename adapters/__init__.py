"""Everything outside the process: PostgreSQL, brokers, providers, the command line."""
