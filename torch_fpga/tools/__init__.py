"""What a person calls beside ``torch.compile``: the command line, explain, export, and the steps of the compiler."""
