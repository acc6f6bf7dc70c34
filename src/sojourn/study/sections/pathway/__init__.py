"""The sections on facilities, states, transitions and gates."""
