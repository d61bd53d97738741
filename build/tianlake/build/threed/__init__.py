"""What is taken in as it is: 3D Tiles and COPC point clouds, validated and indexed."""
