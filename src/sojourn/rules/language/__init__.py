"""The condition language: grammar, typed tree, type check, and writing it out again."""
