"""The staff directory made of what the personnel section hands out: whole, or not at all."""
