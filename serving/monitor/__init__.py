"""What watches a served model: stores its logged events, judges windows of them, and says what it found."""
