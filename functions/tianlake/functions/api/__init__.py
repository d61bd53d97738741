"""The web API as a Lambda function behind API Gateway: events in, answers out. The Chalice apps are `functions/api` and `functions/web`."""
