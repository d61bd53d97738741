"""The web API: what DuckDB answers over the published lake. No web framework: the gateway and Chalice hand calls in."""
