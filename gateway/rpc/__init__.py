"""The wire: what departments say and hear, turned into the words of the domain and back."""
