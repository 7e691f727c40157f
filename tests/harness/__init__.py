"""What all tests, the fault injection and the measurements share; each module says in its first sentence what it is for."""
