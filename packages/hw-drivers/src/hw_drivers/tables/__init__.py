"""Device tables: identities, registers, sequences and limits as data, each with its source."""
