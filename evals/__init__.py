"""Measures Presscheck against hand-written questions, and against public data when told where it is."""
