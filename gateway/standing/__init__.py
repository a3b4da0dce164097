"""Standing: why may this person ask about that resident today?"""
