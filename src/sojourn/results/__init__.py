"""Result tables: what they hold, how a run folder is written, read, queried and summed up."""
