"""How training logs are read: any format in, a Run of canonical signals out."""
