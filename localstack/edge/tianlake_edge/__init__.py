"""A CDN's edge on this machine: what CloudFront does in front of a node, for tests and for trying a stack on a laptop.

Behaviours and policies are those that Terraform writes (`infra/modules/cdn/behaviours.json`); the viewer-request
function is the packaged one; objects are read by signed requests; invalidations are those that the API was told.
"""
