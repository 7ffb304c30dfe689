"""Coverage-guided fuzzing of everything that reads what people send: `make fuzz`."""
