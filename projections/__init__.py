"""Read models: tables folded from the book, and the queries that read them."""
