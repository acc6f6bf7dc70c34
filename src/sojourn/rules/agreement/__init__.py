"""An agreement's rules applied: files read, cases judged, cells and claims decided."""
