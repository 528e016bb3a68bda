"""What a stand costs: price lists, optional services with stock, and quotes that are kept."""
