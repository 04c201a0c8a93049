"""Text primitives that any stage may use: how a text falls into words. Nothing here knows what news is."""
