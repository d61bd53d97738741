"""Reports for people: plots, a page and a PDF from what `tianlake.lake.reports` counted."""
