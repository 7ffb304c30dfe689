"""`python -m bot` is `mailferry`."""

from bot.cli import main

main()
