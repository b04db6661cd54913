"""What was answered: one report's answers, the reading of what was typed, and the checks over them. No HTTP."""
