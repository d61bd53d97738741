"""`/sql`: other people's SELECTs over the current releases, each run in a process that holds nothing else."""
