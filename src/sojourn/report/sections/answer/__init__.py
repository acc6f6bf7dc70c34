"""What is read first: the answer and its pictures, the fiscal note, what is compared."""
