"""The access log of a node: one row for each request, as Parquet below `private/logs/`, without keys or addresses."""
