"""In which order: one pipeline a file, and the ways to compile, run and submit it."""
