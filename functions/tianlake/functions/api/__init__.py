"""The web API as Lambda functions: API Gateway's events in, answers out. The Chalice apps: `functions/{api,web}`."""
