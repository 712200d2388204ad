"""Tests of rraft."""
