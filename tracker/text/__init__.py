"""Text primitives that any stage may use: how a text falls into words, and which lines of a page are no text of it.

Nothing here knows what is relevant.
"""
