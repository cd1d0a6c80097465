"""Presscheck: answers from news articles in their own words, cited to the exact characters."""
