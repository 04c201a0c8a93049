"""The pages, one module each; `tracker.web` tells how one is added."""
