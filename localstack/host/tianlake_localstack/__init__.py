"""What LocalStack needs to run on one machine without Docker and without listening to the network."""
