"""Admission at a CDN's edge: a viewer-request function of CloudFront. Python's own library and boto3 only."""
