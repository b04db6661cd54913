"""Benchmarks: each measures a promise of speed or memory against a floor taken in the same run."""
