"""Search for names and addresses over static index files that lie in releases beside the data."""
