"""What is known about people and their stays (the canonical tables of standards 5.4)."""
