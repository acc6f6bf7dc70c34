"""The condition language: grammar, typed tree, check, and its evaluators."""
