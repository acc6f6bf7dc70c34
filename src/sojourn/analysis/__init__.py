"""What decides a number: effects of inputs, break-even, the value of information, discovery."""
