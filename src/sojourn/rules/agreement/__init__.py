"""An agreement's rules applied: files read, and the outcome of cases, cells and claims."""
