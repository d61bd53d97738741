"""Parts of builds, and the engines that make them: processes of this machine, or a Dask cluster."""
