"""Launch: any training command in a process group of its own, seen, judged, capped, restarted."""
