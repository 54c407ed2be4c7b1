def explore_schedule(text): return text
