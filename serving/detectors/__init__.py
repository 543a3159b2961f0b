"""What watches a served model: rows unlike the training data, windows that drift, predictions that do."""
