"""What was measured, for people: pages, pictures, trees."""
