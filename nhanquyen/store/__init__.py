"""Who answered what, when. The only package that writes queries."""
