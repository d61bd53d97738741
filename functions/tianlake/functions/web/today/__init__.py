"""Today's search: `/v2/search` and `/v2/administrative` as clients of 天地图 know them (tianditu.md §1.5)."""
