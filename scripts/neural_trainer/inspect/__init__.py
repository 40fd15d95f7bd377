"""Code and models before they run."""
