"""What reacts to events after they are stored."""
