"""Rules of agreements: their language, its meaning, verdicts, explanations and proofs."""
