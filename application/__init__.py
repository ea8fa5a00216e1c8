"""Commands and their handlers: the only way anything is ever written."""
