"""What people send: bytes in, values and problems out. Imports nothing of bot/."""
