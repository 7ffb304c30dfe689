"""The servers of the demo and the tests, and the story the demo tells. Nothing in production imports it."""
