"""The same report as text, JSON and Markdown, and the curves as pictures."""
