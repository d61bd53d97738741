"""The web page: static files, published into the bucket like everything else."""
