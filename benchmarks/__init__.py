"""Measures how fast and how large Presscheck is, on text that anyone can make again."""
