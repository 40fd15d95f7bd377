"""The dashboard in a browser: a server on this machine alone, and one page that it gives."""
