"""What we decide and do: the ticket's life and the doors to the world."""
