"""The register: a read port that fetches planned columns only, the schema map, and the fictional city."""
